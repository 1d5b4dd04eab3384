// Media types as they stand in Content-Type and in datacontenttype.
// Source: RFC 9110, 8.3.1 (media type), 5.6.2 (token), 5.6.4 (quoted string); RFC 2046.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fanfare::model {

struct MediaType {
    std::string_view essence;  // "application/json", as written: compare without case
    std::string_view charset;  // its value without quotes, as written; empty: none
};

// nullopt if `text` is not a media type.
std::optional<MediaType> ParseMediaType(std::string_view text);

// Whether data of this type is JSON: "*/json" or "*/*+json" (CloudEvents JSON format 1.0.2, 3.1.1).
bool IsJson(std::string_view content_type);

}  // namespace fanfare::model
