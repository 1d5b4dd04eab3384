// fanfare/testing/fake_http.hpp: fanfare.http/1 without a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/http.h>
#include <fanfare/plugin.h>
#include <fanfare/testing/event.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN
namespace testing {

// The far side as scripted: replies are given in the order of the requests; without one left it says 200.
// Threads: requests may come from every thread; all else belongs to the thread of the test.
class FakeHttp {
public:
    struct Reply {
        int status = 200;
        std::string body = {};
        Fields headers = {};  // names in lower case
        std::int64_t retry_after_ms = 0;
        fanfare_http_end end = FANFARE_HTTP_DONE;
        std::string error = {};
        std::string remote = {};
    };
    struct Request {
        std::string method;
        std::string url;
        Fields headers;
        std::string body;
        std::int64_t deadline_mono_ns = 0;
        std::size_t max_response_bytes = 0;

        // Empty if it is absent. Names are compared without case.
        std::string header(std::string_view name) const {
            for (const auto& [key, value] : headers) {
                if (equal_ignoring_case(key, name)) return value;
            }
            return {};
        }
        std::size_t count(std::string_view name) const {
            std::size_t n = 0;
            for (const auto& field : headers) n += equal_ignoring_case(field.first, name) ? 1u : 0u;
            return n;
        }
    };

    void reply(Reply reply) { replies_.push_back(std::move(reply)); }
    const std::vector<Request>& requests() const noexcept { return requests_; }
    std::size_t open() const {
        const std::lock_guard lock(mutex_);
        return open_.size();
    }

    // Answers the oldest open request; false if there is none.
    bool pump_one() {
        Reply reply;
        if (open() > 0 && !replies_.empty()) {
            reply = std::move(replies_.front());
            replies_.pop_front();
        }
        return finish(reply);
    }
    // Answers all open requests, also those that answers give rise to.
    void pump() {
        while (pump_one()) {
        }
    }
    // What a stopping host does with what is still open.
    void stop() {
        Reply stopped;
        stopped.status = 0;
        stopped.end = FANFARE_HTTP_STOPPED;
        while (finish(stopped)) {
        }
    }

    void accept(const fanfare_http_request& raw, fanfare_http_done done, void* user) {
        Request request;
        request.method = view(raw.method);
        request.url = view(raw.url);
        for (std::size_t i = 0; i < raw.header_count; ++i) {
            request.headers.emplace_back(view(raw.headers[i].key), view(raw.headers[i].value));
        }
        request.body = view(raw.body);
        request.deadline_mono_ns = raw.deadline_mono_ns;
        request.max_response_bytes = raw.max_response_bytes;
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
        open_.push_back({done, user});
    }

private:
    struct Open {
        fanfare_http_done done;
        void* user;
    };

    bool finish(const Reply& reply) {
        Open request = {};
        {
            const std::lock_guard lock(mutex_);
            if (open_.empty()) return false;
            request = open_.front();
            open_.pop_front();
        }
        std::vector<fanfare_kv> headers;
        for (const auto& [key, value] : reply.headers) headers.push_back({border(key), border(value)});
        fanfare_http_response raw = {};
        raw.struct_size = sizeof raw;
        raw.end = reply.end;
        raw.status = reply.end == FANFARE_HTTP_DONE ? reply.status : 0;
        raw.retry_after_ms = reply.retry_after_ms;
        raw.headers = headers.data();
        raw.header_count = headers.size();
        raw.body = border_bytes(reply.body);
        raw.error = border(reply.error);
        raw.remote = border(reply.remote);
        request.done(request.user, &raw);
        return true;
    }

    mutable std::mutex mutex_;  // of requests_ and open_
    std::deque<Reply> replies_;
    std::vector<Request> requests_;
    std::deque<Open> open_;
};

}  // namespace testing
FANFARE_SDK_END
