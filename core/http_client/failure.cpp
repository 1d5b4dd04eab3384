#include "http_client/failure.hpp"

#include <algorithm>
#include <system_error>

namespace fanfare::http_client {
namespace {

constexpr std::string_view kCertificateProblem = "SSL certificate problem: ";

// What the far side says may have found its way in here.
std::string OneLine(std::string_view text) {
    constexpr std::size_t kMaxLine = 512;
    std::string line(text.substr(0, kMaxLine));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return line;
}

std::string SystemText(int number, const char* otherwise) {
    return number == 0 ? std::string(otherwise) : std::generic_category().message(number);
}

std::string Certificate(const Failure& failure, const std::string& name) {
    if (failure.detail.starts_with(kCertificateProblem))
        return "certificate of " + name +
               " is not trusted: " + std::string(failure.detail.substr(kCertificateProblem.size()));
    return "certificate of " + name + " is not for this name: " + std::string(failure.detail);
}

std::string NotSent(const Failure& failure, const Target& target) {
    const std::string name = target.Name();
    switch (static_cast<int>(failure.result)) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "name " + target.host + " cannot be resolved; check the name and the resolver";
        case CURLE_COULDNT_CONNECT:
            return "no connection to " + name + ": " + SystemText(failure.system_error, "no address answered");
        case CURLE_OPERATION_TIMEDOUT:
            return "no connection to " + name + " within " +
                   std::to_string(std::min(failure.left, failure.connect_left).count()) + " ms";
        case CURLE_PEER_FAILED_VERIFICATION:
            return Certificate(failure, name);
        case CURLE_SSL_CONNECT_ERROR:
            return "TLS handshake with " + name + " failed: " + std::string(failure.detail);
        default:
            return "no connection to " + name + ": " + curl_easy_strerror(failure.result);
    }
}

std::string Broken(const Failure& failure, const Target& target) {
    const std::string name = target.Name();
    switch (static_cast<int>(failure.result)) {
        case CURLE_OPERATION_TIMEDOUT:
            return name + " gave no complete answer within " + std::to_string(failure.left.count()) + " ms";
        case CURLE_GOT_NOTHING:
            return name + " closed the connection without an answer";
        case CURLE_PARTIAL_FILE:
            return name + " closed the connection in the middle of its answer";
        case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9
        case CURLE_WEIRD_SERVER_REPLY:
            return name + " answered with something that is not HTTP/1 or HTTP/2";
        case CURLE_ABORTED_BY_CALLBACK:
            return name + " closed " + std::to_string(kMaxSends) + " connections without an answer";
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return "connection to " + name +
                   " broke before a complete answer: " + SystemText(failure.system_error, "closed by the far side");
        default:
            return name + " gave no complete answer: " + curl_easy_strerror(failure.result);
    }
}

}  // namespace

End EndOf(const Failure& failure) {
    if (failure.result == CURLE_OK) return End::kDone;
    if (failure.sends == 0) {
        const bool is_refused = failure.result == CURLE_URL_MALFORMAT || failure.result == CURLE_UNSUPPORTED_PROTOCOL;
        return is_refused ? End::kInvalid : End::kUnreachable;
    }
    return failure.result == CURLE_OPERATION_TIMEDOUT ? End::kTimeout : End::kInDoubt;
}

std::string Describe(const Failure& failure, const Target& target) {
    if (failure.result == CURLE_OK) return {};
    if (EndOf(failure) == End::kInvalid) return "the URL cannot be used: libcurl does not take it";
    return OneLine(failure.sends == 0 ? NotSent(failure, target) : Broken(failure, target));
}

}  // namespace fanfare::http_client
