#include "http/head_rules.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace fanfare::http::impl {
namespace {

enum Class : std::uint8_t {
    kTokenChar = 1,   // RFC 9110, 5.6.2
    kTargetChar = 2,  // pchar, '/' and '?' (RFC 3986, 3.3 and 3.4); '%' is checked with its digits
    kValueChar = 4,   // VCHAR, obs-text, SP, HTAB (RFC 9110, 5.5)
    kHostChar = 8,    // RFC 3986, 3.2.2, without ',' which would let a list pass as a host
};

constexpr std::array<std::uint8_t, 256> MakeClasses() {
    std::array<std::uint8_t, 256> classes{};
    const auto add = [&classes](std::string_view chars, std::uint8_t bit) {
        for (const char c : chars) classes[static_cast<unsigned char>(c)] |= bit;
    };
    constexpr std::string_view kAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    add(kAlphanumeric, kTokenChar | kTargetChar | kHostChar);
    add("!#$%&'*+-.^_`|~", kTokenChar);
    add("-._~!$&'()*+,;=:@/?%", kTargetChar);
    add("-._~!$&'()*+;=:[]%", kHostChar);
    for (unsigned c = 0x20; c < 0x100; ++c) {
        if (c != 0x7f) classes[c] |= kValueChar;
    }
    classes['\t'] |= kValueChar;
    return classes;
}
constexpr auto kClasses = MakeClasses();

bool All(std::string_view text, Class wanted) {
    for (const char c : text) {
        if (!(kClasses[static_cast<unsigned char>(c)] & wanted)) return false;
    }
    return true;
}

bool PercentsAreHex(std::string_view text) {
    for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 3)) {
        if (at + 2 >= text.size() || HexDigit(text[at + 1]) < 0 || HexDigit(text[at + 2]) < 0) return false;
    }
    return true;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Refusal ParseVersion(std::string_view version, RequestLine& out) {
    if (version == "HTTP/1.1") return {};
    if (version == "HTTP/1.0") {
        out.http_1_0 = true;
        return {};
    }
    const bool well_formed = version.size() == 8 && version.substr(0, 5) == "HTTP/" && IsDigit(version[5]) &&
                             version[6] == '.' && IsDigit(version[7]);
    if (well_formed) return {505, "This server speaks HTTP/1.1 and HTTP/1.0 only."};
    return {400, "The request line does not end in an HTTP version."};
}

Refusal ParseTarget(std::string_view target, RequestLine& out) {
    if (!All(target, kTargetChar) || !PercentsAreHex(target)) {
        return {400, "The request target holds a character that must be percent-encoded."};
    }
    constexpr std::string_view kScheme = "http://";
    if (target.size() > kScheme.size() && base::EqualsIgnoreCase(target.substr(0, kScheme.size()), kScheme)) {
        target.remove_prefix(kScheme.size());
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        out.authority = target.substr(0, end);
        if (!IsHost(out.authority)) return {400, "The request target does not name a host."};
        target.remove_prefix(end);
        if (target.empty() || target.front() != '/') return {400, "The request target has no path."};
    } else if (target == "*" && out.method == "OPTIONS") {
        out.path = target;
        return {};
    } else if (target.empty() || target.front() != '/') {
        return {400, "The request target does not start with '/'."};
    }
    const std::size_t question = target.find('?');
    out.path = target.substr(0, question);
    if (question != target.npos) out.query = target.substr(question + 1);
    return {};
}

}  // namespace

int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool IsToken(std::string_view text) { return !text.empty() && All(text, kTokenChar); }
bool IsFieldValue(std::string_view text) { return All(text, kValueChar); }
bool IsHost(std::string_view text) { return !text.empty() && All(text, kHostChar); }

LineFound FindLine(std::string_view bytes, std::size_t limit, std::size_t& scanned, std::string_view& line) {
    const std::size_t longest = limit + 2;
    const std::size_t window = std::min(bytes.size(), longest);
    const void* found = window > scanned ? std::memchr(bytes.data() + scanned, '\n', window - scanned) : nullptr;
    if (!found) {
        scanned = window;
        return bytes.size() >= longest ? LineFound::kTooLong : LineFound::kMore;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (end == 0 || bytes[end - 1] != '\r') return LineFound::kBareLf;
    line = bytes.substr(0, end - 1);
    return LineFound::kLine;
}

Refusal ParseRequestLine(std::string_view line, RequestLine& out) {
    out = {};
    if (line.empty()) return {400, "The request starts with an empty line."};
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == line.npos || first == last) {
        return {400, "The request line is not a method, a target and a version with one space between each."};
    }
    out.method = line.substr(0, first);
    if (!IsToken(out.method)) return {400, "The method holds a character that a method may not hold."};
    if (const Refusal refusal = ParseVersion(line.substr(last + 1), out)) return refusal;
    if (out.method == "CONNECT" || out.method == "TRACE")
        return {405, "This server is no proxy: CONNECT and TRACE are refused."};
    return ParseTarget(line.substr(first + 1, last - first - 1), out);
}

Refusal ParseHeaderLine(std::string_view line, std::string_view& name, std::string_view& value) {
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
        return {400, "A header continues on the next line; RFC 9112 has taken that form out of use."};
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return {400, "A header line has no colon."};
    name = line.substr(0, colon);
    if (!name.empty() && (name.back() == ' ' || name.back() == '\t')) {
        return {400, "A header has white space before its colon."};
    }
    if (!IsToken(name)) return {400, "A header name is empty or holds a character that a name may not hold."};
    value = base::Trim(line.substr(colon + 1));
    if (!IsFieldValue(value)) return {400, "A header value holds a control character."};
    return {};
}

std::optional<std::uint64_t> ParseContentLength(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : text) {
        if (!IsDigit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (length > (UINT64_MAX - digit) / 10) return std::nullopt;
        length = length * 10 + digit;
    }
    return length;
}

bool ListHas(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (base::EqualsIgnoreCase(base::Trim(list.substr(0, comma)), word)) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

}  // namespace fanfare::http::impl
