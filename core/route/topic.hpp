// AMQP topic patterns over event types: words parted by dots, `*` is exactly one word, `#` any number of words, also
// none (AMQP 0-9-1, section 3.1.3.3). Linear in the length of the type times the number of words of the pattern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fanfare::route {

class TopicPattern {
public:
    // Errors: kInvalid: empty, over 256 bytes, `*` or `#` inside a word.
    static base::Result<TopicPattern> Parse(std::string_view text);
    bool Matches(std::string_view type) const;

private:
    std::vector<std::string> words_;
};

}  // namespace fanfare::route
