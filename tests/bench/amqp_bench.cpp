// How many events a second reach a queue of RabbitMQ. tests/bench/amqp_rates.py runs it, beside pika.
//
// usage: amqp_bench plugin PLUGIN PORT EVENTS DATA    the library as it is shipped, with confirms, in a host that does
//                                                     nothing but keep some batches in flight
//        amqp_bench library PORT EVENTS DATA          librabbitmq alone, the same message, without confirms
//        amqp_bench window PORT EVENTS DATA MESSAGES  librabbitmq alone, with confirms, so many messages unconfirmed at
//        most
// Prints one number. The queue "bench" is there.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <dlfcn.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <fanfare/plugin.h>

namespace {

constexpr std::size_t kBatch = 256;
constexpr std::size_t kInFlight = 8;  // as `concurrency` is by default

fanfare_str Str(const char* text) { return {text, std::strlen(text)}; }

std::int64_t MonoNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void Print(std::size_t events, std::int64_t began) {
    std::printf("%.0f\n", static_cast<double>(events) * 1e9 / static_cast<double>(MonoNs() - began));
}

struct Bench {
    std::map<std::string, std::string> options;
    std::string data;
    fanfare_event event = {};
    std::vector<const fanfare_event*> pointers;
    std::array<fanfare_batch, kInFlight> batches = {};

    std::mutex mutex;
    std::condition_variable freed;
    std::vector<std::size_t> free;
    bool failed = false;

    void Answered(std::uint64_t id, const fanfare_result& result) {
        const std::lock_guard lock(mutex);
        if (result.outcome != FANFARE_DELIVERED && !failed) {
            std::fprintf(stderr, "%.*s\n", static_cast<int>(result.reason.len), result.reason.ptr);
            failed = true;
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
    const auto found = bench->options.find(std::string(pointer.ptr, pointer.len));
    if (found == bench->options.end()) return FANFARE_EFAILED;
    *out = {found->second.data(), found->second.size()};
    return FANFARE_OK;
}

fanfare_host Host() {
    fanfare_host host = {};
    host.struct_size = sizeof host;
    host.version = Str("bench");
    host.log = [](fanfare_ctx*, fanfare_level, fanfare_str, const fanfare_kv*, std::size_t) {};
    host.set_error = [](fanfare_ctx*, fanfare_str text) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.len), text.ptr);
    };
    // One by one only if something failed.
    host.complete = [](fanfare_ctx*, std::uint64_t, const fanfare_result* const* results, std::size_t) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(results[0]->reason.len), results[0]->reason.ptr);
        std::abort();
    };
    host.complete_all = [](fanfare_ctx*, std::uint64_t id, const fanfare_result* result) {
        bench->Answered(id, *result);
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
    b.event.delivery_id = Str("dlv_0000000000011ztadxn");
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

const fanfare_plugin* Load(const char* path, const fanfare_host& host) {
    void* const library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "%s\n", ::dlerror());
        return nullptr;
    }
    const auto query = reinterpret_cast<fanfare_plugin_query_fn>(::dlsym(library, FANFARE_ENTRY_SYMBOL));
    return query == nullptr ? nullptr : query(&host);
}

int RunPlugin(const char* path, const std::string& port, std::size_t events, const char* data) {
    Bench state;
    bench = &state;
    state.options = {{"/url", "amqp://127.0.0.1:" + port}, {"/routing_key", "bench"}};
    state.data = data;
    Prepare(state);
    const fanfare_host host = Host();
    const fanfare_plugin* const plugin = Load(path, host);
    fanfare_instance* instance = nullptr;
    if (plugin == nullptr || plugin->create(&host, nullptr, &instance) != FANFARE_OK) return 1;
    plugin->start(instance);
    const std::size_t rounds = events / kBatch;
    const std::int64_t began = MonoNs();
    for (std::size_t i = 0; i < rounds; ++i) {
        fanfare_batch& batch = state.batches[state.TakeFree()];
        batch.deadline_mono_ns = MonoNs() + 60'000'000'000;
        plugin->deliver(instance, &batch);
    }
    state.WaitForAll();
    Print(rounds * kBatch, began);
    plugin->stop(instance, MonoNs() + 1'000'000'000);
    plugin->destroy(instance);
    return state.failed ? 1 : 0;
}

amqp_table_entry_t Header(const char* name, const char* text) {
    amqp_field_value_t value = {};
    value.kind = AMQP_FIELD_KIND_UTF8;
    value.value.bytes = amqp_cstring_bytes(text);
    return {amqp_cstring_bytes(name), value};
}

amqp_connection_state_t Connect(int port) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t* const socket = amqp_tcp_socket_new(connection);
    if (socket == nullptr || amqp_socket_open(socket, "127.0.0.1", port) != AMQP_STATUS_OK) return nullptr;
    const amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    if (reply.reply_type != AMQP_RESPONSE_NORMAL || amqp_channel_open(connection, 1) == nullptr) return nullptr;
    return connection;
}

