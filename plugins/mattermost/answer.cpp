#include "answer.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include <fanfare/text.hpp>

namespace fanfare::plugins::mattermost {

namespace {

constexpr std::size_t kMaxWords = 200;

struct Error {
    std::string id;
    std::string message;
    bool is_mattermosts = false;
};

std::string Member(const nlohmann::json& error, const char* name) {
    const auto found = error.find(name);
    return found != error.end() && found->is_string() ? first_line(found->get<std::string>(), kMaxWords)
                                                      : std::string();
}

Error ErrorOf(std::string_view body) {
    const nlohmann::json json = nlohmann::json::parse(body, nullptr, /*allow_exceptions*/ false);
    if (!json.is_object()) return {{}, first_line(body, kMaxWords), false};
    Error error{Member(json, "id"), Member(json, "message"), json.contains("id")};
    const std::string detail = Member(json, "detailed_error");
    if (!detail.empty()) error.message += (error.message.empty() ? "" : " ") + detail;
    return error;
}

// What the operator can do.
std::string_view Remedy(int status, const Error& error) {
    const auto is = [&](std::string_view id) { return error.id == id; };
    if (is("web.incoming_webhook.invalid.app_error"))
        return "no webhook has this token: compare it with the webhook's address";
    if (is("web.incoming_webhook.user.app_error")) return "there is no such user: correct the option channel";
    if (is("web.incoming_webhook.channel_locked.app_error"))
        return "the webhook is locked to its own channel: remove the option channel";
    switch (status) {
        case 400:
            return "no webhook has this token, or the message is not one the server takes: compare the token with the "
                   "webhook's address";
        case 403:
            return "the webhook may not post there: it is locked to another channel, or its owner cannot see this one";
        case 404:
            return error.is_mattermosts ? "there is no such channel: use its name as in its address"
                                        : "there is no webhook at this address: is host right?";
        case 413:
            return "the message is too large: lower max_characters";
        case 501:
            return "incoming webhooks are switched off: enable them in the System Console, Integrations";
        default:
            return {};
    }
}

}  // namespace

Outcome OutcomeOf(const HttpResponse& response, std::string_view where) {
    Outcome outcome = response.outcome(where);
    if (!response.done()) return outcome;
    const int status = response.status();
    if (status == 200 && first_line(response.body(), 4) == "ok") return outcome;
    const Error error = ErrorOf(response.body());
    outcome.reason =
        "HTTP " + std::to_string(status) + (error.id.empty() ? "" : " " + error.id) + " from " + std::string(where);
    if (!error.message.empty()) outcome.reason += ": " + error.message;
    if (outcome.is_delivered()) {
        outcome.kind = FANFARE_RETRY;
        outcome.reason += "; Mattermost says 200 and 'ok': is host right?";
    } else if (const std::string_view remedy = Remedy(status, error); !remedy.empty()) {
        outcome.reason.append("; ").append(remedy);
    }
    return outcome;
}

}  // namespace fanfare::plugins::mattermost
