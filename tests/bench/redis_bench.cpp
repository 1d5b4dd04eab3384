// How many events a second the redis plugin adds to a stream: the library as it is shipped, in a host that does nothing
// but keep some batches in flight. Prints one number. tests/bench/redis_rates.py runs it beside redis-benchmark.
//
// usage: redis_bench PLUGIN HOST:PORT EVENTS DATA
#include <dlfcn.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include <fanfare/plugin.h>

namespace {

constexpr std::size_t kBatch = 512;
constexpr std::size_t kInFlight = 8;  // as `concurrency` is by default

fanfare_str Str(const char* text) { return {text, std::strlen(text)}; }
bool Is(fanfare_str text, const char* other) { return std::string(text.ptr, text.len) == other; }

struct Bench {
    std::string server;
    std::string data;
    fanfare_event event = {};
    std::vector<const fanfare_event*> pointers;
    std::array<fanfare_batch, kInFlight> batches = {};

    std::mutex mutex;
    std::condition_variable freed;
    std::vector<std::size_t> free;
    std::size_t failed = 0;

    void Answered(std::uint64_t id, const fanfare_result& result, std::size_t count) {
        const std::lock_guard lock(mutex);
        if (result.outcome != FANFARE_DELIVERED) {
            if (failed == 0) std::fprintf(stderr, "%.*s\n", static_cast<int>(result.reason.len), result.reason.ptr);
            failed += count;
        }
        free.push_back(static_cast<std::size_t>(id));
        freed.notify_one();
    }
    std::size_t TakeFree() {
        std::unique_lock lock(mutex);
        freed.wait(lock, [this] { return !free.empty(); });
        const std::size_t slot = free.back();
        free.pop_back();
        return slot;
    }
    void WaitForAll() {
        std::unique_lock lock(mutex);
        freed.wait(lock, [this] { return free.size() == kInFlight; });
    }
};
Bench* bench = nullptr;

fanfare_status ConfigStr(fanfare_ctx*, fanfare_str pointer, fanfare_str* out) {
    if (Is(pointer, "/server")) {
        *out = {bench->server.data(), bench->server.size()};
    } else if (Is(pointer, "/key")) {
        *out = Str("bench");
    } else {
        return FANFARE_EFAILED;
    }
    return FANFARE_OK;
}

fanfare_host Host() {
    fanfare_host host = {};
    host.struct_size = sizeof host;
    host.log = [](fanfare_ctx*, fanfare_level, fanfare_str, const fanfare_kv*, std::size_t) {};
    host.set_error = [](fanfare_ctx*, fanfare_str text) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.len), text.ptr);
    };
    // One by one only if something failed: the batch counts as ended with the first.
    host.complete = [](fanfare_ctx*, std::uint64_t, const fanfare_result* const*, std::size_t) { std::abort(); };
    host.complete_all = [](fanfare_ctx*, std::uint64_t id, const fanfare_result* result) {
        bench->Answered(id, *result, kBatch);
    };
    host.config_str = &ConfigStr;
    host.config_i64 = [](fanfare_ctx*, fanfare_str, std::int64_t*) -> fanfare_status { return FANFARE_EFAILED; };
    host.config_f64 = [](fanfare_ctx*, fanfare_str, double*) -> fanfare_status { return FANFARE_EFAILED; };
    host.config_bool = [](fanfare_ctx*, fanfare_str, std::uint32_t*) -> fanfare_status { return FANFARE_EFAILED; };
    host.config_size = [](fanfare_ctx*, fanfare_str, std::size_t*) -> fanfare_status { return FANFARE_EFAILED; };
    host.config_key = [](fanfare_ctx*, fanfare_str, std::size_t, fanfare_str*) -> fanfare_status {
        return FANFARE_EFAILED;
    };
    host.secret = [](fanfare_ctx*, fanfare_str, char*, std::size_t, std::size_t*) -> fanfare_status {
        return FANFARE_EFAILED;
    };
    host.get_extension = [](fanfare_ctx*, fanfare_str) -> const void* { return nullptr; };
    return host;
}

void Prepare(Bench& b) {
    b.event.struct_size = sizeof b.event;
    b.event.attempt = 1;
    b.event.message_id = Str("msg_0000000000011ztadxn");
    b.event.id = Str("12345");
    b.event.source = Str("/bench");
    b.event.type = Str("bench.event");
    b.event.content_type = Str("application/json");
    b.event.data = {reinterpret_cast<const std::uint8_t*>(b.data.data()), b.data.size()};
    b.pointers.assign(kBatch, &b.event);
    for (std::size_t i = 0; i < kInFlight; ++i) {
        b.batches[i].struct_size = sizeof b.batches[i];
        b.batches[i].id = i;
        b.batches[i].events = b.pointers.data();
        b.batches[i].count = kBatch;
        b.free.push_back(i);
    }
}

std::int64_t MonoNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

const fanfare_plugin* Load(const char* path, const fanfare_host& host) {
    void* const library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) std::fprintf(stderr, "%s\n", ::dlerror());
    if (library == nullptr) return nullptr;
    const auto query = reinterpret_cast<fanfare_plugin_query_fn>(::dlsym(library, FANFARE_ENTRY_SYMBOL));
    return query == nullptr ? nullptr : query(&host);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 64;
    Bench state;
    bench = &state;
    state.server = argv[2];
    state.data = argv[4];
    Prepare(state);
    const fanfare_host host = Host();
    const fanfare_plugin* const plugin = Load(argv[1], host);
    fanfare_instance* instance = nullptr;
    if (plugin == nullptr || plugin->create(&host, nullptr, &instance) != FANFARE_OK) return 1;
    plugin->start(instance);
    const std::size_t rounds = std::strtoul(argv[3], nullptr, 10) / kBatch;
    const std::int64_t began = MonoNs();
    for (std::size_t i = 0; i < rounds; ++i) {
        fanfare_batch& batch = state.batches[state.TakeFree()];
        batch.deadline_mono_ns = MonoNs() + 30'000'000'000;
        plugin->deliver(instance, &batch);
    }
    state.WaitForAll();
    const double seconds = static_cast<double>(MonoNs() - began) / 1e9;
    plugin->stop(instance, MonoNs() + 1'000'000'000);
    plugin->destroy(instance);
    std::printf("%.0f\n", static_cast<double>(rounds * kBatch) / seconds);
    return state.failed == 0 ? 0 : 1;
}
