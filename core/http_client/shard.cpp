#include "http_client/shard.hpp"

#include <sys/epoll.h>

#include "http_client/exchange.hpp"

namespace fanfare::http_client {

base::Result<std::unique_ptr<Shard>> Shard::Make(Sockets& sockets, long max_connections, long max_to_host) {
    std::unique_ptr<Shard> shard(new Shard(sockets));
    shard->multi_.reset(curl_multi_init());
    CURLM* multi = shard->multi_.get();
    if (multi == nullptr)
        return base::MakeError(base::Code::kIo, "libcurl cannot make a connection pool; raise the limit of open files");
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Shard::OnWant);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard.get());
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Shard::OnSetTimer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard.get());
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, max_to_host);
    return shard;
}

bool Shard::Add(Exchange& exchange) {
    last_used_ = std::chrono::steady_clock::now();
    if (curl_multi_add_handle(multi_.get(), exchange.handle()) != CURLM_OK) return false;
    ++running_;
    return true;
}

void Shard::Remove(Exchange& exchange) {
    curl_multi_remove_handle(multi_.get(), exchange.handle());
    --running_;
}

void Shard::OnSocket(int fd, std::uint32_t events) {
    int mask = 0;
    if ((events & (EPOLLIN | EPOLLHUP)) != 0) mask |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    if ((events & EPOLLERR) != 0) mask |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_.get(), fd, mask, &running);
    acted_ = true;
}

void Shard::OnTimer(base::SteadyTime now) {
    if (!due_ || *due_ > now) return;
    due_.reset();
    int running = 0;
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    acted_ = true;
}

void Shard::Collect(const std::function<void(Exchange&, CURLcode)>& ended) {
    if (!acted_) return;
    acted_ = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        const CURLcode result = message->data.result;
        Exchange& exchange = Exchange::Of(message->easy_handle);
        Remove(exchange);
        ended(exchange, result);
    }
}

int Shard::OnWant(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
    auto* shard = static_cast<Shard*>(self);
    std::uint32_t events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
    shard->sockets_.Want(fd, events, shard);
    return 0;
}

int Shard::OnSetTimer(CURLM*, long timeout_ms, void* self) noexcept {
    auto* shard = static_cast<Shard*>(self);
    if (timeout_ms < 0)
        shard->due_.reset();
    else
        shard->due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    return 0;
}

}  // namespace fanfare::http_client
