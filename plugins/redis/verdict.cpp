#include "verdict.hpp"

#include <array>
#include <charconv>
#include <optional>

#include <fanfare/text.hpp>

namespace fanfare::plugins::redis {
namespace {

constexpr std::size_t kShown = 256;

struct Known {
    std::string_view code;
    fanfare_outcome outcome;
    bool drop_connection;
    std::string_view advice;
};

// Errors by their first word. UNREACHABLE where nothing was taken, nothing can be, and the event has no part in it: it
// costs no attempt, the destination pauses, and goes on by itself once the server is as it should be.
constexpr std::array<Known, 13> kKnown = {{
    {"OOM", FANFARE_RETRY, false, "raise maxmemory, cap the keys, or set an eviction policy"},
    {"READONLY", FANFARE_UNREACHABLE, true,
     "this is a replica: name the master, its Sentinels, or all servers in server"},
    {"LOADING", FANFARE_UNREACHABLE, false, "Redis reads its data set after a start: wait"},
    {"MASTERDOWN", FANFARE_UNREACHABLE, true, "this is a replica that has lost its master: see to the master"},
    {"CLUSTERDOWN", FANFARE_UNREACHABLE, false, "see 'redis-cli cluster info' for slots without a node"},
    {"NOAUTH", FANFARE_UNREACHABLE, true, "set password, and user if it is not the default user"},
    {"WRONGPASS", FANFARE_UNREACHABLE, true, "correct user and password, or enable the user with ACL SETUSER"},
    {"NOPERM", FANFARE_RETRY, false, "grant the user this command and key with ACL SETUSER"},
    {"WRONGTYPE", FANFARE_REJECTED, false, "the key holds something else: choose another key or mode, or remove it"},
    {"MISCONF", FANFARE_RETRY, false, "Redis cannot write its snapshot: see its log and disk"},
    {"NOREPLICAS", FANFARE_RETRY, false, "min-replicas-to-write is not met: see to the replicas"},
    {"BUSY", FANFARE_RETRY, false, "a script holds Redis up: end it with SCRIPT KILL"},
    {"TRYAGAIN", FANFARE_RETRY, false, "the slot is being moved: wait"},
}};

const Known* Find(std::string_view code) {
    for (const Known& known : kKnown) {
        if (known.code == code) return &known;
    }
    return nullptr;
}

Outcome Make(fanfare_outcome kind, std::string reason, const redisReply& reply, const std::string& remote) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.reason = std::move(reason);
    outcome.response = to_utf8(TextOf(reply), kShown);
    outcome.remote = remote;
    return outcome;
}

// "MOVED 3999 127.0.0.1:6381"
bool ReadRedirect(std::string_view text, const Endpoint& from, Verdict& verdict) {
    const std::size_t first = text.find(' ');
    const std::size_t second = text.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return false;
    const std::string_view slot = text.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(slot.data(), slot.data() + slot.size(), verdict.slot);
    const auto target = ParseRedirect(text.substr(second + 1), from);
    if (error != std::errc() || end != slot.data() + slot.size() || !target) return false;
    verdict.target = *target;
    return true;
}

Verdict JudgeError(const redisReply& reply, const Options& options, const Endpoint& from, const std::string& remote) {
    const std::string_view code = ErrorCode(reply);
    const std::string said = from.text() + " says: " + first_line(TextOf(reply), kShown);
    Verdict verdict;
    if (code == "MOVED" || code == "ASK") {
        verdict.kind = code == "MOVED" ? Verdict::Kind::kMoved : Verdict::Kind::kAsk;
        if (options.topology == Topology::kCluster && ReadRedirect(TextOf(reply), from, verdict)) return verdict;
        verdict.kind = Verdict::Kind::kOutcome;
        verdict.outcome =
            Make(FANFARE_RETRY, said + "; this is a node of a cluster: set cluster = true", reply, remote);
        return verdict;
    }
    const Known* known = Find(code);
    if (known == nullptr) {
        verdict.outcome = Make(FANFARE_RETRY, said, reply, remote);
        return verdict;
    }
    verdict.outcome = Make(known->outcome, said + "; " + std::string(known->advice), reply, remote);
    verdict.drop_connection = known->drop_connection;
    return verdict;
}

bool IsExpected(const redisReply& reply, Mode mode) {
    return reply.type == (mode == Mode::kStream ? REDIS_REPLY_STRING : REDIS_REPLY_INTEGER);
}

}  // namespace

Verdict Judge(const redisReply& reply, const Options& options, const Endpoint& from, const std::string& remote) {
    if (IsError(reply)) return JudgeError(reply, options, from, remote);
    Verdict verdict;
    if (!IsExpected(reply, options.mode)) {
        const std::string said = from.text() + " gave an answer of an unexpected kind; see that it is a Redis server";
        verdict.outcome = Make(FANFARE_RETRY, said, reply, remote);
        verdict.drop_connection = true;
    } else if (options.require_receiver && reply.integer == 0) {
        verdict.outcome =
            Make(FANFARE_RETRY, "nobody was listening on the channel: subscribe a receiver, or remove require_receiver",
                 reply, remote);
    } else {
        verdict.outcome = Outcome::delivered().with_remote(remote);
    }
    return verdict;
}

std::string_view AdviceFor(std::string_view error_code) {
    const Known* known = Find(error_code);
    return known != nullptr ? known->advice : std::string_view();
}

}  // namespace fanfare::plugins::redis
