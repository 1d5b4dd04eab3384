// AMQP topic patterns over event types: words parted by dots, `*` is exactly one word, `#` any number of words, also
// none (AMQP 0-9-1, section 3.1.3.3). An empty word is a word ("a..b" has three); the empty text has none, as RabbitMQ
// has it. Linear in the length of the type times the number of words of the pattern.
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
    enum class WordKind { kLiteral, kOne, kAny };
    struct Word {
        WordKind kind = WordKind::kLiteral;
        std::string text;
    };

    std::vector<Word> words_;
};

}  // namespace fanfare::route
