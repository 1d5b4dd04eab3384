#include "aws/fault.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include <fanfare/text.hpp>

#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

using nlohmann::json;

constexpr std::string_view kTemporary[] = {
    // Throttling.
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
    "OverLimit", "KmsThrottled", "KMS.ThrottlingException", "PriorRequestNotComplete",
    // Trouble on their side.
    "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure", "InternalServiceErrorException",
    "ServiceUnavailable", "ServiceUnavailableException",
    // SES: sending is paused for the account, the Region or the configuration set, until somebody resumes it.
    "SendingPausedException", "AccountSendingPausedException", "ConfigurationSetSendingPausedException"};

constexpr std::string_view kRefusesKeys[] = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
                                             "UnrecognizedClientException"};

template <class List>
bool IsOneOf(const List& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool IsExpired(std::string_view code) { return code == "ExpiredToken" || code == "ExpiredTokenException"; }

// The service compares the time of a request with its own: five minutes (SigV4, "Elements of a request").
bool IsClockWrong(const Fault& fault) {
    if (fault.code == "RequestTimeTooSkewed" || fault.code == "RequestExpired" || fault.code == "RequestInTheFuture") {
        return true;
    }
    return starts_with_ignoring_case(fault.message, "Signature expired") ||
           starts_with_ignoring_case(fault.message, "Signature not yet current");
}

// "com.amazonaws.sqs#QueueDoesNotExist", "MessageRejected:http://internal.amazon.com/..."
std::string BareCode(std::string_view code) {
    code = code.substr(0, code.find(':'));
    const std::size_t hash = code.find('#');
    return std::string(hash == std::string_view::npos ? code : code.substr(hash + 1));
}

std::string Member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// AWS's have 16 characters and more. Those of emulators ("test") are none, and stand in many a word.
constexpr std::size_t kShortestSecret = 8;

std::string Without(std::string text, std::initializer_list<std::string_view> secrets) {
    for (const std::string_view secret : secrets) {
        if (secret.size() < kShortestSecret) continue;
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
            text.replace(at, secret.size(), "***");
        }
    }
    return text;
}

// What the status alone says, corrected by the code.
void Correct(Outcome& outcome, const Fault& fault) {
    if (IsTemporary(fault.code)) {
        outcome.kind = FANFARE_RETRY;
    } else if (IsClockWrong(fault)) {
        outcome.kind = FANFARE_RETRY;
        outcome.reason += " (set the clock of this machine)";
    } else if (IsExpired(fault.code)) {
        outcome.kind = FANFARE_RETRY;
        outcome.reason += " (configure credentials that are valid)";
    }
}

}  // namespace

Fault FaultOf(const HttpResponse& response) {
    Fault fault;
    const bool failed = response.done() && (response.status() < 200 || response.status() > 299);
    if (!failed) return fault;
    fault.code = BareCode(response.header("x-amzn-errortype"));
    const json body = json::parse(response.body(), nullptr, /*allow_exceptions*/ false);
    if (body.is_object()) {
        if (fault.code.empty()) fault.code = BareCode(Member(body, "__type"));
        if (fault.code.empty()) fault.code = BareCode(Member(body, "code"));
        fault.message = Member(body, "message");
        if (fault.message.empty()) fault.message = Member(body, "Message");
    } else {
        if (fault.code.empty()) fault.code = XmlText(response.body(), "Code").value_or("");
        fault.message = XmlText(response.body(), "Message").value_or("");
    }
    return fault;
}

bool IsTemporary(std::string_view code) { return IsOneOf(kTemporary, code); }

bool RefusesKeys(std::string_view code) { return IsOneOf(kRefusesKeys, code); }

std::string Words(const Fault& fault, std::initializer_list<std::string_view> secrets) {
    // With a wrong signature the service shows what it signed itself, headers with the session token among it, from the
    // second line on.
    const std::string line = first_line(Without(fault.message, secrets), 400);
    return line.empty() ? fault.code : fault.code + ": " + line;
}

Outcome OutcomeOf(const HttpResponse& response, const Fault& fault, std::string_view where,
                  std::initializer_list<std::string_view> secrets) {
    Outcome outcome = response.outcome(where);
    if (fault.code.empty()) {
        outcome.reason = Without(std::move(outcome.reason), secrets);
        outcome.response = Without(std::move(outcome.response), secrets);
        return outcome;
    }
    outcome.response = Words(fault, secrets);
    outcome.reason = std::string(where) + " says " + outcome.response;
    Correct(outcome, fault);
    if (outcome.kind == FANFARE_RETRY) outcome.retry_after_ms = response.retry_after_ms();
    return outcome;
}

}  // namespace fanfare::plugins::aws
