// The text of a post, and how it fits into the length that a post may have.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/event.hpp>

namespace fanfare::plugins::mattermost {

struct Text {
    std::string content;
    bool is_code = false;  // JSON, to be shown as it is: it stands between fences
};

// What a shape made and text, also a string in JSON: as is. Objects and lists: JSON for readers.
// Errors: std::invalid_argument, if the data is no text.
Text TextOf(const Event& event);

enum class LongText { kSplit, kCut };

// Posts of at most `max_characters` Unicode characters each, in order; at least one. Split at a line end or blank in
// the second half of a post, if there is one; then what stands there goes.
std::vector<std::string> PostsOf(const Text& text, std::size_t max_characters, LongText long_text);

}  // namespace fanfare::plugins::mattermost
