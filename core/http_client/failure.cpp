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

std::string Handshake(const Failure& failure, const std::string& name) {
    const std::string fault = "TLS handshake with " + name + " failed: ";
    // What OpenSSL says of an answer that is no TLS at all.
    if (failure.detail.find("wrong version number") != std::string_view::npos)
        return fault + "it does not speak TLS on this port; write http://, or the port that does";
    return fault + std::string(failure.detail);
}

std::string Certificate(const Failure& failure, const std::string& name) {
    if (failure.detail.starts_with(kCertificateProblem))
        return "certificate of " + name +
               " is not trusted: " + std::string(failure.detail.substr(kCertificateProblem.size()));
    return "certificate of " + name + " is not for this name: " + std::string(failure.detail);
}

// CONNECT refused, SOCKS refused: libcurl's own words hold the proxy's answer.
std::string ProxyRefused(const Failure& failure, const Target& target) {
    return "proxy " + failure.proxy->target.Name() + " makes no connection to " + target.Name() + ": " +
           std::string(failure.detail.empty() ? curl_easy_strerror(failure.result) : failure.detail);
}

std::string NotSent(const Failure& failure, const Target& target) {
    const bool to_proxy = failure.proxy != nullptr && (failure.result == CURLE_COULDNT_CONNECT || failure.of_proxy);
    const std::string name = to_proxy ? "proxy " + failure.proxy->target.Name() : target.Name();
    if (failure.proxy != nullptr && (failure.result == CURLE_RECV_ERROR || failure.result == CURLE_PROXY))
        return ProxyRefused(failure, target);
    switch (static_cast<int>(failure.result)) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "name " + target.host + " cannot be resolved; check the name and the resolver";
        case CURLE_COULDNT_CONNECT:
            return "no connection to " + name + ": " + SystemText(failure.system_error, "no address answered");
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "the name of the proxy cannot be resolved; check the name and the resolver";
        case CURLE_OPERATION_TIMEDOUT:
            return "no connection to " + name +
                   (failure.proxy == nullptr ? "" : " by way of proxy " + failure.proxy->target.Name()) + " within " +
                   std::to_string(std::min(failure.left, failure.connect_left).count()) + " ms";
        case CURLE_PEER_FAILED_VERIFICATION:
            return Certificate(failure, name);
        case CURLE_SSL_CONNECT_ERROR:
            return Handshake(failure, name);
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
            return "connection to " + name + " broke before a complete answer: " +
                   // TLS 1.3 refuses a client certificate only here (RFC 8446, 4.4.2.4).
                   (failure.detail.find("alert") != std::string_view::npos
                        ? std::string(failure.detail)
                        : SystemText(failure.system_error, "closed by the far side"));
        default:
            return name + " gave no complete answer: " + curl_easy_strerror(failure.result);
    }
}

}  // namespace

End EndOf(const Failure& failure) {
    if (failure.result == CURLE_OK) return End::kDone;
    if (failure.sends == 0) {
        const bool is_refused = failure.result == CURLE_URL_MALFORMAT || failure.result == CURLE_UNSUPPORTED_PROTOCOL;
        if (is_refused || !failure.denied.empty()) return End::kInvalid;
        // The far side may be in the best of health: it is our own limit that held the request back.
        return failure.waited_for > 0 ? End::kTimeout : End::kUnreachable;
    }
    return failure.result == CURLE_OPERATION_TIMEDOUT ? End::kTimeout : End::kInDoubt;
}

std::string Denied(const Target& target, std::string_view why) {
    return "no connection to " + target.Name() + " is allowed: " + std::string(why);
}

std::string Describe(const Failure& failure, const Target& target) {
    if (failure.result == CURLE_OK) return {};
    if (failure.sends == 0 && !failure.denied.empty())
        return OneLine(Denied(failure.proxy == nullptr ? target : failure.proxy->target, failure.denied));
    if (failure.sends == 0 && failure.waited_for > 0)
        return "the deadline passed while " + std::to_string(failure.waited_for) + " connections to " + target.Name() +
               " were in use; raise max_connections";
    if (EndOf(failure) == End::kInvalid) return "the URL cannot be used: libcurl does not take it";
    return OneLine(failure.sends == 0 ? NotSent(failure, target) : Broken(failure, target));
}

}  // namespace fanfare::http_client
