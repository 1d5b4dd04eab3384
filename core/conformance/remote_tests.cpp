// What the far side does, and what the plugin makes of it: over fanfare.http, or over connections of its own.
#include <algorithm>

#include "base/text.hpp"
#include "conformance/bench.hpp"
#include "conformance/options.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::chrono::seconds kTime{10};
constexpr std::chrono::seconds kShortTime{2};
constexpr std::size_t kEvents = 3;
constexpr std::int64_t kRetryAfterMs = 120'000;

Reply Status(int status) {
    Reply reply;
    reply.status = status;
    return reply;
}

Reply Ended(fanfare_http_end end, const char* error) {
    Reply reply;
    reply.end = end;
    reply.error = error;
    return reply;
}

std::unique_ptr<Driver> UpWithHttp(Bench& bench) {
    auto driver = bench.Up();
    if (!driver->host().asked_for_http()) throw Skip{"it does not use " FANFARE_EXT_HTTP};
    return driver;
}

// What became of a few events if every request is answered so.
std::vector<Given> Answers(Bench& bench, const Reply& reply) {
    const auto driver = UpWithHttp(bench);
    driver->far_side = [&](std::size_t) { return reply; };
    const auto deadline = Steady::now() + kTime;
    const std::size_t size = std::min(bench.max_batch(), kEvents);
    driver->Settle(driver->Deliver(Events(size), 0, deadline), deadline);
    std::vector<Given> given = driver->host().given();
    driver->Down();
    return given;
}

[[noreturn]] void Wrong(const std::string& when, const Given& given, const char* rule) {
    throw Failure{"when the far side " + when + " an event was answered " + NameOf(given.outcome) +
                  (given.reason.empty() ? "" : " ('" + given.reason + "')") + ": " + rule};
}

template <int kStatus>
void Success(Bench& bench) {
    const std::string when = "answered " + std::to_string(kStatus);
    for (const Given& given : Answers(bench, Status(kStatus))) {
        if (given.outcome == FANFARE_DELIVERED) continue;
        if (!bench.subject().says_success) {
            Wrong(when, given,
                  "a 2xx is DELIVERED; if this far side says success in another way, give it with --success STATUS:BODY");
        }
        if (given.outcome == FANFARE_REJECTED) Wrong(when, given, "nobody knows whether it has the event, so answer RETRY");
    }
}

void SaidSuccess(Bench& bench) {
    if (!bench.subject().says_success) throw Skip{"no --success was given: see remote.200"};
    for (const Given& given : Answers(bench, bench.subject().success)) {
        if (given.outcome != FANFARE_DELIVERED) Wrong("answered as --success says", given, "it has the event, so answer DELIVERED");
    }
}

// May work later: it must come again, and nothing has arrived.
template <int kStatus>
void Later(Bench& bench) {
    Reply reply = Status(kStatus);
    if (kStatus == 429) {
        reply.retry_after_ms = kRetryAfterMs;
        reply.headers = {{"retry-after", "120"}};
    }
    const std::string when = "answered " + std::to_string(kStatus);
    bool keeps_time = true;
    for (const Given& given : Answers(bench, reply)) {
        if (given.outcome == FANFARE_REJECTED) Wrong(when, given, "it may work later, so answer RETRY");
        if (given.outcome == FANFARE_DELIVERED) Wrong(when, given, "nothing was taken over, so answer RETRY");
        if (given.outcome == FANFARE_RETRY && given.retry_after_ms == 0) keeps_time = false;
    }
    if (kStatus == 429 && !keeps_time) bench.Note("does not pass Retry-After on (retry_after_ms)");
}

template <int kStatus>
void Refused(Bench& bench) {
    for (const Given& given : Answers(bench, Status(kStatus))) {
        if (given.outcome == FANFARE_DELIVERED) {
            Wrong("answered " + std::to_string(kStatus), given, "nothing was taken over; REJECTED if it will never work, else RETRY");
        }
    }
}

// 409 is for some far sides the word for "I have it already".
void Conflict(Bench& bench) { Answers(bench, Status(409)); }

void Unreachable(Bench& bench) {
    for (const Given& given : Answers(bench, Ended(FANFARE_HTTP_UNREACHABLE, "connection refused"))) {
        if (given.outcome == FANFARE_DELIVERED || given.outcome == FANFARE_REJECTED) {
            Wrong("was not there", given, "answer UNREACHABLE, so that the destination pauses and no event is spent");
        }
    }
}

void Truncated(Bench& bench) {
    for (const Given& given : Answers(bench, Ended(FANFARE_HTTP_IN_DOUBT, "the connection broke"))) {
        if (given.outcome == FANFARE_DELIVERED || given.outcome == FANFARE_REJECTED) {
            Wrong("hung up in its answer", given, "nobody knows whether it has the event, so answer RETRY");
        }
    }
}

