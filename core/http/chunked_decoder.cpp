#include "http/chunked_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace fanfare::http::impl {
namespace {

// Eight digits reach 4 GiB, above every body limit; more can only be padding or an overflow.
constexpr std::size_t kMaxSizeDigits = 8;
constexpr std::size_t kMaxSizeLine = 256;
// Of all chunks together: extensions are bytes that no body limit counts (cf. CVE-2023-39326).
constexpr std::size_t kMaxExtensionBytes = 4096;

}  // namespace

void ChunkedDecoder::Start(const ChunkLimits& limits) {
    *this = ChunkedDecoder();
    limits_ = limits;
}

bool ChunkedDecoder::Refuse(int status, std::string_view detail) {
    refusal_ = {status, detail};
    state_ = State::kRefused;
    return false;
}

ChunkedDecoder::Step ChunkedDecoder::Advance(char* bytes, std::size_t& size) {
    std::size_t at = decoded_;
    bool go_on = true;
    while (go_on) {
        switch (state_) {
            case State::kSize:
                go_on = ReadSize(bytes, size, at);
                break;
            case State::kData:
                go_on = ReadData(bytes, size, at);
                break;
            case State::kDataEnd:
                go_on = ReadDataEnd(bytes, size, at);
                break;
            case State::kTrailer:
                go_on = ReadTrailer(bytes, size, at);
                break;
            case State::kDone:
            case State::kRefused:
                go_on = false;
                break;
        }
    }
    if (at != decoded_) {
        std::memmove(bytes + decoded_, bytes + at, size - at);
        size -= at - decoded_;
    }
    if (state_ == State::kDone) return Step::kDone;
    return state_ == State::kRefused ? Step::kRefused : Step::kMore;
}

bool ChunkedDecoder::ReadSize(const char* bytes, std::size_t size, std::size_t& at) {
    std::string_view line;
    switch (FindLine({bytes + at, size - at}, kMaxSizeLine, scanned_, line)) {
        case LineFound::kMore:
            return false;
        case LineFound::kTooLong:
            return Refuse(400, "A chunk size line is too long.");
        case LineFound::kBareLf:
            return Refuse(400, "A chunk size line does not end in CRLF.");
        case LineFound::kLine:
            break;
    }
    at += line.size() + 2;
    scanned_ = 0;
    return TakeSize(line);
}

bool ChunkedDecoder::TakeSize(std::string_view line) {
    const std::size_t digits = std::min(line.find(';'), line.size());
    if (digits == 0 || digits > kMaxSizeDigits) return Refuse(400, "A chunk size is empty or too long.");
    std::size_t length = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const int digit = HexDigit(line[i]);
        if (digit < 0) return Refuse(400, "A chunk size is not hexadecimal.");
        length = length * 16 + static_cast<std::size_t>(digit);
    }
    const std::string_view extension = line.substr(digits);
    extension_bytes_ += extension.size();
    if (!IsFieldValue(extension) || extension_bytes_ > kMaxExtensionBytes) {
        return Refuse(400, "A chunk extension holds a control character, or there is too much of them.");
    }
    if (length > limits_.body_bytes - decoded_) return Refuse(413, "The body is larger than this server takes.");
    left_ = length;
    state_ = length == 0 ? State::kTrailer : State::kData;
    return true;
}

bool ChunkedDecoder::ReadData(char* bytes, std::size_t size, std::size_t& at) {
    const std::size_t taken = std::min(left_, size - at);
    std::memmove(bytes + decoded_, bytes + at, taken);
    decoded_ += taken;
    at += taken;
    left_ -= taken;
    if (left_ > 0) return false;
    state_ = State::kDataEnd;
    return true;
}

bool ChunkedDecoder::ReadDataEnd(const char* bytes, std::size_t size, std::size_t& at) {
    constexpr std::string_view kEnd = "\r\n";
    const std::size_t seen = std::min(kEnd.size(), size - at);
    if (std::string_view(bytes + at, seen) != kEnd.substr(0, seen)) {
        return Refuse(400, "A chunk is longer or shorter than its size says: no CRLF where it must end.");
    }
    if (seen < kEnd.size()) return false;
    at += kEnd.size();
    state_ = State::kSize;
    return true;
}

bool ChunkedDecoder::ReadTrailer(const char* bytes, std::size_t size, std::size_t& at) {
    const std::size_t limit = std::min(limits_.trailer_line_bytes, limits_.trailer_bytes - trailer_bytes_);
    std::string_view line;
    switch (FindLine({bytes + at, size - at}, limit, scanned_, line)) {
        case LineFound::kMore:
            return false;
        case LineFound::kTooLong:
            return Refuse(431, "The trailers after the last chunk are too large.");
        case LineFound::kBareLf:
            return Refuse(400, "A trailer line does not end in CRLF.");
        case LineFound::kLine:
            break;
    }
    at += line.size() + 2;
    scanned_ = 0;
    if (line.empty()) {
        state_ = State::kDone;
        return false;
    }
    trailer_bytes_ += line.size();
    if (++trailers_ > limits_.trailer_count) return Refuse(431, "There are too many trailers after the last chunk.");
    std::string_view name;
    std::string_view value;
    if (const Refusal refusal = ParseHeaderLine(line, name, value)) return Refuse(refusal.status, refusal.detail);
    return true;
}

}  // namespace fanfare::http::impl
