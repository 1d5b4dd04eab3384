// Breaks the contract with a far side: over fanfare.http, one request for each event.
#define PLUGIN_REQUIRED_OPTIONS "\"token\""
#define PLUGIN_PROPERTIES \
    "\"token\":{\"type\":\"string\",\"format\":\"fanfare-secret\",\"description\":\"Lets us in\"}"

#include "broken.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

#include <fanfare/http.h>

namespace {

struct Request {
    fanfare_instance* self;
    std::uint64_t batch;
    std::size_t index;
};

}  // namespace

struct fanfare_instance {
    const fanfare_host* host;
    fanfare_ctx* ctx;
    const fanfare_http* http;
    bool ordered = false;
    bool failed = false;
    std::deque<Request> waiting;  // of an ordered batch
};

namespace {

std::atomic<bool> destroyed{false};

void Send(fanfare_instance* self, const Request& request);

fanfare_outcome OutcomeOf(const fanfare_http_response& response) {
    const int status = response.status;
    switch (response.end) {
        case FANFARE_HTTP_UNREACHABLE: return Breaks("gives_up") ? FANFARE_REJECTED : FANFARE_UNREACHABLE;
        case FANFARE_HTTP_IN_DOUBT: return Breaks("hopes") ? FANFARE_DELIVERED : FANFARE_RETRY;
        case FANFARE_HTTP_TIMEOUT: return Breaks("impatient") ? FANFARE_REJECTED : FANFARE_RETRY;
        case FANFARE_HTTP_STOPPED: return FANFARE_NOT_ATTEMPTED;
        case FANFARE_HTTP_INVALID: return FANFARE_REJECTED;
        default: break;
    }
    if (Breaks("only_200") && status == 204) return FANFARE_RETRY;
    if (Breaks("takes_404") && status == 404) return FANFARE_DELIVERED;
    if (Breaks("rejects_429") && status == 429) return FANFARE_REJECTED;
    if (Breaks("rejects_503") && status == 503) return FANFARE_REJECTED;
    if (Breaks("takes_500") && status == 500) return FANFARE_DELIVERED;
    if (status >= 200 && status < 300) return FANFARE_DELIVERED;
    return status == 429 || status >= 500 ? FANFARE_RETRY : FANFARE_REJECTED;
}

std::string Token(fanfare_instance* self) {
    char text[64] = {};
    std::size_t length = 0;
    self->host->secret(self->ctx, TEXT("/token"), text, sizeof text, &length);
    return std::string(text, length);
}

std::string ReasonOf(fanfare_instance* self, fanfare_outcome outcome) {
    if (outcome == FANFARE_DELIVERED || Breaks("no_reason")) return {};
    return Breaks("tells_secret") ? "denied for " + Token(self) : "the far side did not take it";
}

void Done(void* user, const fanfare_http_response* response) {
    const Request request = *static_cast<Request*>(user);
    delete static_cast<Request*>(user);
    fanfare_instance* const self = request.self;
    const bool stopping = response->end == FANFARE_HTTP_STOPPED;
    if (stopping && Breaks("forgets_at_stop")) return;
    const fanfare_outcome outcome = OutcomeOf(*response);
    Answer(self->host, self->ctx, request.batch, request.index, outcome, ReasonOf(self, outcome));
    if (stopping && Breaks("answers_after_destroy")) {
        std::thread([host = self->host, ctx = self->ctx, request] {
            while (!destroyed) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            Answer(host, ctx, request.batch, request.index, FANFARE_RETRY);
        }).detach();
    }
    self->failed = self->failed || outcome != FANFARE_DELIVERED;
    if (self->waiting.empty()) return;
    if (self->failed) {
        for (const Request& each : self->waiting) {
            Answer(self->host, self->ctx, each.batch, each.index, FANFARE_NOT_ATTEMPTED, "one before it failed");
        }
        return self->waiting.clear();
    }
    const Request next = self->waiting.front();
    self->waiting.pop_front();
    Send(self, next);
}

void Send(fanfare_instance* self, const Request& request) {
    fanfare_http_request raw{};
    raw.struct_size = sizeof raw;
    raw.method = TEXT("POST");
    raw.url = TEXT("https://hooks.example.com/");
    self->http->send(self->ctx, &raw, Done, new Request(request));
}

fanfare_status Create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) {
    const auto* http = static_cast<const fanfare_http*>(host->get_extension(ctx, TEXT(FANFARE_EXT_HTTP)));
    if (Breaks("trusts_extension") && http->struct_size == 0) return FANFARE_EFAILED;
    if (http == nullptr && Breaks("mute_about_host")) return FANFARE_ECONFIG;
    if (http == nullptr) return Refuse(host, ctx, "this host has no HTTP client");
    *out = new fanfare_instance{host, ctx, http, false, false, {}};
    return FANFARE_OK;
}

fanfare_status Deliver(fanfare_instance* self, const fanfare_batch* batch) {
    const bool ordered = (batch->flags & FANFARE_BATCH_ORDERED) != 0 && !Breaks("overtakes");
    if (ordered && !self->waiting.empty()) return FANFARE_BUSY;
    self->failed = false;
    for (std::size_t i = 0; i < batch->count; ++i) {
        if (ordered && i > 0) {
            self->waiting.push_back({self, batch->id, i});
        } else {
            Send(self, {self, batch->id, i});
        }
    }
    return FANFARE_OK;
}

void Stop(fanfare_instance* self, std::int64_t) {
    for (const Request& each : self->waiting) {
        Answer(self->host, self->ctx, each.batch, each.index, FANFARE_NOT_ATTEMPTED, "stopping");
    }
    self->waiting.clear();
}

void Destroy(fanfare_instance* self) {
    delete self;
    destroyed = true;
}

constexpr fanfare_plugin Table() {
    fanfare_plugin table{};
    table.struct_size = sizeof table;
    table.abi_major = FANFARE_ABI_MAJOR;
    table.max_batch_events = 16;
    table.name = TEXT(PLUGIN_NAME);
    table.version = TEXT("1.2.3");
    table.vendor = TEXT("tests");
    table.license = TEXT("Apache-2.0");
    table.description = TEXT("For tests");
    table.config_schema = TEXT(kSchema);
    table.create = Create;
    table.deliver = Deliver;
    table.stop = Stop;
    table.destroy = Destroy;
    return table;
}

constexpr fanfare_plugin kTable = Table();

}  // namespace

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { return &kTable; }
