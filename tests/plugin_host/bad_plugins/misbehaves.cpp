// Breaks the contract in the way that its option "how" names; in C++ without the wrapper of the SDK.
#define PLUGIN_SCHEMA                                                                                            \
    R"({"type":"object","required":["how"],"additionalProperties":false,"properties":{"how":{"type":"string"},)" \
    R"("secret":{"type":"string","format":"fanfare-secret"}}})"
#define PLUGIN_START Start
#define PLUGIN_STOP Stop
#define PLUGIN_VALIDATE Validate
#define PLUGIN_CANCEL Cancel

#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "table.h"

struct fanfare_instance {
    const fanfare_host* host;
    fanfare_ctx* ctx;
    std::string how;
    int calls = 0;
    std::vector<std::uint64_t> held;

    bool Is(std::string_view name) const { return how == name; }

    void AnswerAll(std::uint64_t batch, fanfare_outcome outcome, std::string_view reason = {}) const {
        fanfare_result result{};
        result.struct_size = sizeof result;
        result.outcome = outcome;
        result.reason = {reason.data(), reason.size()};
        host->complete_all(ctx, batch, &result);
    }

    void Answer(std::uint64_t batch, std::uint32_t index, fanfare_outcome outcome) const {
        fanfare_result result{};
        result.struct_size = sizeof result;
        result.index = index;
        result.outcome = outcome;
        const fanfare_result* const results[] = {&result};
        host->complete(ctx, batch, results, 1);
    }

    fanfare_status Fail(std::string_view why) const {
        host->set_error(ctx, {why.data(), why.size()});
        return FANFARE_EFAILED;
    }
};

namespace {

[[noreturn]] void Hang() {
    for (;;) pause();
}

fanfare_status Create(const fanfare_host* host, fanfare_ctx* ctx, fanfare_instance** out) {
    fanfare_str how{};
    host->config_str(ctx, STR("/how"), &how);
    auto* self = new fanfare_instance{host, ctx, {how.ptr, how.len}, 0, {}};
    if (self->Is("create-throws") || self->Is("create-fails")) {
        const bool throws = self->Is("create-throws");
        if (!throws) self->Fail("create said no");
        delete self;
        if (throws) throw std::runtime_error("create threw");
        return FANFARE_ECONFIG;
    }
    *out = self;
    return FANFARE_OK;
}

fanfare_status Validate(fanfare_instance* self) {
    if (self->Is("validate-fails")) return self->Fail("a and b exclude each other");
    return FANFARE_OK;
}

fanfare_status Start(fanfare_instance* self) {
    if (self->Is("start-hangs")) Hang();
    if (self->Is("start-throws")) throw 5;
    if (self->Is("start-fails")) return self->Fail("cannot connect");
    return FANFARE_OK;
}

fanfare_status Unusual(fanfare_instance* self, const fanfare_batch* batch) {
    const std::uint64_t id = batch->id;
    if (self->Is("throw")) throw std::runtime_error("broken\npipe\x1b");
    if (self->Is("throw-int")) throw 42;
    if (self->Is("hang")) Hang();
    if (self->Is("fail")) return self->Fail("out of luck");
    if (self->Is("busy-first")) {
        if (++self->calls < 3) return FANFARE_BUSY;
        self->AnswerAll(id, FANFARE_DELIVERED);
    }
    if (self->Is("busy-after-answer")) {
        self->Answer(id, 0, FANFARE_DELIVERED);
        return FANFARE_BUSY;
    }
    if (self->Is("throw-after-answer")) {
        self->Answer(id, 0, FANFARE_DELIVERED);
        throw std::runtime_error("half way");
    }
    if (self->Is("tells-secret")) {
        self->AnswerAll(id, FANFARE_RETRY, "denied for hunter22\r\n" + std::string(2000, 'x'));
    }
    return FANFARE_OK;
}

fanfare_status Deliver(fanfare_instance* self, const fanfare_batch* batch) {
    const std::uint64_t id = batch->id;
    if (self->Is("twice")) {
        self->AnswerAll(id, FANFARE_DELIVERED);
        self->AnswerAll(id, FANFARE_REJECTED);
    } else if (self->Is("twice-later")) {
        for (const std::uint64_t old : self->held) self->Answer(old, 0, FANFARE_REJECTED);
        self->held = {id};
        self->AnswerAll(id, FANFARE_DELIVERED);
    } else if (self->Is("reads-after-answer")) {
        self->AnswerAll(id, FANFARE_DELIVERED);
        std::size_t size = 0;
        for (std::size_t i = 0; i < batch->count; ++i) size += batch->events[i]->delivery_id.len;
        self->calls += static_cast<int>(size);
    } else if (self->Is("unknown-batch")) {
        for (const std::uint64_t other : {id + 1, id + (std::uint64_t{1} << 32), ~std::uint64_t{0}, std::uint64_t{0}}) {
            self->AnswerAll(other, FANFARE_REJECTED);
        }
        self->AnswerAll(id, FANFARE_DELIVERED);
    } else if (self->Is("unknown-index")) {
        self->Answer(id, static_cast<std::uint32_t>(batch->count), FANFARE_REJECTED);
        self->host->complete(self->ctx, id, nullptr, 3);
        self->AnswerAll(id, FANFARE_DELIVERED);
    } else if (self->Is("unset")) {
        self->AnswerAll(id, FANFARE_UNSET);
    } else if (self->Is("outcome-77")) {
        self->AnswerAll(id, 77, "from the future");
    } else if (self->Is("late") || self->Is("until-stop") || self->Is("never") || self->Is("stop-hangs")) {
        self->held.push_back(id);
    } else {
        return Unusual(self, batch);
    }
    return FANFARE_OK;
}

void Cancel(fanfare_instance* self, std::uint64_t batch) {
    if (self->Is("late")) self->AnswerAll(batch, FANFARE_DELIVERED);
}

void Stop(fanfare_instance* self, std::int64_t) {
    if (self->Is("stop-hangs")) Hang();
    if (!self->Is("until-stop")) return;
    for (const std::uint64_t batch : self->held) self->AnswerAll(batch, FANFARE_NOT_ATTEMPTED);
}

void Destroy(fanfare_instance* self) { delete self; }

DEFINE_TABLE;

}  // namespace

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { return &kTable; }
