#include "text.hpp"

#include <Poco/Net/QuotedPrintableEncoder.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include <fanfare/base64.hpp>
#include <fanfare/json_text.hpp>

namespace fanfare::plugins::smtp {
namespace {

constexpr std::size_t kBase64Line = 76;
constexpr std::size_t kMaxLine = 998;

void BreakLine(std::string& out, std::size_t depth) { out.append(1, '\n').append(depth * 2, ' '); }

// `compact` has no white space outside its strings. False if the result would be longer than `limit`.
bool Indent(std::string_view compact, std::size_t limit, std::string& out) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        if (in_string) {
            out += c;
            if (c == '\\') out += compact[++i];
            in_string = c != '"';
            continue;
        }
        const bool closes = c == '}' || c == ']';
        const bool opens = c == '{' || c == '[';
        const bool is_empty = opens && (compact[i + 1] == '}' || compact[i + 1] == ']');
        if (closes) BreakLine(out, --depth);
        out += c;
        if (is_empty) {
            out += compact[++i];
        } else if (opens || c == ',') {
            depth += opens ? 1 : 0;
            BreakLine(out, depth);
        } else if (c == ':') {
            out += ' ';
        }
        in_string = c == '"';
        if (out.size() > limit) return false;
    }
    return true;
}

std::string WithCrLf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' || text[i] == '\n') {
            out += "\r\n";
            if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
        } else {
            out += text[i];
        }
    }
    if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
    return out;
}

// Whether every server takes it as it is: also no white space at the end of a line, which relays may strip.
bool IsPlain(std::string_view text) {
    std::size_t line = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r') {
            if (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) return false;
            ++i;
            line = 0;
            continue;
        }
        const bool ok = c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F);
        if (!ok || ++line > kMaxLine) return false;
    }
    return true;
}

std::string QuotedPrintable(const std::string& text) {
    std::ostringstream out;
    Poco::Net::QuotedPrintableEncoder encoder(out);
    encoder << text;
    encoder.close();
    return out.str();
}

}  // namespace

std::string ReadableJson(std::string_view json) {
    std::string compact;
    append_compact_json(compact, json);
    if (compact == "null") return {};
    if (compact.starts_with('"')) return nlohmann::json::parse(compact).get<std::string>();
    std::string out;
    const std::size_t limit = compact.size() * 8 + 4096;
    return Indent(compact, limit, out) ? out : compact;
}

Encoded EncodeText(std::string_view text) {
    const std::string lines = WithCrLf(text);
    if (IsPlain(lines)) return {"7bit", lines};
    const auto odd = static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x7F; }));
    // An odd byte takes three characters, in base64 every byte takes 4/3.
    if (odd > lines.size() / 6) return EncodeBytes(lines);
    return {"quoted-printable", QuotedPrintable(lines)};
}

Encoded EncodeBytes(std::string_view bytes) {
    const std::string whole = base64(bytes);
    Encoded out{"base64", {}};
    out.bytes.reserve(whole.size() + whole.size() / kBase64Line * 2 + 2);
    for (std::size_t at = 0; at < whole.size(); at += kBase64Line) {
        out.bytes.append(whole, at, kBase64Line).append("\r\n");
    }
    return out;
}

}  // namespace fanfare::plugins::smtp
