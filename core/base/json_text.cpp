#include "base/json_text.hpp"

#include "base/text.hpp"

namespace fanfare::base {
namespace {

void AppendEscape(std::string& out, char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (byte >= 0x80) {
        out += '?';
        return;
    }
    out += "\\u00";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
    const bool utf8 = IsUtf8(text);
    out.reserve(out.size() + text.size() + 2);
    out += '"';
    std::size_t plain = 0;  // start of the run that needs no escape
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool stays = byte >= 0x80 ? utf8 : byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\';
        if (stays) continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        AppendEscape(out, text[i]);
    }
    out.append(text, plain);
    out += '"';
}

}  // namespace fanfare::base
