#include "address.hpp"

#include <algorithm>

#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::smtp {
namespace {

// RFC 5321, 4.5.3.1: a path has 256 octets with its brackets, a local part 64.
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxLocal = 64;

[[noreturn]] void Refuse(std::string_view text, const char* why) {
    throw ConfigError("'" + first_line(text, 80) + "' is not a mail address: " + why);
}

std::string_view Trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool IsAlphanumeric(char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool IsAtomText(char c) {
    constexpr std::string_view kSymbols = "!#$%&'*+-/=?^_`{|}~";  // RFC 5322, 3.2.3
    return IsAlphanumeric(c) || kSymbols.find(c) != std::string_view::npos;
}

// Parts that are not empty, separated by dots.
template <class Allowed>
bool IsDotted(std::string_view text, Allowed&& allowed) {
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [&](char c) { return c == '.' || allowed(c); });
}

bool IsDomain(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        const std::string_view inner = text.substr(1, text.size() - 2);
        return std::all_of(inner.begin(), inner.end(), [](char c) {
            return (IsAlphanumeric(c) && static_cast<unsigned char>(c) < 0x80) || c == '.' || c == ':';
        });
    }
    return IsDotted(text, [](char c) { return IsAlphanumeric(c) || c == '-'; });
}

std::string CheckAddress(std::string_view text) {
    if (text.size() > kMaxAddress) Refuse(text, "it is longer than 254 bytes");
    if (!is_utf8(text)) Refuse(text, "it is not UTF-8");
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) Refuse(text, "write name@domain");
    if (at > kMaxLocal) Refuse(text, "the part before '@' is longer than 64 bytes");
    if (!IsDotted(text.substr(0, at), IsAtomText)) Refuse(text, "the part before '@' is not legal");
    if (!IsDomain(text.substr(at + 1))) Refuse(text, "the part after '@' is no domain");
    return std::string(text);
}

// The display name without its quotes.
std::string NameOf(std::string_view text, std::string_view whole) {
    if (!is_utf8(text)) Refuse(whole, "its name is not UTF-8");
    const bool has_control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (has_control) Refuse(whole, "its name has a line break or control character");
    if (text.empty() || text.front() != '"') return std::string(text);
    if (text.size() < 2 || text.back() != '"') Refuse(whole, "a quote of its name is not closed");
    std::string name;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size()) ++i;
        name += text[i];
    }
    return name;
}

}  // namespace

Mailbox ParseMailbox(std::string_view text) {
    text = Trim(text);
    if (text.empty()) Refuse(text, "it is empty");
    if (text.back() != '>') return {{}, CheckAddress(text)};
    const std::size_t open = text.rfind('<');
    if (open == std::string_view::npos) Refuse(text, "there is a '>' without '<'");
    return {NameOf(Trim(text.substr(0, open)), text), CheckAddress(text.substr(open + 1, text.size() - open - 2))};
}

std::vector<Mailbox> ParseMailboxes(std::string_view text) {
    std::vector<Mailbox> found;
    std::size_t begin = 0;
    bool quoted = false;
    bool in_brackets = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ',';
        if (c == '\\' && quoted && i + 1 < text.size()) {
            ++i;
        } else if (c == '"' && !in_brackets) {
            quoted = !quoted;
        } else if ((c == '<' || c == '>') && !quoted) {
            in_brackets = c == '<';
        } else if (i == text.size() || (c == ',' && !quoted && !in_brackets)) {
            const std::string_view item = Trim(text.substr(begin, i - begin));
            if (!item.empty()) found.push_back(ParseMailbox(item));
            begin = i + 1;
        }
    }
    return found;
}

bool IsAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsSameAddress(std::string_view a, std::string_view b) {
    const std::string_view domain = DomainOf(a);
    return equal_ignoring_case(domain, DomainOf(b)) &&
           a.substr(0, a.size() - domain.size()) == b.substr(0, b.size() - DomainOf(b).size());
}

std::string_view DomainOf(std::string_view address) { return address.substr(address.rfind('@') + 1); }

}  // namespace fanfare::plugins::smtp
