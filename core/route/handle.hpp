// By what a test can be looked up: something that a value must have for the test to hold. Inside of the room.
#pragma once

#include <string>
#include <vector>

#include "route/pattern.hpp"

namespace fanfare::route {

struct Handle {
    enum class Kind {
        kText,     // the whole text
        kPrefix,   // its beginning
        kSuffix,   // its end
        kGram,     // up to four bytes anywhere in it
        kHead,     // the first words of a topic
        kTail,     // its last words
        kWord,     // a word anywhere in it
        kNumber,   // a Decimal's text
        kLiteral,  // true, false, null
        kNetwork,
        kRange,
        kPresent  // that there is a value
    };
    Kind kind = Kind::kPresent;
    bool folded = false;  // texts are without case
    std::string text;
    const Test* test = nullptr;
    std::string window;      // kGram: up to eight bytes of the test around it
    std::size_t offset = 0;  // kGram: where in the window it starts

    // One text for each: handles that are equal find the same values.
    std::string key() const;
    // How many of a thousand values have it, roughly, where nothing else is known.
    double base_cost() const;
};

// Any one of them will do. None of kAbsent, which holds where there is no value.
std::vector<Handle> HandlesOf(const Test& test);

}  // namespace fanfare::route
