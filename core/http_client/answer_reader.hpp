// Where an HTTP/1.1 response begins and ends: takes its bytes as they come, in pieces of any size, and gives lines and
// body to an Answer. Pure.
//
// Lenient where the far side may already have acted on the request (bare LF, odd reason phrases), strict where the end
// of the answer depends on it: what two readers could take in two ways ends the connection.
// Source: RFC 9112, sections 4, 6, 7.1 and 9.3.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "http_client/answer.hpp"

namespace fanfare::http_client {

class AnswerReader {
public:
    enum class Step { kMore, kDone, kBroken };

    // Before each answer. `answer` outlives its reading. to_head: of a HEAD request, whose answer has no body.
    void Start(Answer& answer, bool to_head);

    Step Take(std::string_view bytes);
    // The far side closed the connection in order.
    Step Close();

    // With kBroken: as libcurl would call it.
    CURLcode failure() const { return failure_; }
    bool has_line() const { return has_line_; }
    // With kDone: the connection may serve another request.
    bool keeps_connection() const { return keeps_connection_; }

private:
    enum class State { kStatusLine, kFields, kLength, kUntilClose, kChunkSize, kChunk, kChunkEnd, kTrailer, kOver };

    void TakeLine(std::string_view& bytes);
    void OnLine(std::string_view line);
    void OnStatusLine(std::string_view line);
    void OnField(std::string_view line);
    void OnFraming(std::string_view name, std::string_view value);
    void OnLength(std::string_view value);
    void OnConnection(std::string_view value);
    void OnHeadEnd();
    void OnChunkSize(std::string_view line);
    void TakeBody(std::string_view& bytes);
    void End();
    void Break(CURLcode why);

    Answer* answer_ = nullptr;
    bool to_head_ = false;
    State state_ = State::kStatusLine;
    CURLcode failure_ = CURLE_OK;
    std::string line_;            // what has come of a line
    std::size_t head_bytes_ = 0;  // interim answers and trailers included
    bool has_line_ = false;
    bool keeps_connection_ = false;

    // Of the head at hand.
    int minor_version_ = 1;
    bool is_chunked_ = false;
    bool has_coding_ = false;
    bool has_length_ = false;
    bool says_close_ = false;
    bool says_keep_alive_ = false;
    std::uint64_t left_ = 0;  // of the body, or of its chunk
};

}  // namespace fanfare::http_client