void Silent(Bench& bench) {
    for (const Given& given : Answers(bench, Ended(FANFARE_HTTP_TIMEOUT, "no answer in time"))) {
        if (given.outcome == FANFARE_DELIVERED || given.outcome == FANFARE_REJECTED) {
            Wrong("did not answer in time", given, "nobody knows whether it has the event, so answer RETRY");
        }
    }
}

void LookForSecrets(const std::string& text, const std::vector<std::string>& secrets, const char* where) {
    for (const std::string& secret : secrets) {
        constexpr std::size_t kTooShortToTell = 6;
        if (secret.size() < kTooShortToTell || text.find(secret) == std::string::npos) continue;
        throw Failure{std::string("a secret of its options stands in ") + where +
                      ", which operators and logs see: name its option, never its value"};
    }
}

void Reasons(Bench& bench) {
    const std::vector<std::string> secrets = SecretsIn(bench.library().schema(), bench.Options());
    for (const int status : {401, 404, 500}) {
        const auto driver = UpWithHttp(bench);
        driver->far_side = [&](std::size_t) { return Status(status); };
        const auto deadline = Steady::now() + kTime;
        driver->Settle(driver->Deliver(Events(1), 0, deadline), deadline);
        for (const Given& given : driver->host().given()) {
            if (given.outcome != FANFARE_DELIVERED && given.reason.empty()) {
                Wrong("answered " + std::to_string(status), given,
                      "and no reason was given; say what happened, at which host, and what to do");
            }
            LookForSecrets(given.reason, secrets, "the reason of an answer");
        }
        for (const auto& line : driver->host().logs()) {
            LookForSecrets(line.message, secrets, "a line of the log");
            for (const auto& field : line.fields) LookForSecrets(field.second, secrets, "a line of the log");
        }
        driver->Down();
    }
}

// A far side of its own protocol, of which nothing good can come.
void OwnConnection(Bench& bench, FarSide who, const std::string& when) {
    Driver driver(bench.library(), bench.Options(who));
    if (!NamesAddress(bench.Raw())) {
        throw Skip{"its options name no address of the check: write @HOST@:@PORT@ into --options FILE if it connects"};
    }
    driver.Up();
    if (driver.host().asked_for_http()) throw Skip{"it connects by " FANFARE_EXT_HTTP};
    const auto deadline = Steady::now() + kShortTime;
    const std::size_t size = std::min(bench.max_batch(), kEvents);
    const std::uint64_t batch = driver.Deliver(Events(size), 0, deadline);
    if (!driver.AwaitAll(deadline)) driver.Cancel(batch);
    driver.Down();
    for (const Given& given : driver.host().given()) {
        if (given.outcome == FANFARE_DELIVERED) Wrong(when, given, "it cannot have it; answer UNREACHABLE or RETRY");
        if (given.outcome == FANFARE_REJECTED) {
            Wrong(when, given, "it may work later; answer UNREACHABLE or RETRY, not for ever");
        }
    }
}

void NobodyThere(Bench& bench) { OwnConnection(bench, FarSide::kNobody, "was not there"); }
void SaysNothing(Bench& bench) { OwnConnection(bench, FarSide::kSilent, "took the connection and said nothing"); }
void HangsUp(Bench& bench) { OwnConnection(bench, FarSide::kHangsUp, "hung up at once"); }

}  // namespace

std::vector<Test> RemoteTests() {
    return {{"remote.success", "what --success says is delivered", "deliver.one", SaidSuccess},
            {"remote.200", "200 is delivered, or with --success not given up", "deliver.one", Success<200>},
            {"remote.204", "204 is delivered, or with --success not given up", "deliver.one", Success<204>},
            {"remote.301", "301 is not delivered", "deliver.one", Refused<301>},
            {"remote.400", "400 is not delivered", "deliver.one", Refused<400>},
            {"remote.401", "401 is not delivered", "deliver.one", Refused<401>},
            {"remote.404", "404 is not delivered", "deliver.one", Refused<404>},
            {"remote.409", "409 is answered once", "deliver.one", Conflict},
            {"remote.413", "413 is not delivered", "deliver.one", Refused<413>},
            {"remote.429", "429 with Retry-After comes again", "deliver.one", Later<429>},
            {"remote.500", "500 comes again", "deliver.one", Later<500>},
            {"remote.503", "503 comes again", "deliver.one", Later<503>},
            {"remote.unreachable", "without a connection nothing is delivered or given up", "deliver.one", Unreachable},
            {"remote.truncated", "after half an answer it comes again", "deliver.one", Truncated},
            {"remote.timeout", "without an answer in time it comes again", "deliver.one", Silent},
            {"remote.reasons", "every failure has a reason, and none a secret", "deliver.one", Reasons},
            {"remote.nobody", "its own protocol: nobody listens", "deliver.one", NobodyThere},
            {"remote.silent", "its own protocol: a connection, and silence", "deliver.one", SaysNothing},
            {"remote.hangs_up", "its own protocol: a connection that closes", "deliver.one", HangsUp}};
}

}  // namespace fanfare::conformance
