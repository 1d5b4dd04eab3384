// A template, parsed. Inside of the room.
//
// The language is Mustache 1.1 without partials and lambdas, plus list indexes and filters. It is read here and not by
// kainjow-mustache, which takes a missing name for an empty one, has one escape function for all of a template, no
// places of its errors, no indexes and no bound on its work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shape/escape.hpp"
#include "shape/filter.hpp"
#include "shape/names.hpp"
#include "shape/shape.hpp"

namespace fanfare::shape {

// What the text around the tags is.
enum class Format { kText, kJson, kXml, kHtml, kUrl };

struct Node {
    enum class Kind : std::uint8_t { kText, kValue, kSection, kInverted };
    // In place of a name: the value of the innermost section.
    static constexpr NameId kCurrent = ~NameId{0};

    Kind kind = Kind::kText;
    Escape escape = Escape::kNone;
    NameId name = kCurrent;
    std::uint32_t begin = 0;  // in the source: of the text, or of the name in a tag
    std::uint32_t end = 0;
    std::uint32_t behind = 0;  // kSection, kInverted: the index of the first node that is not in it
    std::vector<Filter> filters;
};

struct Program {
    std::string label;  // what it is the template of, for messages
    std::string source;
    Format format = Format::kText;
    std::vector<Node> nodes;

    std::string_view TextOf(const Node& node) const {
        return std::string_view(source).substr(node.begin, node.end - node.begin);
    }
    // Where every rendering is the same.
    bool IsConstant() const;
};

// Appends what is wrong, if anything, with `part` as its part.
Program Parse(std::string source, Format format, std::string part, NameTree& names, std::vector<Fault>& faults);

struct Position {
    std::size_t line = 1;
    std::size_t column = 1;  // in characters
};
Position Locate(std::string_view source, std::size_t offset);

}  // namespace fanfare::shape
