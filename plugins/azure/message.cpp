#include "message.hpp"

#include <utility>

#include <fanfare/base64.hpp>
#include <fanfare/cloudevents.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::azure {

namespace {

constexpr std::size_t kMaxWords = 300;

// All of UTF-8 but control characters other than tab, LF and CR, and U+FFFE, U+FFFF.
bool IsXmlText(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_sequence(text, at);
        if (length == 0) return false;
        const auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') return false;
        const std::string_view character = text.substr(at, length);
        if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") return false;
        at += length;
    }
    return true;
}

// The text of an element without attributes, its first line; empty if it is absent.
std::string ElementText(std::string_view xml, const std::string& name) {
    const std::string open = "<" + name + ">";
    const std::size_t begin = xml.find(open);
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = xml.substr(begin + open.size());
    return first_line(rest.substr(0, rest.find("</")), kMaxWords);
}

// "HTTP 403 AuthenticationFailed from a.queue.core.windows.net: Server failed to ... (Signature did not match ...)"
std::string Says(const HttpResponse& response, std::string_view where) {
    std::string text = "HTTP " + std::to_string(response.status());
    const std::string code = first_line(response.header("x-ms-error-code"), 64);
    if (!code.empty()) text.append(1, ' ').append(code);
    text.append(" from ").append(where);
    const std::string message = ElementText(response.body(), "Message");
    if (!message.empty()) text.append(": ").append(message);
    const std::string detail = ElementText(response.body(), "AuthenticationErrorDetail");
    if (!detail.empty()) text.append(" (").append(detail).append(1, ')');
    return text;
}

// A request that was too old when it came is as good as new once the clock is right.
bool IsClockWrong(const HttpResponse& response) {
    return response.status() == 403 && response.body().find("date header too old") != std::string_view::npos;
}

}  // namespace

std::string TextOf(const Event& event, Body body, bool base64) {
    std::string text;
    if (event.shaped() || body == Body::kData) {
        text = event.data();
    } else {
        append_structured(text, event, JsonData::as_received);
    }
    return base64 ? sdk1::base64(text) : text;
}

std::optional<std::string> Unsendable(std::string_view text, bool base64) {
    if (text.size() > kMaxMessage) {
        return "the message has " + std::to_string(text.size()) + " bytes" + (base64 ? " in base64" : "") +
               ", a queue takes " + std::to_string(kMaxMessage) + ": send less, or a reference to it";
    }
    if (!IsXmlText(text)) return std::string("the message is no text that XML can carry: set base64 = true");
    return std::nullopt;
}

std::string XmlOf(std::string_view text) {
    std::string xml = R"(<?xml version="1.0" encoding="utf-8"?><QueueMessage><MessageText>)";
    for (const char c : text) {
        switch (c) {
            case '<':
                xml += "&lt;";
                break;
            case '>':
                xml += "&gt;";
                break;
            case '&':
                xml += "&amp;";
                break;
            case '\r':  // a reader of XML takes a bare one for a line end
                xml += "&#13;";
                break;
            default:
                xml += c;
        }
    }
    return xml + "</MessageText></QueueMessage>";
}

bool IsQueueMissing(const HttpResponse& response) {
    return response.done() && response.status() == 404 && response.header("x-ms-error-code") == "QueueNotFound";
}

Outcome OutcomeOf(const HttpResponse& response, int success, std::string_view where) {
    Outcome outcome = response.outcome(where);
    const int status = response.status();
    if (!response.done() || status == success) return outcome;
    outcome.reason = Says(response, where);
    if (outcome.is_delivered()) {
        outcome.kind = FANFARE_RETRY;
        outcome.reason += " is no answer of a queue service (" + std::to_string(success) + "): is the endpoint right?";
    } else if (status == 409) {  // a queue being deleted or disabled, an account being created: it passes
        outcome.kind = FANFARE_RETRY;
    } else if (IsClockWrong(response)) {
        outcome.kind = FANFARE_RETRY;
        outcome.reason += "; set the clock of this machine";
    }
    return outcome;
}

}  // namespace fanfare::plugins::azure
