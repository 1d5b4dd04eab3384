// Reads JSON text in place: checks it strictly and finds members, copies nothing, never recurses.
// For the hot path and for bytes of strangers (RELIABILITY 2.4, A11-A15).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fanfare::json {

class Outline;

enum class Kind { kObject, kArray, kString, kNumber, kBoolean, kNull };
// "an object"
std::string_view Name(Kind kind);
// Of a well-formed value that starts with `first`.
constexpr Kind KindOf(char first) {
    switch (first) {
        case '{':
            return Kind::kObject;
        case '[':
            return Kind::kArray;
        case '"':
            return Kind::kString;
        case 't':
        case 'f':
            return Kind::kBoolean;
        case 'n':
            return Kind::kNull;
    }
    return Kind::kNumber;
}

// One well-formed JSON value as it stands in the text, without surrounding white space.
struct Raw {
    std::string_view text;
    Kind kind = Kind::kNull;
};

struct Member {
    std::string_view name;  // with escapes, without quotes
    Raw value;
};

struct ScanLimits {
    std::size_t depth = 64;
};

// Checks that `text` is one JSON value (RFC 8259), UTF-8 throughout (no overlong forms, no lone surrogates, escaped
// ones neither), with nothing behind it. Errors are kInvalid and name the byte offset and what was found there. Where
// the values of the text stand is appended to `outline` (outline.hpp) if there is one; after an error it is as before.
base::Result<Raw> Scan(std::string_view text, const ScanLimits& limits = {}, Outline* outline = nullptr);

// The members of a scanned object in order. Names that occur twice are an error (kInvalid) that names them.
base::Result<std::vector<Member>> Members(const Raw& object);
// The elements of a scanned array.
std::vector<Raw> Elements(const Raw& array);

// Text of a scanned string with its escapes undone.
std::string Unescape(const Raw& string);
// The same of a member's name, which has no quotes.
std::string UnescapeName(std::string_view name);
// Whether a member's name, its escapes undone, is `plain`.
bool NameIs(std::string_view name, std::string_view plain);

// The value at a path of member names below a scanned value; nullopt if there is none. With names that occur twice, the
// last counts, as most readers have it.
std::optional<Raw> Find(const Raw& value, const std::vector<std::string>& path);

}  // namespace fanfare::json
