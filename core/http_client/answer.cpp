#include "http_client/answer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "http_client/retry_after.hpp"
#include "http_client/setup.hpp"

namespace fanfare::http_client {
namespace {

constexpr std::size_t kMaxHeaders = 64;
constexpr std::size_t kMaxHeaderBytes = 16 * 1024;
constexpr std::size_t kUsualHeaders = 8;
constexpr std::size_t kMaxReadOver = 16u << 20;

}  // namespace

int StatusOf(std::string_view line) {
    if (!line.starts_with("HTTP/")) return 0;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return 0;
    int status = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return status;
}

void Answer::Start(std::size_t max_body_bytes) {
    *this = Answer();
    max_body_bytes_ = max_body_bytes;
}

void Answer::TakeLine(std::string_view line) {
    const bool continues_last = line.starts_with(' ') || line.starts_with('\t');
    if (has_head_ || continues_last) return;
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (const int status = StatusOf(line); status != 0) {
        response_ = {};
        response_.status = status;
        header_bytes_ = 0;
        return;
    }
    if (line.empty()) {
        has_head_ = response_.status >= 200 || response_.status == 101;
        return;
    }
    KeepHeader(line);
}

void Answer::KeepHeader(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name = base::ToLower(base::Trim(line.substr(0, colon)));
    const std::string_view value = base::Trim(line.substr(colon + 1));
    if (name == "retry-after" && !response_.retry_after)
        response_.retry_after = ParseRetryAfter(value, base::SystemClock().Now());
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes || response_.headers.size() >= kMaxHeaders) return;
    if (response_.headers.empty()) response_.headers.reserve(kUsualHeaders);
    response_.headers.emplace_back(std::move(name), value);
}

bool Answer::TakeBody(std::string_view bytes) {
    body_bytes_ += bytes.size();
    const std::size_t room = max_body_bytes_ - std::min(max_body_bytes_, response_.body.size());
    response_.body.append(bytes.substr(0, room));
    is_cut_off_ = body_bytes_ > kMaxReadOver;
    return !is_cut_off_;
}

Response Answer::Conclude(const Failure& failure, const Target& target) {
    Response response = std::exchange(response_, {});
    response.end = EndOf(failure);
    if (response.end == End::kDone) return response;
    return Failed(response.end, Describe(failure, target));
}

}  // namespace fanfare::http_client
