// The rules of a request's head, line by line. Pure.
//
// Strict where RFC 9112 leaves a recipient a choice: what one parser may repair and the next may not is refused,
// because that difference is what request smuggling is made of. Grammar: RFC 9110 (5.5, 5.6.2), RFC 9112 (3, 5), RFC
// 3986.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fanfare::http::impl {

// Why a request is answered by the server itself. `detail` is a sentence with static life; status 0: no fault.
struct Refusal {
    int status = 0;
    std::string_view detail;
    explicit operator bool() const { return status != 0; }
};

// One line without its CRLF, found in a growing buffer.
enum class LineFound { kMore, kLine, kTooLong, kBareLf };

// Looks for the line that starts at `bytes`. `scanned` remembers how much of it was searched; the caller sets it to 0
// for the next line. The answer does not depend on how the bytes were cut: more than `limit` bytes without CRLF is too
// long.
LineFound FindLine(std::string_view bytes, std::size_t limit, std::size_t& scanned, std::string_view& line);

struct RequestLine {
    std::string_view method;
    std::string_view path;  // origin-form path, or "*"
    std::string_view query;
    std::string_view authority;  // of an absolute-form target, else empty
    bool http_1_0 = false;
};

Refusal ParseRequestLine(std::string_view line, RequestLine& out);

// `value` without surrounding blanks.
Refusal ParseHeaderLine(std::string_view line, std::string_view& name, std::string_view& value);

// nullopt: not digits only, or above 2^64-1.
std::optional<std::uint64_t> ParseContentLength(std::string_view text);

// A Host value without characters that could be read as something else than one host.
bool IsHost(std::string_view text);

// True if `word` is an element of the comma separated `list`, without case.
bool ListHas(std::string_view list, std::string_view word);

int HexDigit(char c);  // -1 if it is none

bool IsFieldValue(std::string_view text);
bool IsToken(std::string_view text);

}  // namespace fanfare::http::impl
