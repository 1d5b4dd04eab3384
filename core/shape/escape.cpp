#include "shape/escape.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "shape/xml_check.hpp"

namespace fanfare::shape {
namespace {

base::Error Unfit(std::string message) { return base::MakeError(base::Code::kUnprocessable, std::move(message)); }

std::string_view Entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        case '\r':
            return "&#13;";  // bare, readers make it a line feed
    }
    return {};
}

void AppendEntities(std::string& out, std::string_view text) {
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view entity = Entity(text[i]);
        if (entity.empty()) continue;
        out.append(text, plain, i - plain);
        out += entity;
        plain = i + 1;
    }
    out.append(text, plain);
}

// What JSON text is in itself stays as it stands: its strings are escaped already.
base::Status AppendInsideJsonString(std::string& out, const Value& value) {
    if (value.kind == json::Kind::kString && !value.plain && !value.as_json) {
        out += value.text.substr(1, value.text.size() - 2);
        return {};
    }
    std::string text;
    AppendText(text, value);
    if (!base::IsUtf8(text)) return Unfit("is not UTF-8, which JSON must be");
    const std::size_t start = out.size();
    base::AppendJsonString(out, text);
    out.pop_back();
    out.erase(start, 1);
    return {};
}

base::Status AppendJsonValue(std::string& out, const Value& value) {
    if (value.plain && !base::IsUtf8(value.text)) return Unfit("is not UTF-8, which JSON must be");
    AppendJson(out, value);
    return {};
}

base::Status AppendXml(std::string& out, std::string_view text) {
    if (!base::IsUtf8(text)) return Unfit("is not UTF-8, which XML is sent as");
    if (const auto bad = FindForbiddenInXml(text); bad != std::string_view::npos) {
        return Unfit("has a character at byte " + std::to_string(bad) + " that XML 1.0 forbids");
    }
    AppendEntities(out, text);
    return {};
}

}  // namespace

void AppendUrl(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
}

base::Status AppendEscaped(std::string& out, const Value& value, Escape escape) {
    if (escape == Escape::kJsonString) return AppendInsideJsonString(out, value);
    if (escape == Escape::kJsonValue) return AppendJsonValue(out, value);
    std::string text;
    AppendText(text, value);
    switch (escape) {
        case Escape::kXml:
            return AppendXml(out, text);
        case Escape::kHtml:
            AppendEntities(out, text);
            break;
        case Escape::kUrl:
            AppendUrl(out, text);
            break;
        case Escape::kNone:
        case Escape::kJsonString:
        case Escape::kJsonValue:
            out += text;
            break;
    }
    return {};
}

}  // namespace fanfare::shape