struct Message {
    explicit Message(const char* text) : data(amqp_cstring_bytes(text)) {
        properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG |
                            AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG |
                            AMQP_BASIC_TIMESTAMP_FLAG;
        properties.content_type = amqp_cstring_bytes("application/json");
        properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
        properties.headers = {static_cast<int>(headers.size()), headers.data()};
        properties.message_id = amqp_cstring_bytes("msg_0000000000011ztadxn");
        properties.type = amqp_cstring_bytes("bench.event");
        properties.app_id = amqp_cstring_bytes("fanfare");
    }
    Message(const Message&) = delete;

    bool Publish(amqp_connection_state_t connection) const {
        return amqp_basic_publish(connection, 1, amqp_empty_bytes, amqp_cstring_bytes("bench"), 1, 0, &properties,
                                  data) == AMQP_STATUS_OK;
    }

    std::array<amqp_table_entry_t, 5> headers = {
        Header("fanfare-delivery", "dlv_0000000000011ztadxn"), Header("cloudEvents_specversion", "1.0"),
        Header("cloudEvents_id", "12345"), Header("cloudEvents_source", "/bench"),
        Header("cloudEvents_type", "bench.event")};
    amqp_basic_properties_t properties = {};
    amqp_bytes_t data;
};

void Close(amqp_connection_state_t connection) {
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(connection);
}

// Over once the broker has taken them all: it answers the close of the channel after them.
int RunLibrary(int port, std::size_t events, const char* data) {
    const amqp_connection_state_t connection = Connect(port);
    if (connection == nullptr) return 1;
    const Message message(data);
    const std::int64_t began = MonoNs();
    for (std::size_t i = 0; i < events; ++i) {
        if (!message.Publish(connection)) return 1;
    }
    if (amqp_channel_close(connection, 1, AMQP_REPLY_SUCCESS).reply_type != AMQP_RESPONSE_NORMAL) return 1;
    Print(events, began);
    Close(connection);
    return 0;
}

// The broker confirms one message, or all up to one, and not always in the order they were sent.
class Confirms {
public:
    explicit Confirms(std::size_t messages) : done_(messages + 1) {}

    std::size_t count() const { return count_; }

    bool WaitForMore(amqp_connection_state_t connection) {
        amqp_frame_t frame = {};
        if (amqp_simple_wait_frame(connection, &frame) != AMQP_STATUS_OK) return false;
        if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) return false;
        const auto& ack = *static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
        if (!ack.multiple) Take(ack.delivery_tag);
        while (ack.multiple && all_up_to_ < ack.delivery_tag) Take(++all_up_to_);
        return true;
    }

private:
    void Take(std::size_t tag) {
        if (done_.at(tag)) return;
        done_[tag] = true;
        ++count_;
    }

    std::vector<bool> done_;
    std::size_t all_up_to_ = 0;
    std::size_t count_ = 0;
};

int RunWindow(int port, std::size_t events, const char* data, std::size_t window) {
    const amqp_connection_state_t connection = Connect(port);
    if (connection == nullptr || amqp_confirm_select(connection, 1) == nullptr) return 1;
    const Message message(data);
    Confirms confirms(events);
    const std::int64_t began = MonoNs();
    for (std::size_t sent = 0; confirms.count() < events;) {
        for (; sent < events && sent - confirms.count() < window; ++sent) {
            if (!message.Publish(connection)) return 1;
        }
        if (!confirms.WaitForMore(connection)) return 1;
        amqp_maybe_release_buffers(connection);
    }
    Print(events, began);
    Close(connection);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "plugin" && argc == 6) return RunPlugin(argv[2], argv[3], std::strtoul(argv[4], nullptr, 10), argv[5]);
    if (mode == "library" && argc == 5) {
        return RunLibrary(std::atoi(argv[2]), std::strtoul(argv[3], nullptr, 10), argv[4]);
    }
    if (mode == "window" && argc == 6) {
        return RunWindow(std::atoi(argv[2]), std::strtoul(argv[3], nullptr, 10), argv[4],
                         std::strtoul(argv[5], nullptr, 10));
    }
    return 64;
}
