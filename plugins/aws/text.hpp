// Small readers and writers of the texts that AWS speaks: percent-encoding, URLs, times, Query XML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/keys.hpp"

namespace fanfare::plugins::aws {

// Encodes all but A-Z a-z 0-9 - _ . ~ (RFC 3986, 2.3) and the characters of `safe`.
std::string PercentEncode(std::string_view text, std::string_view safe = {});

// application/x-www-form-urlencoded, as the Query protocol has it: space is %20.
std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields);

// The parts of an http or https URL. Views into it.
struct Url {
    std::string_view scheme;
    std::string_view authority;  // host[:port] as written
    std::string_view host;       // an IPv6 address with its brackets
    std::string_view path;       // may be empty
    std::string_view query;      // without '?'
    std::string_view origin;     // scheme://authority
};
// nullopt: not http or https, no host, a userinfo, a fragment, or characters that no URL has.
std::optional<Url> ParseUrl(std::string_view url);

// "20260102T030405Z" (ISO 8601, basic form).
std::string BasicTime(std::int64_t unix_s);
// "2026-01-02T03:04:05Z", with or without a fraction; only UTC. nullopt: not that.
std::optional<WallTime> ParseTime(std::string_view text);

// The text of the first element of that name, entities decoded; nullopt if there is none. For the flat answers of the
// Query protocol, whose elements of interest have names that occur once and no attributes.
std::optional<std::string> XmlText(std::string_view xml, std::string_view element);

std::string_view Trim(std::string_view text);
std::string LowerCase(std::string_view text);

}  // namespace fanfare::plugins::aws
