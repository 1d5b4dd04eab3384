#include "model/media_type.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace fanfare::model {
namespace {

constexpr std::array<bool, 256> MakeTokenCharacters() {
    std::array<bool, 256> table{};
    for (int c = 0; c < 256; ++c) {
        table[static_cast<std::size_t>(c)] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr auto kTokenCharacters = MakeTokenCharacters();

bool IsTokenCharacter(char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; }

std::string_view TakeToken(std::string_view& rest) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), IsTokenCharacter);
    const std::string_view token = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(token.size());
    return token;
}

bool TakeCharacter(std::string_view& rest, char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
}

// What stands between the quotes; escapes are passed over, not undone.
std::optional<std::string_view> TakeQuoted(std::string_view& rest) {
    for (std::size_t i = 1; i < rest.size(); ++i) {
        const auto c = static_cast<unsigned char>(rest[i]);
        if (c == '"') {
            const std::string_view inside = rest.substr(1, i - 1);
            rest.remove_prefix(i + 1);
            return inside;
        }
        if ((c < 0x20 && c != '\t') || c == 0x7F) return std::nullopt;
        if (c == '\\') ++i;
    }
    return std::nullopt;
}

void SkipSpace(std::string_view& rest) {
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
}

bool TakeParameter(std::string_view& rest, MediaType& type) {
    const std::string_view name = TakeToken(rest);
    if (name.empty() || !TakeCharacter(rest, '=')) return false;
    std::string_view value;
    if (rest.starts_with('"')) {
        const auto quoted = TakeQuoted(rest);
        if (!quoted) return false;
        value = *quoted;
    } else {
        value = TakeToken(rest);
        if (value.empty()) return false;
    }
    if (type.charset.empty() && base::EqualsIgnoreCase(name, "charset")) type.charset = value;
    return true;
}

bool EndsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && base::EqualsIgnoreCase(text.substr(text.size() - end.size()), end);
}

}  // namespace

std::optional<MediaType> ParseMediaType(std::string_view text) {
    std::string_view rest = text;
    const std::string_view type = TakeToken(rest);
    if (type.empty() || !TakeCharacter(rest, '/')) return std::nullopt;
    const std::string_view subtype = TakeToken(rest);
    if (subtype.empty()) return std::nullopt;
    MediaType result{text.substr(0, type.size() + 1 + subtype.size()), {}};
    for (;;) {
        SkipSpace(rest);
        if (rest.empty()) return result;
        if (!TakeCharacter(rest, ';')) return std::nullopt;
        SkipSpace(rest);
        // "a/b;" and "a/b; ;c=d" are allowed: a list of parameters may have empty places.
        if (rest.empty() || rest.front() == ';') continue;
        if (!TakeParameter(rest, result)) return std::nullopt;
    }
}

bool IsJson(std::string_view content_type) {
    if (content_type == "application/json") return true;  // nearly all of them
    const auto type = ParseMediaType(content_type);
    return type && (EndsWith(type->essence, "/json") || EndsWith(type->essence, "+json"));
}

}  // namespace fanfare::model
