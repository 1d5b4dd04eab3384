#include "text.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include <fanfare/cloudevents.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::mattermost {

namespace {

constexpr std::string_view kOpen = "```json\n";
constexpr std::string_view kClose = "\n```";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// Bytes of the first `characters` characters of text that is UTF-8.
std::size_t BytesOf(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    while (at < text.size() && characters-- > 0) at += utf8_sequence(text, at);
    return at;
}

// Where the first post of `text` ends, which has `limit` bytes of room.
std::size_t BreakOf(std::string_view text, std::size_t limit) {
    for (const char blank : {'\n', ' '}) {
        const std::size_t at = text.rfind(blank, limit);
        if (at != std::string_view::npos && at >= limit / 2 && at > 0) return at;
    }
    return limit;
}

std::string Fenced(std::string_view content, bool is_code) {
    if (!is_code) return std::string(content);
    return std::string(kOpen).append(content).append(kClose);
}

}  // namespace

Text TextOf(const Event& event) {
    const std::string_view data = event.data();
    const std::string_view type = event.content_type();
    if (!is_utf8(data)) throw std::invalid_argument("the data is no UTF-8 text: give the destination a shape");
    if (event.shaped() || !(type.empty() || is_json_media_type(type))) return {std::string(data), false};
    std::string readable;
    if (!append_readable_json(readable, data)) return {std::string(data), false};
    if (readable.front() == '"') return {nlohmann::json::parse(readable).get<std::string>(), false};
    const bool is_scalar = readable.front() != '{' && readable.front() != '[';
    return {std::move(readable), !is_scalar};
}

std::vector<std::string> PostsOf(const Text& text, std::size_t max_characters, LongText long_text) {
    const std::size_t room = text.is_code ? max_characters - kOpen.size() - kClose.size() : max_characters;
    std::string_view rest = text.content;
    std::vector<std::string> posts;
    for (std::size_t limit = BytesOf(rest, room); limit < rest.size(); limit = BytesOf(rest, room)) {
        if (long_text == LongText::kCut) {
            const std::string cut = std::string(rest.substr(0, BytesOf(rest, room - 1))).append(kEllipsis);
            return {Fenced(cut, text.is_code)};
        }
        const std::size_t end = BreakOf(rest, limit);
        posts.push_back(Fenced(rest.substr(0, end), text.is_code));
        const bool at_blank = rest[end] == '\n' || rest[end] == ' ';
        rest.remove_prefix(at_blank ? end + 1 : end);
    }
    if (!rest.empty() || posts.empty()) posts.push_back(Fenced(rest, text.is_code));
    return posts;
}

}  // namespace fanfare::plugins::mattermost
