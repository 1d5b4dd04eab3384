#include "route/topic.hpp"

#include "model/quote.hpp"

namespace fanfare::route {
namespace {

constexpr std::size_t kLongestPattern = 256;  // as long as the longest type
constexpr std::size_t kNoMore = std::string_view::npos;

std::string_view WordAt(std::string_view text, std::size_t start) {
    return text.substr(start, text.find('.', start) - start);
}

// Looks no further than `word` is long.
bool IsWordAt(std::string_view text, std::size_t start, std::string_view word) {
    const std::size_t left = text.size() - start;
    if (left < word.size() || text.compare(start, word.size(), word) != 0) return false;
    return left == word.size() || text[start + word.size()] == '.';
}

// Where the word behind the one at `start` starts; kNoMore if that was the last.
std::size_t NextWord(std::string_view text, std::size_t start) {
    const std::size_t dot = text.find('.', start);
    return dot == std::string_view::npos ? kNoMore : dot + 1;
}

}  // namespace

base::Result<TopicPattern> TopicPattern::Parse(std::string_view text) {
    if (text.empty()) {
        return base::MakeError(base::Code::kInvalid, "a pattern must not be empty; '#' stands for every type");
    }
    if (text.size() > kLongestPattern) {
        return base::MakeError(base::Code::kInvalid, "the pattern has " + std::to_string(text.size()) +
                                                         " bytes; at most " + std::to_string(kLongestPattern) +
                                                         " are allowed");
    }
    TopicPattern pattern;
    for (std::size_t start = 0; start != kNoMore; start = NextWord(text, start)) {
        const std::string_view word = WordAt(text, start);
        if (word == "#") {
            // Two in a row mean what one means.
            const bool again = !pattern.words_.empty() && pattern.words_.back().kind == WordKind::kAny;
            if (!again) pattern.words_.push_back({WordKind::kAny, {}});
        } else if (word == "*") {
            pattern.words_.push_back({WordKind::kOne, {}});
        } else if (word.find_first_of("*#") != std::string_view::npos) {
            return base::MakeError(base::Code::kInvalid, "in the pattern " + model::Quote(text) +
                                                             ", '*' and '#' must be words of "
                                                             "their own, between dots; " +
                                                             model::Quote(word) + " is not");
        } else {
            pattern.words_.push_back({WordKind::kLiteral, std::string(word)});
        }
    }
    return pattern;
}

// On a mismatch only the last `#` is given one word more: what the words before it took can stay as it is.
bool TopicPattern::Matches(std::string_view type) const {
    std::size_t at = type.empty() ? kNoMore : 0;
    std::size_t place = 0;
    std::size_t behind_any = 0;  // place behind the last `#`; 0: there was none
    std::size_t taken_to = 0;    // where the words start that the last `#` has not taken
    while (at != kNoMore) {
        const Word* const word = place < words_.size() ? &words_[place] : nullptr;
        if (word && word->kind == WordKind::kAny) {
            behind_any = ++place;
            taken_to = at;
        } else if (word && (word->kind == WordKind::kOne || IsWordAt(type, at, word->text))) {
            ++place;
            at = NextWord(type, at);
        } else if (behind_any == 0) {
            return false;
        } else if (behind_any == words_.size()) {
            return true;
        } else {
            taken_to = NextWord(type, taken_to);
            at = taken_to;
            place = behind_any;
        }
    }
    if (place < words_.size() && words_[place].kind == WordKind::kAny) ++place;
    return place == words_.size();
}

}  // namespace fanfare::route
