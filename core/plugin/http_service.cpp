#include "plugin/http_service.hpp"

#include <chrono>
#include <utility>

#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

constexpr std::size_t kDefaultResponse = 64u << 10;
constexpr auto kDefaultTimeout = std::chrono::seconds(30);

fanfare_http_end EndOf(http_client::End end) {
    switch (end) {
        case http_client::End::kDone:
            return FANFARE_HTTP_DONE;
        case http_client::End::kUnreachable:
            return FANFARE_HTTP_UNREACHABLE;
        case http_client::End::kInDoubt:
            return FANFARE_HTTP_IN_DOUBT;
        case http_client::End::kTimeout:
            return FANFARE_HTTP_TIMEOUT;
        case http_client::End::kInvalid:
            return FANFARE_HTTP_INVALID;
        case http_client::End::kStopped:
            return FANFARE_HTTP_STOPPED;
    }
    return FANFARE_HTTP_IN_DOUBT;
}

http_client::Response Stopped() {
    http_client::Response response;
    response.end = http_client::End::kStopped;
    response.error = "the destination is being stopped";
    return response;
}

http_client::Request RequestOf(const fanfare_http_request& in) {
    http_client::Request out;
    out.deadline = std::chrono::steady_clock::now() + kDefaultTimeout;
    if (FANFARE_HAS(&in, fanfare_http_request, method)) out.method = View(in.method);
    if (FANFARE_HAS(&in, fanfare_http_request, url)) out.url = View(in.url);
    if (FANFARE_HAS(&in, fanfare_http_request, header_count) && in.headers != nullptr) {
        out.headers.reserve(in.header_count);
        for (size_t i = 0; i < in.header_count; ++i) {
            out.headers.emplace_back(View(in.headers[i].key), View(in.headers[i].value));
        }
    }
    if (FANFARE_HAS(&in, fanfare_http_request, body)) out.body = View(in.body);
    if (FANFARE_HAS(&in, fanfare_http_request, deadline_mono_ns) && in.deadline_mono_ns > 0) {
        out.deadline = base::SteadyTime(std::chrono::nanoseconds(in.deadline_mono_ns));
    }
    const bool has_limit = FANFARE_HAS(&in, fanfare_http_request, max_response_bytes) && in.max_response_bytes > 0;
    out.max_response_bytes = has_limit ? in.max_response_bytes : kDefaultResponse;
    return out;
}

}  // namespace

void HttpService::Send(const fanfare_http_request& request, fanfare_http_done done, void* user) {
    http_client::Request copy = RequestOf(request);
    copy.settings = settings_;
    // Held over the client's Send, so that after Close no call into the client is under way.
    const std::lock_guard gate(gate_mutex_);
    if (client_ == nullptr) return;
    std::uint64_t token = 0;
    {
        const std::lock_guard lock(mutex_);
        token = next_token_++;
        open_.emplace(token, Open{done, user});
    }
    client_->Send(std::move(copy),
                  [self = shared_from_this(), token, client = client_](http_client::Response response) {
                      self->Arrive(*client, token, std::move(response));
                  });
}

// On the client's thread.
void HttpService::Arrive(http_client::Client& client, std::uint64_t token, http_client::Response response) {
    {
        const std::lock_guard lock(mutex_);
        const auto open = open_.find(token);
        if (open == open_.end()) return;
        ready_.push_back({open->second.done, open->second.user, std::move(response)});
        open_.erase(open);
        ready_count_.store(ready_.size(), std::memory_order_release);
        if (ready_.size() > 1) return;  // the first one wakes it
    }
    client.AfterThese([self = shared_from_this()] {
        const std::lock_guard lock(self->wake_mutex_);
        if (self->wake_) self->wake_();
    });
}

std::vector<HttpService::Ready> HttpService::Take() {
    const std::lock_guard lock(mutex_);
    ready_count_.store(0, std::memory_order_release);
    return std::exchange(ready_, {});
}

std::vector<HttpService::Ready> HttpService::StopAll() {
    const std::lock_guard lock(mutex_);
    std::vector<Ready> all = std::exchange(ready_, {});
    ready_count_.store(0, std::memory_order_release);
    for (const auto& [token, open] : open_) all.push_back({open.done, open.user, Stopped()});
    open_.clear();
    return all;
}

void HttpService::Close() {
    {
        const std::lock_guard gate(gate_mutex_);
        client_ = nullptr;
    }
    const std::lock_guard lock(wake_mutex_);
    wake_ = nullptr;
}

void Hand(const HttpService::Ready& ready) {
    const http_client::Response& in = ready.response;
    std::vector<fanfare_kv> headers;
    headers.reserve(in.headers.size());
    for (const auto& [name, value] : in.headers) headers.push_back({Str(name), Str(value)});
    fanfare_http_response out{};
    out.struct_size = sizeof out;
    out.end = EndOf(in.end);
    out.status = in.end == http_client::End::kDone ? in.status : 0;
    out.retry_after_ms = in.retry_after ? in.retry_after->count() : 0;
    out.headers = headers.data();
    out.header_count = headers.size();
    out.body = Bytes(in.body);
    out.error = Str(in.error);
    out.remote = Str(in.remote);
    ready.done(ready.user, &out);
}

}  // namespace fanfare::plugin
