// Reads one HTTP/1.x request out of a growing buffer: bytes in, steps out. Pure, no sockets.
//
// The outcome depends on the bytes only, never on how they were cut into pieces.
// Framing: RFC 9112, 6.3, with every ambiguous form refused (RELIABILITY 2.4, A4-A8).
// HTTP/1.0 is taken, because health checkers and nginx's proxy default speak it, but without a body coding and without
// keep-alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/chunked_decoder.hpp"
#include "http/head_rules.hpp"
#include "http/server.hpp"

namespace fanfare::http::impl {

class RequestParser {
public:
    enum class Step {
        kMore,      // not complete yet
        kHead,      // the head is complete and in order; comes once
        kComplete,  // the whole request is there: consumed() bytes
        kRefused,   // see refusal(); nothing after it can be trusted
    };

    // `limits` must outlive the parser.
    explicit RequestParser(const Limits& limits) : limits_(limits) {}

    // Ready for the next request.
    void Start();

    // `data`: all bytes since the request began, those of earlier calls unchanged and in front. A chunked body is
    // decoded in place: `size` shrinks by the framing removed.
    Step Advance(char* data, std::size_t& size);

    bool head_done() const { return head_size_ > 0; }
    // After kHead. Views into `data`; `head.peer` is left alone.
    void FillHead(const char* data, RequestHead& head) const;
    bool keep_alive() const { return keep_alive_; }
    bool expects_continue() const { return expects_continue_; }
    bool has_body() const { return chunked_ || content_length_.value_or(0) > 0; }
    // Valid as soon as the request line is: what an answer must leave out its body for.
    bool is_head_request() const { return is_head_request_; }

    // Of the body, as far as it came.
    std::size_t body_size() const { return body_size_; }
    std::string_view Body(const char* data) const { return {data + head_size_, body_size_}; }
    std::size_t consumed() const { return head_size_ + body_size_; }

    const Refusal& refusal() const { return refusal_; }

private:
    enum class State { kRequestLine, kHeaders, kHeadDone, kFixedBody, kChunkedBody, kComplete, kRefused };
    struct Slice {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    struct Field {
        Slice name;
        Slice value;
    };

    bool ReadRequestLine(const char* data, std::size_t size);
    bool ReadHeaderLine(const char* data, std::size_t size);
    bool TakeHeader(std::string_view name, std::string_view value);
    bool TakeContentLength(std::string_view value);
    bool TakeTransferEncoding(std::string_view value);
    bool TakeHost(const char* data, std::string_view value);
    bool FinishHead(const char* data);
    Step AdvanceFixedBody(std::size_t size);
    Step AdvanceChunkedBody(char* data, std::size_t& size);
    bool Refuse(int status, std::string_view detail);
    Slice SliceOf(const char* data, std::string_view text) const;

    const Limits& limits_;
    State state_ = State::kRequestLine;
    std::size_t at_ = 0;       // begin of the current line
    std::size_t scanned_ = 0;  // of the current line
    std::size_t header_bytes_ = 0;
    std::size_t head_size_ = 0;
    std::size_t body_size_ = 0;
    Slice method_, path_, query_, authority_, host_;
    std::vector<Field> fields_;
    std::optional<std::uint64_t> content_length_;
    int hosts_ = 0;
    bool http_1_0_ = false;
    bool chunked_ = false;
    bool keep_alive_ = true;
    bool expects_continue_ = false;
    bool is_head_request_ = false;
    ChunkedDecoder chunks_;
    Refusal refusal_;
};

}  // namespace fanfare::http::impl
