// Takes the chunked transfer coding off a body, in place (RFC 9112, 7.1). Pure.
//
// Chunk extensions are read over, bounded; trailers are checked like headers, bounded and dropped.
#pragma once

#include <cstddef>

#include "http/head_rules.hpp"

namespace fanfare::http::impl {

struct ChunkLimits {
    std::size_t body_bytes = 0;
    std::size_t trailer_count = 0;
    std::size_t trailer_line_bytes = 0;
    std::size_t trailer_bytes = 0;
};

class ChunkedDecoder {
public:
    enum class Step { kMore, kDone, kRefused };

    void Start(const ChunkLimits& limits);

    // bytes[0, decoded()) is the body so far; what follows is raw. Decodes what is there and closes the gaps: `size`
    // shrinks by the framing removed. After kDone, bytes from decoded() on belong to the next request.
    Step Advance(char* bytes, std::size_t& size);

    std::size_t decoded() const { return decoded_; }
    const Refusal& refusal() const { return refusal_; }

private:
    enum class State { kSize, kData, kDataEnd, kTrailer, kDone, kRefused };

    // Each handles what starts at `at` and moves it on; false: more bytes are needed, or it is over.
    bool ReadSize(const char* bytes, std::size_t size, std::size_t& at);
    bool ReadData(char* bytes, std::size_t size, std::size_t& at);
    bool ReadDataEnd(const char* bytes, std::size_t size, std::size_t& at);
    bool ReadTrailer(const char* bytes, std::size_t size, std::size_t& at);
    bool TakeSize(std::string_view line);
    bool Refuse(int status, std::string_view detail);

    ChunkLimits limits_;
    State state_ = State::kSize;
    std::size_t decoded_ = 0;
    std::size_t left_ = 0;     // of the current chunk
    std::size_t scanned_ = 0;  // of the current line
    std::size_t extension_bytes_ = 0;
    std::size_t trailers_ = 0;
    std::size_t trailer_bytes_ = 0;
    Refusal refusal_;
};

}  // namespace fanfare::http::impl
