#include "aws/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <fanfare/text.hpp>

namespace fanfare::plugins::aws {

namespace {

bool IsUnreserved(char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

std::string_view HostOf(std::string_view authority) {
    if (authority.empty() || authority.front() != '[') return authority.substr(0, authority.find(':'));
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(0, end + 1);
}

bool IsPort(std::string_view text) {
    return text.size() >= 2 && text.size() <= 6 && text[0] == ':' &&
           text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

struct Entity {
    std::string_view written;
    char meant;
};
constexpr std::array<Entity, 5> kEntities = {
    {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};

std::string DecodeEntities(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto* entity = std::find_if(kEntities.begin(), kEntities.end(), [&](const Entity& one) {
            return text.substr(0, one.written.size()) == one.written;
        });
        const bool found = entity != kEntities.end();
        out += found ? entity->meant : text.front();
        text.remove_prefix(found ? entity->written.size() : 1);
    }
    return out;
}

}  // namespace

std::string PercentEncode(std::string_view text, std::string_view safe) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (IsUnreserved(c) || safe.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    return out;
}

std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out += '&';
        out.append(PercentEncode(name)).append(1, '=').append(PercentEncode(value));
    }
    return out;
}

std::optional<Url> ParseUrl(std::string_view url) {
    const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; });
    const std::size_t colon = url.find("://");
    if (!clean || colon == std::string_view::npos || url.find('#') != std::string_view::npos) return std::nullopt;
    Url out;
    out.scheme = url.substr(0, colon);
    if (!equal_ignoring_case(out.scheme, "http") && !equal_ignoring_case(out.scheme, "https")) return std::nullopt;
    const std::string_view rest = url.substr(colon + 3);
    out.authority = rest.substr(0, rest.find_first_of("/?"));
    out.origin = url.substr(0, colon + 3 + out.authority.size());
    out.host = HostOf(out.authority);
    const std::string_view port = out.authority.substr(out.host.size());
    const bool named = !out.host.empty() && out.authority.find('@') == std::string_view::npos;
    if (!named || !(port.empty() || IsPort(port))) return std::nullopt;
    const std::string_view behind = rest.substr(out.authority.size());
    const std::size_t mark = behind.find('?');
    out.path = behind.substr(0, mark);
    if (mark != std::string_view::npos) out.query = behind.substr(mark + 1);
    return out;
}

std::string BasicTime(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm parts = {};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text = {};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    return {text.data(), length};
}

std::optional<WallTime> ParseTime(std::string_view text) {
    const std::string copy(text);
    std::tm parts = {};
    const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    std::string_view zone(rest);
    if (!zone.empty() && zone.front() == '.')
        zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
    if (zone != "Z" && zone != "+00:00") return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::optional<std::string> XmlText(std::string_view xml, std::string_view element) {
    const std::string open = "<" + std::string(element) + ">";
    const std::string close = "</" + std::string(element) + ">";
    const std::size_t begin = xml.find(open);
    if (begin == std::string_view::npos) return std::nullopt;
    const std::string_view rest = xml.substr(begin + open.size());
    const std::size_t end = rest.find(close);
    if (end == std::string_view::npos) return std::nullopt;
    return DecodeEntities(rest.substr(0, end));
}

std::string_view Trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string LowerCase(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

}  // namespace fanfare::plugins::aws
