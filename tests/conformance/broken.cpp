// Breaks the contract between load and destroy.
#define PLUGIN_REQUIRED_OPTIONS "\"name\""
#define PLUGIN_PROPERTIES "\"name\":{\"type\":\"string\",\"description\":\"Any word\"}" BROKEN_PROPERTY
#define BROKEN_PROPERTY ",\"bare\":{\"type\":\"string\"" BARE_DESCRIPTION "}"
#ifndef BARE_DESCRIPTION
#define BARE_DESCRIPTION ",\"description\":\"Another\""
#endif

#include "broken.hpp"

#include <alloca.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

struct fanfare_instance {
    const fanfare_host* host;
    fanfare_ctx* ctx;
    std::vector<std::thread> threads;
    std::set<std::string> seen;
    std::vector<std::uint64_t> batches;
};

namespace {

fanfare_instance* last = nullptr;

void OpenAndForget() { [[maybe_unused]] const int file = open("/dev/null", O_RDONLY | O_CLOEXEC); }

void TakeAndForget() {
    void* volatile taken = std::malloc(100);
    static_cast<void>(taken);
}

bool IsUtf8(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

fanfare_status Create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) {
    fanfare_str name{};
    const bool has_name = host->config_str(ctx, TEXT("/name"), &name) == FANFARE_OK;
    if (Breaks("asks_more")) return Refuse(host, ctx, "colour is missing");
    if (Breaks("crashes_without")) *const_cast<volatile char*>(name.ptr);
    if (!has_name && Breaks("mute")) return FANFARE_ECONFIG;
    if (!has_name) return Refuse(host, ctx, "name is missing");
    if (Breaks("create_throws")) throw std::runtime_error("no");
    if (Breaks("leaks_file")) OpenAndForget();
    if (Breaks("leaks_memory")) TakeAndForget();
    if (Breaks("no_instance")) return FANFARE_OK;
    last = *out = new fanfare_instance{host, ctx, {}, {}, {}};
    return FANFARE_OK;
}

fanfare_status Start(fanfare_instance*) {
    if (Breaks("leaves_thread")) std::thread([] { pause(); }).detach();
    return FANFARE_OK;
}

// One event after the other. False: it has no answer.
bool Spoils(fanfare_instance* self, const fanfare_batch* batch, std::size_t i) {
    const fanfare_event& event = *batch->events[i];
    const std::string_view data(reinterpret_cast<const char*>(event.data.ptr), event.data.len);
    const std::uint64_t id = batch->id;
    const auto answer = [&](fanfare_outcome outcome) { Answer(self->host, self->ctx, id, i, outcome); };
    if (Breaks("silent") || (Breaks("first_alone") && i > 0)) return true;
    if (Breaks("reads_empty")) *const_cast<volatile const std::uint8_t*>(event.data.ptr);
    if (Breaks("copies_to_stack")) *static_cast<volatile std::uint8_t*>(alloca(event.data.len + 1)) = 1;
    if (Breaks("ascii_only") && !IsUtf8(data)) return true;
    if (Breaks("drops_repeated") && !self->seen.emplace(event.id.ptr, event.id.len).second) return true;
    if (Breaks("too_late") && batch->deadline_mono_ns < std::chrono::steady_clock::now().time_since_epoch().count()) {
        return true;
    }
    if (Breaks("twice")) answer(FANFARE_DELIVERED);
    if (Breaks("unset")) return answer(FANFARE_UNSET), true;
    if (Breaks("outcome_77")) return answer(77), true;
    if (Breaks("other_index")) Answer(self->host, self->ctx, id, batch->count, FANFARE_REJECTED);
    if (Breaks("other_batch")) Answer(self->host, self->ctx, id + 4711, 0, FANFARE_REJECTED);
    if (Breaks("short_result")) {
        fanfare_result result = ResultOf(FANFARE_DELIVERED);
        result.struct_size = 4;
        const fanfare_result* const results[] = {&result};
        self->host->complete(self->ctx, id, results, 1);
        return true;
    }
    if (Breaks("sizes_equal") && event.struct_size != sizeof(fanfare_event)) return answer(FANFARE_REJECTED), true;
    if (Breaks("flags_equal") && event.flags != 0) return answer(FANFARE_REJECTED), true;
    return false;
}

void AnswerLater(fanfare_instance* self, std::uint64_t id, std::size_t count) {
    self->threads.emplace_back([self, id, count] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        for (std::size_t i = 0; i < count; ++i) Answer(self->host, self->ctx, id, i, FANFARE_DELIVERED);
    });
}

