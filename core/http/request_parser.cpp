#include "http/request_parser.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace fanfare::http::impl {
namespace {

std::string_view View(const char* data, std::uint32_t begin, std::uint32_t size) { return {data + begin, size}; }

}  // namespace

void RequestParser::Start() {
    state_ = State::kRequestLine;
    at_ = scanned_ = header_bytes_ = head_size_ = body_size_ = 0;
    method_ = path_ = query_ = authority_ = host_ = {};
    fields_.clear();
    content_length_.reset();
    hosts_ = 0;
    http_1_0_ = chunked_ = expects_continue_ = is_head_request_ = false;
    keep_alive_ = true;
    refusal_ = {};
}

bool RequestParser::Refuse(int status, std::string_view detail) {
    refusal_ = {status, detail};
    state_ = State::kRefused;
    return false;
}

RequestParser::Slice RequestParser::SliceOf(const char* data, std::string_view text) const {
    if (text.empty()) return {};
    return {static_cast<std::uint32_t>(text.data() - data), static_cast<std::uint32_t>(text.size())};
}

RequestParser::Step RequestParser::Advance(char* data, std::size_t& size) {
    bool go_on = true;
    while (go_on) {
        switch (state_) {
            case State::kRequestLine:
                go_on = ReadRequestLine(data, size);
                break;
            case State::kHeaders:
                go_on = ReadHeaderLine(data, size);
                break;
            case State::kHeadDone:
                state_ = chunked_ ? State::kChunkedBody : State::kFixedBody;
                return Step::kHead;
            case State::kFixedBody:
                return AdvanceFixedBody(size);
            case State::kChunkedBody:
                return AdvanceChunkedBody(data, size);
            case State::kComplete:
                return Step::kComplete;
            case State::kRefused:
                go_on = false;
                break;
        }
    }
    return state_ == State::kRefused ? Step::kRefused : Step::kMore;
}

bool RequestParser::ReadRequestLine(const char* data, std::size_t size) {
    std::string_view line;
    switch (FindLine({data, size}, limits_.request_line_bytes, scanned_, line)) {
        case LineFound::kMore:
            return false;
        case LineFound::kTooLong:
            return Refuse(414, "The request line is longer than this server takes.");
        case LineFound::kBareLf:
            return Refuse(400, "The request line does not end in CRLF.");
        case LineFound::kLine:
            break;
    }
    RequestLine parsed;
    const Refusal refusal = ParseRequestLine(line, parsed);
    is_head_request_ = parsed.method == "HEAD";
    if (refusal) return Refuse(refusal.status, refusal.detail);
    method_ = SliceOf(data, parsed.method);
    path_ = SliceOf(data, parsed.path);
    query_ = SliceOf(data, parsed.query);
    authority_ = SliceOf(data, parsed.authority);
    http_1_0_ = parsed.http_1_0;
    keep_alive_ = !http_1_0_;
    at_ = line.size() + 2;
    scanned_ = 0;
    state_ = State::kHeaders;
    return true;
}

bool RequestParser::ReadHeaderLine(const char* data, std::size_t size) {
    const std::size_t limit = std::min(limits_.header_bytes, limits_.header_total_bytes - header_bytes_);
    std::string_view line;
    switch (FindLine({data + at_, size - at_}, limit, scanned_, line)) {
        case LineFound::kMore:
            return false;
        case LineFound::kTooLong:
            return Refuse(431, "A header, or all of them together, are larger than this server takes.");
        case LineFound::kBareLf:
            return Refuse(400, "A header line does not end in CRLF.");
        case LineFound::kLine:
            break;
    }
    at_ += line.size() + 2;
    scanned_ = 0;
    if (line.empty()) return FinishHead(data);
    header_bytes_ += line.size();
    if (fields_.size() == limits_.header_count) return Refuse(431, "There are more headers than this server takes.");
    std::string_view name;
    std::string_view value;
    if (const Refusal refusal = ParseHeaderLine(line, name, value)) return Refuse(refusal.status, refusal.detail);
    fields_.push_back({SliceOf(data, name), SliceOf(data, value)});
    if (name.size() == 4 && base::EqualsIgnoreCase(name, "host")) return TakeHost(data, value);
    return TakeHeader(name, value);
}

