// As much of HTTP/1.1 as a load and a sink need from servers and clients of good will: where a message ends.
// Threads: any. Errors: what is not understood is an empty optional; there is no validation.
#pragma once

#include <strings.h>
#include <time.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fanfare::bench {

// CLOCK_MONOTONIC is the same for all processes of a machine: a sink can tell how long ago a load meant to send.
inline std::int64_t NowNs() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// The value of a header; head: everything up to the empty line. Empty if it is not there.
inline std::string_view Header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
        const std::size_t begin = line.find_first_not_of(' ', name.size() + 1);
        return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
    }
    return {};
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Message {
    std::string_view head;
    std::string_view body;  // with the chunks' sizes in it, if it came in chunks
    std::size_t size = 0;   // of both, in the buffer
};

// The first message in `buffer`; nothing while it is not complete. bodiless: an answer whose status has none.
inline std::optional<Message> TakeMessage(std::string_view buffer, bool bodiless) {
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view head = buffer.substr(0, end);
    const std::size_t begin = end + 4;
    if (bodiless) return Message{head, {}, begin};
    if (!Header(head, "transfer-encoding").empty()) {
        const std::size_t last = buffer.find("0\r\n\r\n", begin);
        if (last == std::string_view::npos) return std::nullopt;
        return Message{head, buffer.substr(begin, last - begin), last + 5};
    }
    const std::size_t length = ParseNumber<std::size_t>(Header(head, "content-length")).value_or(0);
    if (buffer.size() < begin + length) return std::nullopt;
    return Message{head, buffer.substr(begin, length), begin + length};
}

}  // namespace fanfare::bench
