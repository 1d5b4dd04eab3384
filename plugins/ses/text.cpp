#include "text.hpp"

#include <algorithm>

#include <fanfare/base64.hpp>
#include <fanfare/host.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

#include "aws/text.hpp"

namespace fanfare::plugins::ses {

namespace {

using aws::Trim;

bool IsAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Address {
    std::string_view name;
    std::string_view spec;  // local@domain
};

Address Parse(std::string_view text) {
    const std::size_t open = text.rfind('<');
    if (open == std::string_view::npos || text.back() != '>') return {{}, text};
    return {Trim(text.substr(0, open)), text.substr(open + 1, text.size() - open - 2)};
}

bool IsSpec(std::string_view spec) {
    const std::size_t at = spec.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == spec.size() || spec.size() > 320) return false;
    return std::all_of(spec.begin(), spec.end(), [](char c) {
        return c > 0x20 && c < 0x7F && std::string_view("<>,;\\\"()[]").find(c) == std::string_view::npos;
    });
}

// What RFC 5322, 3.2.3 lets stand in a phrase without quotes.
bool IsPhrase(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
    });
}

std::string Unquoted(std::string_view name) {
    if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
    std::string out;
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        if (name[i] == '\\' && i + 2 < name.size()) ++i;
        out += name[i];
    }
    return out;
}

std::string Quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

void AppendLine(std::string& out, std::size_t depth) { out.append(1, '\n').append(2 * depth, ' '); }

}  // namespace

std::vector<std::string> SplitAddresses(std::string_view text) {
    std::vector<std::string> out;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (quoted && i + 1 < text.size() && text[i] == '\\') {
            ++i;  // whatever comes after it, it ends no quotes
            continue;
        }
        if (i < text.size() && text[i] == '"') quoted = !quoted;
        if (i < text.size() && (text[i] != ',' || quoted)) continue;
        const std::string_view part = Trim(text.substr(begin, i - begin));
        if (!part.empty()) out.emplace_back(part);
        begin = i + 1;
    }
    return out;
}

void CheckAddress(std::string_view address) {
    if (IsLine(address) && IsSpec(Parse(address).spec)) return;
    throw ConfigError("'" + first_line(address, 80) +
                      "' is no mail address: write ann@example.com or Ann <ann@example.com>");
}

std::string WriteAddress(std::string_view address) {
    CheckAddress(address);
    const Address parts = Parse(address);
    return NamedAddress(Unquoted(parts.name), parts.spec);
}

std::string NamedAddress(std::string_view name, std::string_view address) {
    if (name.empty()) return std::string(address);
    const std::string shown = !IsAscii(name)   ? HeaderText(name, " ")
                              : IsPhrase(name) ? std::string(name)
                                               : Quoted(name);
    return shown + " <" + std::string(address) + '>';
}

std::string HeaderText(std::string_view text, std::string_view separator) {
    constexpr std::size_t kShort = 200;  // of the 998 characters that a line may have (RFC 5322, 2.1.1)
    const bool plain = IsAscii(text) && text.size() <= kShort && text.find("=?") == std::string_view::npos;
    if (plain) return std::string(text);
    // An encoded word has 75 characters at most, 12 of them around 60 of base64: 45 bytes.
    constexpr std::size_t kMaxBytes = 45;
    std::string out;
    while (!text.empty()) {
        const std::string word = to_utf8(text, kMaxBytes);
        // What is not UTF-8 does not come here: the host renders UTF-8 only.
        text.remove_prefix(std::min(word.size(), text.size()));
        if (!out.empty()) out += separator;
        out.append("=?UTF-8?B?").append(base64(word)).append("?=");
    }
    return out;
}

bool IsLine(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

bool IsTag(std::string_view text) {
    return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("_-.@").find(c) != std::string_view::npos;
    });
}

std::string IndentJson(std::string_view json) {
    std::string compact;
    append_compact_json(compact, json);
    std::string out;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        const bool opens = !quoted && (c == '{' || c == '[');
        const bool closes = !quoted && (c == '}' || c == ']');
        const bool empty = (opens && compact[i + 1] == c + 2) || (closes && compact[i - 1] == c - 2);
        if (closes && !empty) AppendLine(out, --depth);
        out += c;
        if (quoted && c == '\\') out += compact[++i];
        if (c == '"') quoted = !quoted;
        if (opens && !empty) AppendLine(out, ++depth);
        if (!quoted && c == ',') AppendLine(out, depth);
        if (!quoted && c == ':') out += ' ';
    }
    return out;
}

}  // namespace fanfare::plugins::ses
