// Encodings and small text helpers. All pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::base {

// True if `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629, section 4).
bool IsUtf8(std::string_view text);

// RFC 4648, section 4, padded.
std::string EncodeBase64(std::string_view bytes);
// Strict: standard alphabet, padded, no white space, zero trailing bits. nullopt otherwise.
std::optional<std::string> DecodeBase64(std::string_view text);

// RFC 4648, section 5, without padding.
std::string EncodeBase64Url(std::string_view bytes);

std::string EncodeHex(std::string_view bytes);
// Strict: two digits for each byte, in either case. nullopt otherwise.
std::optional<std::string> DecodeHex(std::string_view text);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string ToLower(std::string_view text);
std::string_view Trim(std::string_view text);

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant; empty otherwise.
std::string_view DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);

// Names of realms, destinations, routes and profiles: [A-Za-z0-9][A-Za-z0-9._-]{0,63}
bool IsName(std::string_view text);

// RFC 9562, section 5.7: time-ordered. Threads: safe from every thread.
std::string MakeUuidV7();

}  // namespace fanfare::base
