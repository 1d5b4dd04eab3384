// The one pattern with look-ahead and back-references that is known here, matched without either: that of times in the
// schema of gadz messages (etc/fanfare/profiles.d/gadz-v1.schema.json). Regular expression engines that take it need
// exponential time on hostile text.
#pragma once

#include <string_view>

namespace fanfare::schema {

inline constexpr std::string_view kIso8601Pattern =
    R"(^([\+-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|)"
    R"((00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00))"
    R"(([\.,]\d+(?!:))?)?(\17[0-5]\d([\.,]\d+)?)?([zZ]|([\+-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$)";

// Whether kIso8601Pattern matches `text`, UTF-8, in linear time. Classes and "$" as ECMA 262 has them; a back-reference
// to a group that took no part fails, as in Python, where the pattern comes from.
bool IsIso8601(std::string_view text);

}  // namespace fanfare::schema
