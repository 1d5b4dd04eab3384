// A response as it comes in, and what is kept of it, whoever speaks the protocol. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "http_client/client.hpp"
#include "http_client/failure.hpp"

namespace fanfare::http_client {

// 0 if `line` is no status line. RFC 9112, section 4; libcurl writes "HTTP/2 200" for HTTP/2.
int StatusOf(std::string_view line);

class Answer {
public:
    // max_body_bytes: how much of the body is kept.
    void Start(std::size_t max_body_bytes);

    // A line of the head, with its end or without. Those of an interim answer are forgotten, and trailers dropped.
    void TakeLine(std::string_view line);
    // False: it is longer than is read over, and the answer ends here.
    bool TakeBody(std::string_view bytes);

    int status() const { return response_.status; }
    bool has_head() const { return has_head_; }
    bool is_cut_off() const { return is_cut_off_; }

    // What it came to in the end.
    Response Conclude(const Failure& failure, const Target& target);

private:
    void KeepHeader(std::string_view line);

    Response response_;
    std::size_t max_body_bytes_ = 0;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    bool has_head_ = false;
    bool is_cut_off_ = false;
};

}  // namespace fanfare::http_client
