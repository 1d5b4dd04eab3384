// fanfare/testing.hpp: a host for unit tests of plugins, without a daemon and without a network.
//
//   fanfare::testing::FakeHost host;
//   host.set_str("/url", "https://hooks.example.com/");
//   host.http.reply({503, "try later"});
//   fanfare::testing::Instance instance(*fanfare_plugin_query_v1(host.table()), host);
//   instance.create(); instance.start();
//   instance.deliver({fanfare::testing::TestEvent{}});
//   host.http.pump();                       // the answers of the far side arrive
//   host.answers()[0].outcome               // FANFARE_RETRY
//
// It is stricter than a host must be: the memory of a batch is freed with the last answer (AddressSanitizer then sees
// who reads on), and answers that break the contract are listed by misbehaviour().
//
// Threads: answers and logs may come from every thread; all else belongs to the thread of the test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fanfare/host.hpp>
#include <fanfare/http.h>
#include <fanfare/plugin.h>
#include <fanfare/testing/event.hpp>
#include <fanfare/testing/fake_http.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN
namespace testing {

struct Answer {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
    fanfare_outcome outcome = FANFARE_UNSET;
    std::int32_t code = 0;
    std::int64_t retry_after_ms = 0;
    std::string reason;
    std::string response;
    std::string remote = {};
    bool gone = false;
};

struct LogLine {
    fanfare_level level = FANFARE_INFO;
    std::string message;
    Fields fields;
};

class FakeHost {
public:
    FakeHost() {
        fill_services();
        fill_options();
    }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    // Options by JSON pointer; the members of a table are those of the pointers below it, in the order they were set.
    // If they are called 0, 1, 2 and so on, it is a list.
    void set_str(std::string at, std::string value) { set(std::move(at), std::move(value)); }
    void set_i64(std::string at, std::int64_t value) { set(std::move(at), value); }
    void set_f64(std::string at, double value) { set(std::move(at), value); }
    void set_bool(std::string at, bool value) { set(std::move(at), value); }
    void set_empty_table(std::string at) { tables_.insert(std::move(at)); }
    void set_secret(std::string at, std::string text) { secrets_[std::move(at)] = std::move(text); }
    void drop_secret(const std::string& at) { secrets_.erase(at); }
    // `table` outlives the host. nullptr: the host does not offer it.
    void offer(std::string id, const void* table) { extensions_[std::move(id)] = table; }

    const fanfare_host* table() const noexcept { return &table_; }
    fanfare_ctx* ctx() noexcept { return reinterpret_cast<fanfare_ctx*>(this); }

    // The last text of set_error.
    std::string error() const { return error_; }
    std::vector<Answer> answers() const {
        const std::lock_guard lock(mutex_);
        return answers_;
    }
    std::vector<LogLine> logs() const {
        const std::lock_guard lock(mutex_);
        return logs_;
    }
    // Answers that break the contract, one sentence each.
    std::vector<std::string> misbehaviour() const {
        const std::lock_guard lock(mutex_);
        return misbehaviour_;
    }
    // For plugins that answer from threads of their own. False if there are still fewer after `limit`.
    bool wait_for_answers(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
        std::unique_lock lock(mutex_);
        return answered_.wait_for(lock, limit, [&] { return answers_.size() >= count; });
    }

    // For Instance.
    const fanfare_batch* open_batch(std::vector<TestEvent> events, std::uint32_t flags, Deadline deadline) {
        const std::lock_guard lock(mutex_);
        const std::uint64_t id = ++last_batch_;
        auto held = std::make_unique<HeldBatch>(id, std::move(events), flags, deadline);
        return batches_.emplace(id, std::move(held)).first->second->border();
    }
    void forget_batch(std::uint64_t id) {
        const std::lock_guard lock(mutex_);
        batches_.erase(id);
    }

    FakeHttp http;

private:
    using Value = std::variant<std::string, std::int64_t, double, bool>;

    static FakeHost& of(fanfare_ctx* ctx) noexcept { return *reinterpret_cast<FakeHost*>(ctx); }
    static fanfare_status status_of(bool found) noexcept {
        return found ? fanfare_status{FANFARE_OK} : fanfare_status{FANFARE_EFAILED};
    }

