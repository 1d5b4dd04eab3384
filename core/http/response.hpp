// What goes back to the client: status line, headers, body; and the problem+json of every refusal (RFC 9457).
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "http/head_rules.hpp"
#include "http/server.hpp"

namespace fanfare::http::impl {

// "OK" for 200; "Unknown" for a status without a name.
std::string_view Reason(int status);

// IMF-fixdate (RFC 9110, 5.6.7), made anew once a second. Threads: one.
class DateCache {
public:
    std::string_view Get(std::time_t now);

private:
    std::time_t made_for_ = -1;
    std::string text_;
};

struct Framing {
    bool close = false;      // says so to the client
    bool head_only = false;  // the answer to HEAD
};

// Appends the response. Control characters in header values become spaces: nothing a handler echoes can start a header.
void AppendResponse(std::string& out, const Response& response, Framing framing, std::string_view date);

// The problem of a refused request, with the headers that its status asks for.
Response ToResponse(const Refusal& refusal);

}  // namespace fanfare::http::impl