bool RequestParser::TakeHeader(std::string_view name, std::string_view value) {
    switch (name.size()) {
        case 6:
            if (!base::EqualsIgnoreCase(name, "expect")) return true;
            if (!base::EqualsIgnoreCase(value, "100-continue")) {
                return Refuse(417, "The only expectation this server meets is 100-continue.");
            }
            expects_continue_ = !http_1_0_;
            return true;
        case 10:
            if (base::EqualsIgnoreCase(name, "connection") && ListHas(value, "close")) keep_alive_ = false;
            return true;
        case 14:
            return base::EqualsIgnoreCase(name, "content-length") ? TakeContentLength(value) : true;
        case 17:
            return base::EqualsIgnoreCase(name, "transfer-encoding") ? TakeTransferEncoding(value) : true;
        default:
            return true;
    }
}

bool RequestParser::TakeHost(const char* data, std::string_view value) {
    if (++hosts_ > 1) return Refuse(400, "The request has more than one Host header.");
    if (!IsHost(value)) return Refuse(400, "The Host header is empty or does not name one host.");
    host_ = SliceOf(data, value);
    return true;
}

bool RequestParser::TakeContentLength(std::string_view value) {
    if (content_length_) return Refuse(400, "The request has more than one Content-Length.");
    content_length_ = ParseContentLength(value);
    if (!content_length_) return Refuse(400, "The Content-Length is not one number of decimal digits below 2^64.");
    return true;
}

bool RequestParser::TakeTransferEncoding(std::string_view value) {
    if (chunked_) return Refuse(400, "The request has more than one Transfer-Encoding.");
    if (http_1_0_) return Refuse(400, "An HTTP/1.0 request cannot have a Transfer-Encoding.");
    if (value != "chunked") return Refuse(400, "The Transfer-Encoding is not exactly \"chunked\".");
    chunked_ = true;
    return true;
}

bool RequestParser::FinishHead(const char* data) {
    if (chunked_ && content_length_) {
        return Refuse(400, "The request has both a Content-Length and a Transfer-Encoding.");
    }
    if (hosts_ == 0 && !http_1_0_) return Refuse(400, "The request has no Host header.");
    const std::string_view host = View(data, host_.begin, host_.size);
    const std::string_view authority = View(data, authority_.begin, authority_.size);
    if (!authority.empty() && !host.empty() && !base::EqualsIgnoreCase(authority, host)) {
        return Refuse(400, "The request target names another host than the Host header.");
    }
    if (content_length_.value_or(0) > limits_.body_bytes) {
        return Refuse(413, "The body is larger than this server takes.");
    }
    head_size_ = at_;
    if (chunked_) {
        chunks_.Start({.body_bytes = limits_.body_bytes,
                       .trailer_count = limits_.header_count - fields_.size(),
                       .trailer_line_bytes = limits_.header_bytes,
                       .trailer_bytes = limits_.header_total_bytes - header_bytes_});
    }
    state_ = State::kHeadDone;
    return true;
}

RequestParser::Step RequestParser::AdvanceFixedBody(std::size_t size) {
    const auto length = static_cast<std::size_t>(content_length_.value_or(0));
    body_size_ = std::min(length, size - head_size_);
    if (body_size_ < length) return Step::kMore;
    state_ = State::kComplete;
    return Step::kComplete;
}

RequestParser::Step RequestParser::AdvanceChunkedBody(char* data, std::size_t& size) {
    std::size_t body = size - head_size_;
    const ChunkedDecoder::Step step = chunks_.Advance(data + head_size_, body);
    size = head_size_ + body;
    body_size_ = chunks_.decoded();
    switch (step) {
        case ChunkedDecoder::Step::kMore:
            return Step::kMore;
        case ChunkedDecoder::Step::kRefused:
            Refuse(chunks_.refusal().status, chunks_.refusal().detail);
            return Step::kRefused;
        case ChunkedDecoder::Step::kDone:
            break;
    }
    state_ = State::kComplete;
    return Step::kComplete;
}

void RequestParser::FillHead(const char* data, RequestHead& head) const {
    const auto view = [data](Slice slice) { return View(data, slice.begin, slice.size); };
    head.method = view(method_);
    head.path = view(path_);
    head.query = view(query_);
    head.headers.clear();
    for (const Field& field : fields_) head.headers.push_back({view(field.name), view(field.value)});
    head.content_length = content_length_;
}

}  // namespace fanfare::http::impl
