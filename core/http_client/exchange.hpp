// One request and its response on one libcurl handle. A handle is set up once and used for many requests, one at a
// time.
//
// Owns: the handle and, from Begin to Finish, the request. Threads: one at a time.
// Source: libcurl 7.88, curl_easy_setopt(3), curl_easy_getinfo(3), libcurl-errors(3).
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "http_client/answer.hpp"
#include "http_client/check.hpp"
#include "http_client/client.hpp"
#include "http_client/failure.hpp"
#include "http_client/settings.hpp"
#include "http_client/waiting.hpp"

namespace fanfare::http_client {

class Pool;
class Shard;
class Sockets;

class Exchange {
public:
    // sockets: who opens the sockets; nullptr: libcurl itself, wherever it is to. `settings` and `sockets` must outlive
    // the exchange and its connections. nullptr: out of memory.
    static std::unique_ptr<Exchange> Make(const std::string& user_agent, const Settings& settings, Sockets* sockets);

    // The exchange a handle belongs to.
    static Exchange& Of(CURL* handle);

    // authorization: the value of that header; empty: none. False: libcurl does not take the request (too long a URL).
    bool Begin(Request request, Target target, Done done, std::chrono::milliseconds left, base::Secret authorization);
    // After Begin: connect to one of these for the host of the URL or of its proxy. None: libcurl looks the name up, if
    // it is one.
    bool UseAddresses(const std::vector<std::string>& addresses);
    // What came of it, once libcurl ended the transfer with `result`.
    Response Finish(CURLcode result);

    // After Finish. libcurl counts its repeats over the whole life of a handle and refuses the sixth.
    bool MayBeUsedAgain() const { return sends_ <= 1; }

    CURL* handle() const { return handle_.get(); }
    Done TakeDone() { return std::exchange(done_, nullptr); }
    // It has no connection yet, and its time is over. libcurl ends no request that waits for another's connection.
    bool HasWaitedTooLong(base::SteadyTime now) const { return !opened_ && sends_ == 0 && request_.deadline <= now; }

    // After Finish.
    Request TakeRequest() { return std::exchange(request_, {}); }
    const base::Secret& authorization() const { return authorization_; }

    // For the owner: where it keeps this exchange, and where it came from.
    std::size_t slot() const { return slot_; }
    void set_slot(std::size_t slot) { slot_ = slot; }
    Pool* pool() const { return pool_; }
    void set_pool(Pool* pool) { pool_ = pool; }
    Shard* shard() const { return shard_; }
    void set_shard(Shard* shard) { shard_ = shard; }
    bool is_repeated() const { return is_repeated_; }
    void set_repeated(bool repeated) { is_repeated_ = repeated; }

private:
    struct FreeHandle {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    using List = std::unique_ptr<curl_slist, FreeList>;

    Exchange(const Settings& settings, Sockets* sockets) : settings_(settings), sockets_(sockets) {}
    static bool Append(List& list, const std::string& line);
    bool SetUp(const std::string& user_agent);
    void SetUpTls();
    bool SetProxy();
    int Open(const curl_sockaddr& address);
    bool SetMethodAndBody();
    bool SetHeaders();
    Failure FailureOf(CURLcode result) const;
    std::string Remote() const;

    static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
    static int OnSend(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port) noexcept;

    const Settings& settings_;
    Sockets* const sockets_;
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    List header_list_;
    List resolve_list_;
    std::unique_ptr<CURL, FreeHandle> handle_;

    std::size_t slot_ = 0;
    Pool* pool_ = nullptr;
    Shard* shard_ = nullptr;
    bool is_repeated_ = false;  // with another token
    Request request_;
    base::Secret authorization_;
    Target target_;
    const ProxyServer* proxy_ = nullptr;  // of this request
    std::string denied_;                  // what the network policy has against the last address
    bool opened_ = false;                 // a socket, for this request
    Done done_;
    std::chrono::milliseconds left_{};
    Answer answer_;
    int sends_ = 0;  // how often libcurl began to send the request
};

}  // namespace fanfare::http_client