    void fill_services() {
        table_.struct_size = sizeof table_;
        table_.abi_minor = FANFARE_ABI_MINOR;
        table_.version = FANFARE_LIT("0.0.0-test");
        table_.log = [](fanfare_ctx* c, fanfare_level level, fanfare_str message, const fanfare_kv* fields,
                        std::size_t count) { of(c).add_log(level, message, fields, count); };
        table_.set_error = [](fanfare_ctx* c, fanfare_str message) { of(c).error_ = view(message); };
        table_.complete = [](fanfare_ctx* c, std::uint64_t batch, const fanfare_result* const* results,
                             std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) of(c).add_answer(batch, *results[i]);
        };
        table_.complete_all = [](fanfare_ctx* c, std::uint64_t batch, const fanfare_result* result) {
            of(c).add_answers(batch, *result);
        };
        table_.get_extension = [](fanfare_ctx* c, fanfare_str id) -> const void* {
            const auto found = of(c).extensions_.find(std::string(view(id)));
            return found == of(c).extensions_.end() ? nullptr : found->second;
        };
        http_table_.struct_size = sizeof http_table_;
        http_table_.send = [](fanfare_ctx* c, const fanfare_http_request* request, fanfare_http_done done, void* user) {
            of(c).http.accept(*request, done, user);
        };
        offer(FANFARE_EXT_HTTP, &http_table_);
    }
    void fill_options() {
        table_.config_str = [](fanfare_ctx* c, fanfare_str at, fanfare_str* out) {
            const auto* found = of(c).find<std::string>(at);
            if (found != nullptr) *out = border(*found);
            return status_of(found != nullptr);
        };
        table_.config_i64 = [](fanfare_ctx* c, fanfare_str at, std::int64_t* out) { return of(c).copy(at, out); };
        // A whole number is a number too.
        table_.config_f64 = [](fanfare_ctx* c, fanfare_str at, double* out) {
            std::int64_t whole = 0;
            if (of(c).copy(at, &whole) != FANFARE_OK) return of(c).copy(at, out);
            *out = static_cast<double>(whole);
            return fanfare_status{FANFARE_OK};
        };
        table_.config_bool = [](fanfare_ctx* c, fanfare_str at, std::uint32_t* out) {
            const bool* found = of(c).find<bool>(at);
            if (found != nullptr) *out = *found ? 1 : 0;
            return status_of(found != nullptr);
        };
        table_.config_size = [](fanfare_ctx* c, fanfare_str at, std::size_t* out) {
            const std::vector<std::string> keys = of(c).keys(view(at));
            *out = keys.size();
            return status_of(!keys.empty() || of(c).tables_.count(std::string(view(at))) > 0);
        };
        table_.config_key = [](fanfare_ctx* c, fanfare_str at, std::size_t n, fanfare_str* out) {
            const std::vector<std::string> keys = of(c).keys(view(at));
            const bool found = n < keys.size() && !is_list(keys);
            if (found) *out = border(*of(c).names_.insert(keys[n]).first);
            return status_of(found);
        };
        table_.secret = [](fanfare_ctx* c, fanfare_str at, char* buffer, std::size_t capacity, std::size_t* length) {
            const auto found = of(c).secrets_.find(std::string(view(at)));
            if (found == of(c).secrets_.end()) return status_of(false);
            *length = found->second.size();
            found->second.copy(buffer, capacity);
            return status_of(true);
        };
    }

