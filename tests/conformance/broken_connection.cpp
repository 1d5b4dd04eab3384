// Breaks the contract with a far side that it connects to by itself.
#define PLUGIN_REQUIRED_OPTIONS "\"server\""
#define PLUGIN_PROPERTIES \
    "\"server\":{\"type\":\"string\",\"description\":\"Where it is\",\"examples\":[\"queue.example.com:4711\"]}"

#include "broken.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

struct fanfare_instance {
    const fanfare_host* host;
    fanfare_ctx* ctx;
    std::uint16_t port;
};

namespace {

fanfare_status Create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) {
    fanfare_str server{};
    if (host->config_str(ctx, TEXT("/server"), &server) != FANFARE_OK) return Refuse(host, ctx, "server is missing");
    const std::string text(server.ptr, server.len);
    const int port = std::atoi(text.substr(text.find(':') + 1).c_str());
    *out = new fanfare_instance{host, ctx, static_cast<std::uint16_t>(port)};
    return FANFARE_OK;
}

// One attempt: a byte there and one back.
fanfare_outcome Try(std::uint16_t port) {
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{0, 200'000};
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fanfare_outcome outcome = Breaks("rejects_absent") ? FANFARE_REJECTED : FANFARE_UNREACHABLE;
    if (connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        char byte = 0;
        const ssize_t got = recv(file, &byte, 1, 0);
        outcome = FANFARE_RETRY;
        if (got < 0 && Breaks("trusts_silence")) outcome = FANFARE_DELIVERED;
        if (got == 0 && Breaks("trusts_end")) outcome = FANFARE_DELIVERED;
    }
    close(file);
    return outcome;
}

fanfare_status Deliver(fanfare_instance* self, const fanfare_batch* batch) {
    const fanfare_result result = ResultOf(Try(self->port), "no word from the far side");
    self->host->complete_all(self->ctx, batch->id, &result);
    return FANFARE_OK;
}

void Destroy(fanfare_instance* self) { delete self; }

constexpr fanfare_plugin Table() {
    fanfare_plugin table{};
    table.struct_size = sizeof table;
    table.abi_major = FANFARE_ABI_MAJOR;
    table.capabilities = FANFARE_CAP_BLOCKING;
    table.max_batch_events = 8;
    table.name = TEXT(PLUGIN_NAME);
    table.version = TEXT("1.2.3");
    table.vendor = TEXT("tests");
    table.license = TEXT("Apache-2.0");
    table.description = TEXT("For tests");
    table.config_schema = TEXT(kSchema);
    table.create = Create;
    table.deliver = Deliver;
    table.destroy = Destroy;
    return table;
}

constexpr fanfare_plugin kTable = Table();

}  // namespace

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { return &kTable; }
