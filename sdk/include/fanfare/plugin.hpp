// fanfare/plugin.hpp: a plugin as one C++ class. Header-only, C++17, standard library only.
//
//   class Sink {
//   public:
//       static constexpr fanfare::Info info = {...};
//       Sink(const fanfare::Host& host, const fanfare::Config& config);  // cheap, no network
//       fanfare::Outcome deliver(const fanfare::Event& event);           // blocking, one by one ...
//       void deliver(fanfare::Batch&& batch);                            // ... or asynchronous, whole batches;
//       bool deliver(fanfare::Batch&& batch);                            //     false: busy, nothing taken
//       void validate();                                                 // optional: cross-field checks, no network
//       void start();                                                    // optional: may connect
//       void stop(fanfare::Deadline deadline);                           // optional
//       void cancel(std::uint64_t batch_id);                             // optional
//   };
//   FANFARE_PLUGIN(Sink)
//
// Threads: all of these are called on the instance's thread, never two at a time.
// Errors: an exception in the constructor, validate or start is the error text of that call; in deliver, every event
// that is still open is answered RETRY with it; elsewhere it is logged. None crosses the border.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fanfare/batch.hpp>
#include <fanfare/event.hpp>
#include <fanfare/host.hpp>
#include <fanfare/plugin.h>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

// What a plugin is. fanfare_add_plugin defines FANFARE_PLUGIN_NAME and FANFARE_PLUGIN_VERSION for it.
struct Info {
    std::string_view name;  // equals the file name without ".so"
    std::string_view version;
    std::string_view vendor;
    std::string_view license;        // SPDX
    std::string_view description;    // one line
    std::string_view config_schema;  // JSON Schema draft-07 of the options
    std::uint32_t max_batch_events = 1;
    std::uint32_t capabilities = 0;  // FANFARE_CAP_*; BLOCKING is set for a deliver that takes an Event
    std::string_view url = {};
};

namespace detail {

template <class P, class = void>
struct TakesEvent : std::false_type {};
template <class P>
struct TakesEvent<P, std::void_t<decltype(std::declval<P&>().deliver(std::declval<const Event&>()))>>
    : std::is_same<Outcome, decltype(std::declval<P&>().deliver(std::declval<const Event&>()))> {};

template <class P, class = void>
struct TakesBatch : std::false_type {};
template <class P>
struct TakesBatch<P, std::void_t<decltype(std::declval<P&>().deliver(std::declval<Batch&&>()))>> : std::true_type {};

template <class P, class = void>
struct Validates : std::false_type {};
template <class P>
struct Validates<P, std::void_t<decltype(std::declval<P&>().validate())>> : std::true_type {};

template <class P, class = void>
struct Starts : std::false_type {};
template <class P>
struct Starts<P, std::void_t<decltype(std::declval<P&>().start())>> : std::true_type {};

template <class P, class = void>
struct Stops : std::false_type {};
template <class P>
struct Stops<P, std::void_t<decltype(std::declval<P&>().stop(std::declval<Deadline>()))>> : std::true_type {};

template <class P, class = void>
struct Cancels : std::false_type {};
template <class P>
struct Cancels<P, std::void_t<decltype(std::declval<P&>().cancel(std::uint64_t{}))>> : std::true_type {};

// Runs one call of the host; what it throws becomes the text of set_error and a status.
template <class F>
fanfare_status guarded(const fanfare_host* host, fanfare_ctx* ctx, F&& call) noexcept {
    try {
        call();
        return FANFARE_OK;
    } catch (const ConfigError& e) {
        host->set_error(ctx, border(e.what()));
        return FANFARE_ECONFIG;
    } catch (const std::exception& e) {
        host->set_error(ctx, border(e.what()));
    } catch (...) {
        host->set_error(ctx, border("an exception that is not a std::exception"));
    }
    return FANFARE_EFAILED;
}

// Runs a call that has no way to report; what it throws is logged.
template <class F>
void logged(const Host& host, std::string_view what, F&& call) noexcept {
    try {
        call();
    } catch (const std::exception& e) {
        host.error(e.what(), {{"in", what}});
    } catch (...) {
        host.error("an exception that is not a std::exception", {{"in", what}});
    }
}

// The functions of the table for one plugin class.
template <class P>
class Border {
    static_assert(TakesEvent<P>::value != TakesBatch<P>::value,
                  "write exactly one: Outcome deliver(const Event&), or void (or bool) deliver(Batch&&)");

public:
    static constexpr fanfare_plugin table() noexcept {
        fanfare_plugin t = {};
        t.struct_size = sizeof t;
        t.abi_major = FANFARE_ABI_MAJOR;
        t.abi_minor = FANFARE_ABI_MINOR;
        t.required_minor = FANFARE_TARGET_MINOR;
        t.capabilities = P::info.capabilities | (TakesEvent<P>::value ? FANFARE_CAP_BLOCKING : 0u);
        t.max_batch_events = P::info.max_batch_events;
        t.name = border(P::info.name);
        t.version = border(P::info.version);
        t.vendor = border(P::info.vendor);
        t.license = border(P::info.license);
        t.description = border(P::info.description);
        t.url = border(P::info.url);
        t.config_schema = border(P::info.config_schema);
        t.create = &create;
        t.start = &start;
        t.deliver = &deliver;
        t.stop = &stop;
        t.destroy = &destroy;
        t.validate = &validate;
        if constexpr (Cancels<P>::value) t.cancel = &cancel;
        return t;
    }

private:
    struct Instance {
        explicit Instance(const Host& h) : host(h), plugin(host, Config(host)) {}
        Host host;
        P plugin;
    };
    static Instance& of(fanfare_instance* self) noexcept { return *reinterpret_cast<Instance*>(self); }