    void set(std::string at, Value value) {
        if (options_.find(at) == options_.end()) order_.push_back(at);
        options_[std::move(at)] = std::move(value);
    }
    template <class T>
    const T* find(fanfare_str at) const {
        const auto found = options_.find(std::string(view(at)));
        return found == options_.end() ? nullptr : std::get_if<T>(&found->second);
    }
    template <class T>
    fanfare_status copy(fanfare_str at, T* out) const {
        const T* found = find<T>(at);
        if (found != nullptr) *out = *found;
        return status_of(found != nullptr);
    }
    std::vector<std::string> keys(std::string_view parent) const {
        const std::string prefix = std::string(parent) + "/";
        std::vector<std::string> found;
        for (const std::string& at : order_) {
            if (at.compare(0, prefix.size(), prefix) != 0) continue;
            std::string name = unescape(at.substr(prefix.size(), at.find('/', prefix.size()) - prefix.size()));
            if (found.empty() || found.back() != name) found.push_back(std::move(name));
        }
        return found;
    }
    static bool is_list(const std::vector<std::string>& keys) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (keys[i] != std::to_string(i)) return false;
        }
        return true;
    }
    static std::string unescape(const std::string& segment) {
        std::string name;
        for (std::size_t i = 0; i < segment.size(); ++i) {
            const bool escaped = segment[i] == '~' && i + 1 < segment.size();
            name += escaped ? (segment[++i] == '1' ? '/' : '~') : segment[i];
        }
        return name;
    }

    void add_log(fanfare_level level, fanfare_str message, const fanfare_kv* fields, std::size_t count) {
        LogLine line{level, std::string(view(message)), {}};
        for (std::size_t i = 0; i < count; ++i) line.fields.emplace_back(view(fields[i].key), view(fields[i].value));
        const std::lock_guard lock(mutex_);
        logs_.push_back(std::move(line));
    }
    void add_answer(std::uint64_t batch, const fanfare_result& result) {
        const std::lock_guard lock(mutex_);
        record(batch, result.index, result);
    }
    void add_answers(std::uint64_t batch, const fanfare_result& result) {
        const std::lock_guard lock(mutex_);
        const auto held = batches_.find(batch);
        if (held == batches_.end()) return misbehaved("answered all of", batch, 0);
        const std::size_t size = held->second->size();
        for (std::size_t i = 0; i < size; ++i) {
            const auto still = batches_.find(batch);
            if (still == batches_.end()) return;
            if (still->second->is_open(i)) record(batch, static_cast<std::uint32_t>(i), result);
        }
    }
    void record(std::uint64_t batch, std::uint32_t index, const fanfare_result& result) {
        const auto held = batches_.find(batch);
        if (held == batches_.end() || index >= held->second->size()) {
            return misbehaved("answered what it does not have:", batch, index);
        }
        if (!held->second->is_open(index)) return misbehaved("answered twice:", batch, index);
        if (result.outcome == FANFARE_UNSET) misbehaved("answered without an outcome:", batch, index);
        answers_.push_back({batch, index, result.outcome, result.code, result.retry_after_ms,
                            std::string(view(result.reason)), std::string(view(result.response)),
                            std::string(view(result.remote)), (result.flags & FANFARE_RESULT_GONE) != 0});
        if (held->second->close(index)) batches_.erase(held);
        answered_.notify_all();
    }
    void misbehaved(const char* what, std::uint64_t batch, std::size_t index) {
        misbehaviour_.push_back(std::string(what) + " batch " + std::to_string(batch) + ", event " +
                                std::to_string(index));
    }

    fanfare_host table_ = {};
    fanfare_http http_table_ = {};
    std::map<std::string, Value> options_;
    std::vector<std::string> order_;
    std::set<std::string> tables_;
    std::set<std::string> names_;
    std::map<std::string, std::string> secrets_;
    std::map<std::string, const void*> extensions_;
    std::string error_;

    mutable std::mutex mutex_;
    std::condition_variable answered_;
    std::map<std::uint64_t, std::unique_ptr<HeldBatch>> batches_;
    std::uint64_t last_batch_ = 0;
    std::vector<Answer> answers_;
    std::vector<LogLine> logs_;
    std::vector<std::string> misbehaviour_;
};

// One instance of a plugin, driven as a host drives it. The last thing it does is stop and destroy.
class Instance {
public:
    // Both outlive it.
    Instance(const fanfare_plugin& plugin, FakeHost& host) : plugin_(&plugin), host_(&host) {}
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    ~Instance() { end(); }

    fanfare_status create() { return plugin_->create(host_->table(), host_->ctx(), &self_); }
    fanfare_status validate() {
        return plugin_->validate != nullptr ? plugin_->validate(self_) : fanfare_status{FANFARE_OK};
    }
    fanfare_status start() { return plugin_->start != nullptr ? plugin_->start(self_) : fanfare_status{FANFARE_OK}; }
    fanfare_status deliver(std::vector<TestEvent> events, std::uint32_t flags = 0,
                           Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30)) {
        const fanfare_batch* batch = host_->open_batch(std::move(events), flags, deadline);
        const std::uint64_t id = batch->id;
        const fanfare_status status = plugin_->deliver(self_, batch);
        if (status != FANFARE_OK) host_->forget_batch(id);
        return status;
    }
    void end(Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30)) {
        if (self_ == nullptr) return;
        if (plugin_->stop != nullptr) plugin_->stop(self_, mono_ns(deadline));
        host_->http.stop();
        plugin_->destroy(self_);
        self_ = nullptr;
    }

private:
    const fanfare_plugin* plugin_;
    FakeHost* host_;
    fanfare_instance* self_ = nullptr;
};

}  // namespace testing
FANFARE_SDK_END
