// Does to itself what the data of an event says: anything else than that is delivered.
#define PLUGIN_SCHEMA R"({"type":"object","additionalProperties":false,"properties":{}})"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "table.h"

struct fanfare_instance {
    const fanfare_host* host;
    fanfare_ctx* ctx;
};

namespace {

void Answer(const fanfare_instance* self, std::uint64_t batch, std::uint32_t index) {
    fanfare_result result{};
    result.struct_size = sizeof result;
    result.index = index;
    result.outcome = FANFARE_DELIVERED;
    result.code = static_cast<std::int32_t>(getpid());  // so that the test sees who answered
    const fanfare_result* const results[] = {&result};
    self->host->complete(self->ctx, batch, results, 1);
}

[[noreturn]] void Leak() {
    constexpr std::size_t kPiece = std::size_t{64} << 20;
    for (std::size_t taken = 0; taken < (std::size_t{10} << 30); taken += kPiece) {
        void* const piece = std::malloc(kPiece);
        if (piece == nullptr) std::abort();
        std::memset(piece, 1, kPiece);
    }
    std::abort();
}

// As much as it may; who may without end goes on as if nothing had been.
void OpenMany() {
    for (int i = 0; i < 100'000; ++i) {
        if (open("/dev/null", O_RDONLY) < 0) std::abort();
    }
}

// Leaves a process behind that holds on to all that is open.
[[noreturn]] void Fork() {
    if (fork() != 0) std::abort();
    while (true) pause();
}

void Do(std::string_view what) {
    if (what == "segfault") *const_cast<volatile int*>(static_cast<int*>(nullptr)) = 1;
    if (what == "abort") std::abort();
    if (what == "exit") std::exit(3);
    if (what == "leak") Leak();
    if (what == "open") OpenMany();
    if (what == "fork") Fork();
    if (what == "close") {
        for (const int fd : {0, 1, 2}) close(fd);
    }
    if (what == "close all") {
        for (int fd = 0; fd < 64; ++fd) close(fd);
    }
    while (what == "loop") pause();
}

fanfare_status Create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) {
    *out = new fanfare_instance{host, ctx};
    return FANFARE_OK;
}

fanfare_status Deliver(fanfare_instance* self, const fanfare_batch* batch) {
    const std::uint64_t id = batch->id;
    const std::size_t count = batch->count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const fanfare_bytes data = batch->events[i]->data;
        Do({reinterpret_cast<const char*>(data.ptr), data.len});
        Answer(self, id, i);
    }
    return FANFARE_OK;
}

void Destroy(fanfare_instance* self) { delete self; }

DEFINE_TABLE;

}  // namespace

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { return &kTable; }
