// One request and its response on one libcurl handle. A handle is set up once and used for many requests, one at a time.
//
// Owns: the handle and, from Begin to Finish, the request. Threads: one at a time.
// Source: libcurl 7.88, curl_easy_setopt(3), curl_easy_getinfo(3), libcurl-errors(3).
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "http_client/check.hpp"
#include "http_client/client.hpp"
#include "http_client/failure.hpp"
#include "http_client/trust.hpp"

namespace fanfare::http_client {

class Sockets;

using Done = std::function<void(Response)>;

struct ExchangeOptions {
    std::string user_agent;
    Trust trust;
};

class Exchange {
public:
    // sockets: who opens the sockets; nullptr: libcurl itself. `options` and `sockets` must outlive the exchange and its
    // connections. nullptr: out of memory.
    static std::unique_ptr<Exchange> Make(const ExchangeOptions& options, Sockets* sockets);

    // The exchange a handle belongs to.
    static Exchange& Of(CURL* handle);

    // False: libcurl does not take the request (too long a URL).
    bool Begin(Request request, Target target, Done done, std::chrono::milliseconds left);
    // After Begin: connect to one of these for the host of the URL. None: libcurl looks the name up, if it is one.
    bool UseAddresses(const std::vector<std::string>& addresses);
    // What came of it, once libcurl ended the transfer with `result`.
    Response Finish(CURLcode result);

    // After Finish. libcurl counts its repeats over the whole life of a handle and refuses the sixth.
    bool MayBeUsedAgain() const { return sends_ <= 1; }

    CURL* handle() const { return handle_.get(); }
    Done TakeDone() { return std::exchange(done_, nullptr); }

    // For the owner: where it keeps this exchange.
    std::size_t slot() const { return slot_; }
    void set_slot(std::size_t slot) { slot_ = slot; }

private:
    struct FreeHandle {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    using List = std::unique_ptr<curl_slist, FreeList>;

    Exchange() = default;
    static bool Append(List& list, const std::string& line);
    void SetUp(const ExchangeOptions& options, Sockets* sockets);
    bool SetMethodAndBody();
    bool SetHeaders();
    void TakeHeaderLine(std::string_view line);
    bool TakeBody(std::string_view bytes);
    void KeepHeader(std::string_view line);
    Failure FailureOf(CURLcode result) const;
    std::string Remote() const;

    static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int OnSend(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port) noexcept;

    std::array<char, CURL_ERROR_SIZE> error_text_{};
    List header_list_;
    List resolve_list_;
    std::unique_ptr<CURL, FreeHandle> handle_;

    std::size_t slot_ = 0;
    Request request_;
    Target target_;
    Done done_;
    std::chrono::milliseconds left_{};
    Response response_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    bool headers_complete_ = false;
    bool too_long_ = false;  // the body, to be read over to its end
    int sends_ = 0;          // how often libcurl began to send the request
};

}  // namespace fanfare::http_client