    static fanfare_status create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) noexcept {
        return guarded(host, ctx, [&] {
            auto instance = std::make_unique<Instance>(Host(host, ctx));
            *out = reinterpret_cast<fanfare_instance*>(instance.release());
        });
    }

    static fanfare_status validate(fanfare_instance* self) noexcept {
        [[maybe_unused]] Instance& instance = of(self);
        return guarded(instance.host.raw(), instance.host.ctx(), [&] {
            if constexpr (Validates<P>::value) instance.plugin.validate();
        });
    }

    static fanfare_status start(fanfare_instance* self) noexcept {
        [[maybe_unused]] Instance& instance = of(self);
        return guarded(instance.host.raw(), instance.host.ctx(), [&] {
            if constexpr (Starts<P>::value) instance.plugin.start();
        });
    }

    static fanfare_status deliver(fanfare_instance* self, const fanfare_batch* raw) noexcept {
        Instance& instance = of(self);
        // `raw` ends with the last answer, which may come before deliver returns.
        const std::size_t count = raw->count;
        fanfare_status status = FANFARE_BUSY;
        logged(instance.host, "deliver", [&] {
            Batch batch(instance.host, *raw);
            status = FANFARE_OK;
            try {
                const bool taken = hand_over(instance.plugin, batch);
                const bool untouched = batch.size() == count;
                if (!taken && untouched) {
                    batch.forget();
                    status = FANFARE_BUSY;
                }
            } catch (const std::exception& e) {
                batch.give_back(e.what());
                throw;
            }
        });
        return status;
    }

    static bool hand_over(P& plugin, Batch& batch) {
        if constexpr (TakesEvent<P>::value) {
            one_by_one(plugin, batch);
            return true;
        } else if constexpr (std::is_same_v<bool, decltype(plugin.deliver(std::move(batch)))>) {
            return plugin.deliver(std::move(batch));
        } else {
            plugin.deliver(std::move(batch));
            return true;
        }
    }

    // Each event costs a round trip: what would fail like the one before it, or come too late, is given back untouched.
    static void one_by_one(P& plugin, Batch& batch) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (std::chrono::steady_clock::now() >= batch.deadline()) {
                return batch.answer_all(Outcome::not_attempted("the time for this batch was over before its turn"));
            }
            const Outcome outcome = one(plugin, batch[i]);
            batch.answer(i, outcome);
            if (outcome.kind == FANFARE_UNREACHABLE) {
                return batch.answer_all(Outcome::not_attempted("the far side was out of reach for an event before it"));
            }
            if (batch.ordered() && !outcome.is_delivered()) {
                return batch.answer_all(Outcome::not_attempted("an event before it in the order was not delivered"));
            }
        }
    }

    static Outcome one(P& plugin, const Event& event) {
        try {
            return plugin.deliver(event);
        } catch (const std::exception& e) {
            return Outcome::retry(e.what());
        }
    }

    static void stop(fanfare_instance* self, [[maybe_unused]] std::int64_t deadline_mono_ns) noexcept {
        [[maybe_unused]] Instance& instance = of(self);
        if constexpr (Stops<P>::value) {
            logged(instance.host, "stop", [&] { instance.plugin.stop(deadline_of(deadline_mono_ns)); });
        }
    }

    static void destroy(fanfare_instance* self) noexcept { std::unique_ptr<Instance>(&of(self)).reset(); }

    static void cancel(fanfare_instance* self, std::uint64_t batch_id) noexcept {
        Instance& instance = of(self);
        logged(instance.host, "cancel", [&] {
            if constexpr (Cancels<P>::value) instance.plugin.cancel(batch_id);
        });
    }
};

}  // namespace detail

FANFARE_SDK_END

// Once in one source file of the plugin, outside every namespace.
#define FANFARE_PLUGIN(Class)                                                                          \
    extern "C" FANFARE_EXPORT const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host* host); \
    extern "C" FANFARE_EXPORT const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) {     \
        static constexpr fanfare_plugin table = ::fanfare::detail::Border<Class>::table();             \
        return &table;                                                                                 \
    }                                                                                                  \
    static_assert(true, "")