fanfare_status Deliver(fanfare_instance* self, const fanfare_batch* batch) {
    if (Breaks("shares_instance")) self = last;
    if (Breaks("throws")) throw std::runtime_error("broken");
    if (Breaks("exits")) std::_Exit(3);
    if (Breaks("aborts")) std::abort();
    if (Breaks("hangs")) pause();
    if (Breaks("fails")) return FANFARE_EFAILED;
    if (Breaks("always_busy")) return FANFARE_BUSY;
    const std::uint64_t id = batch->id;
    if (Breaks("busy_after_answer")) {
        Answer(self->host, self->ctx, id, 0, FANFARE_DELIVERED);
        return FANFARE_BUSY;
    }
    const std::size_t count = batch->count;
    if (Breaks("answers_on_cancel") || Breaks("stops_late")) self->batches.push_back(id);
    if (Breaks("thread_each")) {
        AnswerLater(self, id, count);
        return FANFARE_OK;
    }
    // The batch ends with its last answer.
    for (std::size_t i = 0; i < count; ++i) {
        if (!Spoils(self, batch, i)) Answer(self->host, self->ctx, id, i, FANFARE_DELIVERED);
    }
    return FANFARE_OK;
}

void Stop(fanfare_instance* self, std::int64_t deadline_mono_ns) {
    for (std::thread& thread : self->threads) thread.join();
    self->threads.clear();
    if (!Breaks("stops_late") || self->batches.size() != 8) return;
    const std::chrono::steady_clock::time_point deadline{std::chrono::nanoseconds(deadline_mono_ns)};
    std::this_thread::sleep_until(deadline + std::chrono::seconds(3));
}

void Cancel(fanfare_instance* self, std::uint64_t) {
    if (!Breaks("answers_on_cancel")) return;
    for (const std::uint64_t id : self->batches) Answer(self->host, self->ctx, id, 0, FANFARE_NOT_ATTEMPTED);
}

void Destroy(fanfare_instance* self) {
    if (Breaks("shares_instance")) return;
    if (last == self) last = nullptr;
    delete self;
}

constexpr fanfare_plugin Table() {
    fanfare_plugin table{};
    table.struct_size = sizeof table;
    table.abi_major = FANFARE_ABI_MAJOR;
    table.max_batch_events = Breaks("thread_each") ? 1 : 16;
    table.name = TEXT(PLUGIN_NAME);
    table.version = TEXT("1.2.3");
    table.vendor = TEXT("tests");
    if (!Breaks("no_licence")) table.license = TEXT("Apache-2.0");
    table.description = TEXT("For tests");
    table.config_schema = TEXT(kSchema);
    if (Breaks("open_schema")) table.config_schema = TEXT(kOpenSchema);
    table.create = Create;
    table.start = Start;
    table.deliver = Deliver;
    table.stop = Stop;
    if (!Breaks("no_destroy")) table.destroy = Destroy;
    table.cancel = Cancel;
    return table;
}

constexpr fanfare_plugin kTable = Table();

}  // namespace

#ifdef EXTRA_EXPORT
extern "C" FANFARE_EXPORT void helper() {}
#endif
#ifdef UNIQUE_SYMBOL
template <class T>
struct FANFARE_EXPORT Shared {
    static inline int count = 0;
};
template struct FANFARE_EXPORT Shared<int>;
#endif
#ifdef UNDEFINED_SYMBOL
extern "C" int nowhere_to_be_found();
extern "C" __attribute__((used)) int CallsNowhere() { return nowhere_to_be_found(); }
#endif

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) {
    if (Breaks("query_thread")) std::thread([] { pause(); }).detach();
    if (Breaks("query_file")) OpenAndForget();
    if (Breaks("query_prints")) std::puts("hello");
    if (Breaks("query_once")) {
        static int asked = 0;
        if (++asked > 2) return nullptr;
    }
    return &kTable;
}
