// What a check found, before it is put into words.
#pragma once

#include <cstddef>
#include <string>

#include "json/value.hpp"

namespace fanfare::schema {

enum class Kind {
    kType,     // detail: the type found
    kMissing,  // pointer and detail: of the member
    kUnknown,  // pointer and detail: of the member
    kBadName,  // pointer: of the member
    kEnum,     // detail: the text found, if it is short
    kConst,
    kPattern,
    kFormat,
    kLow,   // keyword: "minimum" or "exclusiveMinimum"
    kHigh,  // keyword: "maximum" or "exclusiveMaximum"
    kMultiple,
    kShort,
    kLong,
    kFewItems,
    kManyItems,
    kExtraItem,  // pointer: of the first element too many
    kUnique,
    kContains,
    kFewMembers,
    kManyMembers,
    kAlternatives,  // keyword: "anyOf" or "oneOf"; detail: the type found
    kSeveral,
    kNot,
    kForbidden,
    kTooMuch,  // the check was given up
};

struct Finding {
    Kind kind;
    const json::Value* schema;  // that was not met, as its author wrote it; nullptr for `false`
    std::string pointer;        // RFC 6901
    std::string name;           // the same for people: "errors[0].timestamp"; empty for the whole
    std::string detail;
    const char* keyword;  // where the kind leaves it open
    std::size_t depth;    // of what `pointer` points to
};

}  // namespace fanfare::schema
