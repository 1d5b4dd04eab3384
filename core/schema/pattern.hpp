// "pattern" of JSON Schema, matched in linear time and bounded memory whatever the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace fanfare::schema {

// A regular expression of ECMA 262 (15.10) as RE2 understands it. Both find nothing that depends on what was matched
// before: back-references and look-around are refused, with one exception (iso8601.hpp).
//
// Threads: safe for concurrent matching.
class Pattern {
public:
    // Throws std::invalid_argument with what cannot be read and what to write instead.
    explicit Pattern(const std::string& ecma);
    ~Pattern();
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;

    // Anywhere in `text`, as JSON Schema has it.
    bool Matches(std::string_view text) const;

private:
    std::unique_ptr<const re2::RE2> re2_;  // null for the pattern of iso8601.hpp
};

}  // namespace fanfare::schema
