#include "http_client/answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

// Far more than an honest head has; a flood of interim answers is one head.
constexpr std::size_t kMaxHeadBytes = 256 * 1024;
constexpr std::size_t kMaxLineBytes = 100 * 1024;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "HTTP/1.1 200 OK", "HTTP/1.1 200"
bool IsStatusLine(std::string_view line) {
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || !IsDigit(line[7]) || line[8] != ' ') return false;
    if (!std::all_of(line.begin() + 9, line.begin() + 12, IsDigit) || line[9] == '0') return false;
    return line.size() == 12 || line[12] == ' ';
}

// All of `text`; nullopt if it is anything else, or too large.
std::optional<std::uint64_t> Number(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string_view LastOf(std::string_view list) { return base::Trim(list.substr(list.rfind(',') + 1)); }

}  // namespace

void AnswerReader::Start(Answer& answer, bool to_head) {
    std::string line = std::move(line_);  // for its memory
    *this = AnswerReader();
    line_ = std::move(line);
    line_.clear();
    answer_ = &answer;
    to_head_ = to_head;
}

AnswerReader::Step AnswerReader::Take(std::string_view bytes) {
    while (!bytes.empty() && state_ != State::kOver) {
        const bool is_body = state_ == State::kLength || state_ == State::kUntilClose || state_ == State::kChunk;
        is_body ? TakeBody(bytes) : TakeLine(bytes);
    }
    // What nobody asked for would be taken for the next answer.
    if (!bytes.empty()) keeps_connection_ = false;
    if (failure_ != CURLE_OK) return Step::kBroken;
    return state_ == State::kOver ? Step::kDone : Step::kMore;
}

AnswerReader::Step AnswerReader::Close() {
    keeps_connection_ = false;
    if (state_ == State::kUntilClose) {
        End();
        return Step::kDone;
    }
    Break(has_line_ || !line_.empty() ? CURLE_PARTIAL_FILE : CURLE_GOT_NOTHING);
    return Step::kBroken;
}

void AnswerReader::TakeLine(std::string_view& bytes) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line_.size() + part.size() > kMaxLineBytes) return Break(CURLE_WEIRD_SERVER_REPLY);
    if (end == std::string_view::npos) {
        line_.append(part);
        return;
    }
    const bool in_one = line_.empty();
    if (!in_one) line_.append(part);
    std::string_view line = in_one ? part : std::string_view(line_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    OnLine(line);
    line_.clear();
}

void AnswerReader::OnLine(std::string_view line) {
    has_line_ = true;
    if (state_ == State::kChunkSize) return OnChunkSize(line);
    if (state_ == State::kChunkEnd) {
        state_ = State::kChunkSize;
        if (!line.empty()) Break(CURLE_WEIRD_SERVER_REPLY);
        return;
    }
    head_bytes_ += line.size() + 1;
    if (head_bytes_ > kMaxHeadBytes) return Break(CURLE_WEIRD_SERVER_REPLY);
    if (state_ == State::kTrailer) {
        if (line.empty()) End();
        return;
    }
    if (state_ == State::kStatusLine) return OnStatusLine(line);
    answer_->TakeLine(line);
    line.empty() ? OnHeadEnd() : OnField(line);
}

void AnswerReader::OnStatusLine(std::string_view line) {
    if (!IsStatusLine(line)) return Break(CURLE_WEIRD_SERVER_REPLY);
    answer_->TakeLine(line);
    minor_version_ = line[7] - '0';
    is_chunked_ = has_coding_ = has_length_ = says_close_ = says_keep_alive_ = false;
    left_ = 0;
    state_ = State::kFields;
}

void AnswerReader::OnField(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return;
    // A field is kept as it comes by the Answer, and only what ends the answer is looked at here.
    if (StatusOf(line) != 0) return Break(CURLE_WEIRD_SERVER_REPLY);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    OnFraming(base::Trim(line.substr(0, colon)), base::Trim(line.substr(colon + 1)));
}

void AnswerReader::OnFraming(std::string_view name, std::string_view value) {
    if (base::EqualsIgnoreCase(name, "content-length")) return OnLength(value);
    if (base::EqualsIgnoreCase(name, "connection")) return OnConnection(value);
    if (!base::EqualsIgnoreCase(name, "transfer-encoding")) return;
    has_coding_ = true;
    is_chunked_ = base::EqualsIgnoreCase(LastOf(value), "chunked");
}

void AnswerReader::OnLength(std::string_view value) {
    const std::optional<std::uint64_t> length = Number(value, 10);
    if (!length || (has_length_ && left_ != *length)) return Break(CURLE_WEIRD_SERVER_REPLY);
    has_length_ = true;
    left_ = *length;
}

void AnswerReader::OnConnection(std::string_view value) {
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view option = base::Trim(value.substr(0, comma));
        says_close_ = says_close_ || base::EqualsIgnoreCase(option, "close");
        says_keep_alive_ = says_keep_alive_ || base::EqualsIgnoreCase(option, "keep-alive");
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
}

// RFC 9112, section 6.3.
void AnswerReader::OnHeadEnd() {
    const int status = answer_->status();
    if (!answer_->has_head()) {
        state_ = State::kStatusLine;
        return;
    }
    const bool is_ambiguous = has_coding_ && (has_length_ || minor_version_ == 0);
    keeps_connection_ = !says_close_ && (minor_version_ > 0 || says_keep_alive_) && !is_ambiguous && status != 101;
    if (to_head_ || status == 101 || status == 204 || status == 304) return End();
    if (is_chunked_) {
        state_ = State::kChunkSize;
        return;
    }
    if (has_length_ && !has_coding_) {
        state_ = State::kLength;
        if (left_ == 0) End();
        return;
    }
    keeps_connection_ = false;
    state_ = State::kUntilClose;
}

void AnswerReader::OnChunkSize(std::string_view line) {
    const std::optional<std::uint64_t> size = Number(base::Trim(line.substr(0, line.find(';'))), 16);
    if (!size) return Break(CURLE_WEIRD_SERVER_REPLY);
    left_ = *size;
    state_ = left_ == 0 ? State::kTrailer : State::kChunk;
}

void AnswerReader::TakeBody(std::string_view& bytes) {
    const bool is_bounded = state_ != State::kUntilClose;
    const std::string_view part = is_bounded ? bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size())) : bytes;
    bytes.remove_prefix(part.size());
    if (!answer_->TakeBody(part)) {
        keeps_connection_ = false;
        return End();
    }
    if (!is_bounded) return;
    left_ -= part.size();
    if (left_ > 0) return;
    state_ == State::kChunk ? void(state_ = State::kChunkEnd) : End();
}

void AnswerReader::End() { state_ = State::kOver; }

void AnswerReader::Break(CURLcode why) {
    failure_ = why;
    state_ = State::kOver;
}

}  // namespace fanfare::http_client
