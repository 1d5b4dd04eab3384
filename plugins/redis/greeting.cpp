#include "greeting.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <fanfare/text.hpp>

#include "command.hpp"
#include "verdict.hpp"

namespace fanfare::plugins::redis {
namespace {

std::string Command(const std::vector<std::string_view>& words) {
    std::string out;
    AppendCommand(out, words);
    return out;
}

std::string Fault(const redisReply& reply) {
    const std::string_view advice = AdviceFor(ErrorCode(reply));
    std::string text = "it says: " + first_line(TextOf(reply), 256);
    if (!advice.empty()) text.append("; ").append(advice);
    return text;
}

std::string MustSucceed(const redisReply& reply) { return IsError(reply) ? Fault(reply) : std::string(); }

// A user may lack the right to ask, and a server may not know the command; that is no fault. Whatever else it says is.
std::string MayBeDenied(const redisReply& reply) {
    const bool unknown = starts_with_ignoring_case(TextOf(reply), "ERR unknown");
    return ErrorCode(reply) == "NOPERM" || (IsError(reply) && unknown) ? std::string() : MustSucceed(reply);
}

std::string MustBeMaster(const redisReply& reply) {
    if (IsError(reply)) return MayBeDenied(reply);
    const bool named = reply.type == REDIS_REPLY_ARRAY && reply.elements > 0;
    const std::string_view role = named ? TextOf(*reply.element[0]) : std::string_view();
    if (role == "master") return {};
    return "the Sentinels call it the master, but its role is '" + first_line(role, 32) + "'; wait for the failover";
}

void AddLogin(std::vector<Step>& steps, const Config& config, const std::string& user, std::string_view at) {
    const std::optional<Secret> password = config.find_secret(at);
    if (!password && user.empty()) return;
    const std::string_view text = password ? password->reveal() : std::string_view();
    steps.push_back({user.empty() ? Command({"AUTH", text}) : Command({"AUTH", user, text}), &MustSucceed});
}

std::string ReadMaster(const redisReply& reply, const Options& options, const Endpoint& sentinel, Endpoint& master) {
    if (IsError(reply)) return Fault(reply);
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2) {
        return "this Sentinel knows no master '" + first_line(options.master, 128) + "'; correct sentinel.master";
    }
    const std::string address = std::string(TextOf(*reply.element[0])) + ":" + std::string(TextOf(*reply.element[1]));
    const auto found = ParseRedirect(address, sentinel);
    if (!found) return "this Sentinel gives an address that is none: " + first_line(address, 128);
    master = *found;
    return {};
}

}  // namespace

std::vector<Step> RedisGreeting(const Options& options, const Config& config) {
    std::vector<Step> steps;
    AddLogin(steps, config, options.user, kPassword);
    if (options.database > 0) {
        steps.push_back({Command({"SELECT", std::to_string(options.database)}), &MustSucceed});
    }
    // For CLIENT LIST; and it shows a missing password at once.
    steps.push_back({Command({"CLIENT", "SETNAME", "fanfare"}), &MayBeDenied});
    if (options.topology == Topology::kSentinel) steps.push_back({Command({"ROLE"}), &MustBeMaster});
    return steps;
}

std::vector<Step> SentinelGreeting(const Options& options, const Config& config, const Endpoint& sentinel,
                                   Endpoint& master) {
    std::vector<Step> steps;
    AddLogin(steps, config, options.sentinel_user, kSentinelPassword);
    steps.push_back({Command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.master}),
                     [&options, sentinel, &master](const redisReply& reply) {
                         return ReadMaster(reply, options, sentinel, master);
                     }});
    return steps;
}

}  // namespace fanfare::plugins::redis
