// fanfare/http.hpp: the host's asynchronous HTTP client (extension fanfare.http/1), and what an answer means.
//
// Threads: send from every thread; `done` is called on the instance's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fanfare/event.hpp>
#include <fanfare/host.hpp>
#include <fanfare/http.h>
#include <fanfare/plugin.h>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

// A list of header fields in one block of memory: clear it and use it again for the next request.
class HttpHeaders {
public:
    void clear() noexcept {
        text_.clear();
        fields_.clear();
    }
    void add(std::string_view name, std::string_view value) {
        fields_.push_back({text_.size(), name.size(), value.size()});
        text_ += name;
        text_ += value;
    }
    // Valid until the next call of any method.
    const std::vector<fanfare_kv>& border() {
        kvs_.clear();
        for (const Field& field : fields_) {
            const char* name = text_.data() + field.at;
            kvs_.push_back({{name, field.name}, {name + field.name, field.value}});
        }
        return kvs_;
    }

private:
    struct Field {
        std::size_t at, name, value;
    };
    std::string text_;
    std::vector<Field> fields_;
    std::vector<fanfare_kv> kvs_;
};

struct HttpRequest {
    std::string_view method;
    std::string_view url;  // http or https, no userinfo, no fragment
    HttpHeaders* headers = nullptr;
    std::string_view body;
    Deadline deadline;
    std::size_t max_response_bytes = 0;  // 0 = 64 KiB
};

namespace detail {
// Bytes of the far side's answer that are kept with an outcome.
constexpr std::size_t kMaxExcerpt = 1024;
constexpr std::size_t kMaxReasonLine = 200;
}  // namespace detail

// Borrowed for the callback.
class HttpResponse {
public:
    explicit HttpResponse(const fanfare_http_response& response) noexcept : response_(&response) {}

    fanfare_http_end end() const noexcept { return response_->end; }
    bool done() const noexcept { return response_->end == FANFARE_HTTP_DONE; }
    int status() const noexcept { return response_->status; }
    std::int64_t retry_after_ms() const noexcept { return response_->retry_after_ms; }
    std::string_view body() const noexcept { return view(response_->body); }
    std::string_view error() const noexcept { return view(response_->error); }
    // "192.0.2.1:443"; empty if no connection was made.
    std::string_view remote() const noexcept {
        return FANFARE_HAS(response_, fanfare_http_response, remote) ? view(response_->remote) : std::string_view();
    }
    const fanfare_http_response& raw() const noexcept { return *response_; }
    // By its name in lower case; empty if it is absent.
    std::string_view header(std::string_view name) const noexcept {
        for (std::size_t i = 0; i < response_->header_count; ++i) {
            if (view(response_->headers[i].key) == name) return view(response_->headers[i].value);
        }
        return {};
    }

    // `where` names the far side in reasons, without path and query: "hooks.example.com".
    Outcome outcome(std::string_view where) const {
        return of_end(where).with_remote(std::string(remote()));
    }

private:
    Outcome of_end(std::string_view where) const {
        switch (response_->end) {
            case FANFARE_HTTP_DONE:
                return of_status(where);
            case FANFARE_HTTP_UNREACHABLE:
                return Outcome::unreachable(ended(where, "out of reach"));
            case FANFARE_HTTP_IN_DOUBT:
                return Outcome::retry(ended(where, "the connection broke before the answer was complete"));
            case FANFARE_HTTP_TIMEOUT:
                return Outcome::retry(ended(where, "no complete answer in time"));
            case FANFARE_HTTP_INVALID:
                return Outcome::rejected(ended(where, "the request cannot be sent"));
            case FANFARE_HTTP_STOPPED:
                return Outcome::not_attempted("stopping");
        }
        return Outcome::retry(ended(where, "the request ended in a way this plugin does not know"));
    }

    // Sources: Standard Webhooks 1.0.0 (2xx, 3xx, 410, 429); RFC 9110, section 15 (classes; a status outside 100..599
    // reads as 5xx), 15.5.9 (408); RFC 8470, section 5.2 (425). A status below 200 as the last one is a broken answer.
    Outcome of_status(std::string_view where) const {
        const int code = response_->status;
        if (code >= 200 && code <= 299) return with_answer(Outcome::delivered());
        const bool later = code == 408 || code == 425 || code == 429;
        if (code < 200 || code > 499 || later) {
            return with_answer(Outcome::retry(says(where), retry_after_ms() > 0 ? retry_after_ms() : 0));
        }
        if (code <= 399) return with_answer(Outcome::rejected(says(where) + " (redirects are not followed)"));
        if (code == 410) return with_answer(Outcome::rejected(says(where)).with_gone());
        return with_answer(Outcome::rejected(says(where)));
    }
    Outcome with_answer(Outcome outcome) const {
        return std::move(outcome).with_code(status()).with_response(to_utf8(body(), detail::kMaxExcerpt));
    }
    // "HTTP 503 from hooks.example.com: first line of the body"
    std::string says(std::string_view where) const {
        std::string text = "HTTP " + std::to_string(status());
        if (!where.empty()) text.append(" from ").append(where);
        const std::string line = first_line(body(), detail::kMaxReasonLine);
        return line.empty() ? text : text + ": " + line;
    }
    std::string ended(std::string_view where, std::string_view what) const {
        std::string text = where.empty() ? std::string(what) : std::string(where).append(": ").append(what);
        const std::string line = first_line(error(), detail::kMaxReasonLine);
        return line.empty() ? text : text + ": " + line;
    }

    const fanfare_http_response* response_;
};

class Http {
public:
    // Errors: ConfigError if this host offers no HTTP client.
    explicit Http(const Host& host) : host_(host), http_(host.extension<fanfare_http>(FANFARE_EXT_HTTP)) {
        if (http_ == nullptr) {
            throw ConfigError("this fanfare offers no " FANFARE_EXT_HTTP " to its plugins: upgrade fanfare");
        }
    }

    // Copies the request and returns at once. `done(const HttpResponse&)` is called once, later, never from inside
    // send. What it throws is logged; what it owns is freed after it.
    template <class Done>
    void send(const HttpRequest& request, Done&& done) const {
        using Call = Pending<std::decay_t<Done>>;
        auto call = std::make_unique<Call>(Call{host_, std::forward<Done>(done)});
        fanfare_http_request raw = {};
        raw.struct_size = sizeof raw;
        raw.method = border(request.method);
        raw.url = border(request.url);
        if (request.headers != nullptr) {
            const std::vector<fanfare_kv>& kvs = request.headers->border();
            raw.headers = kvs.data();
            raw.header_count = kvs.size();
        }
        raw.body = border_bytes(request.body);
        raw.deadline_mono_ns = mono_ns(request.deadline);
        raw.max_response_bytes = request.max_response_bytes;
        http_->send(host_.ctx(), &raw, &Call::finish, call.release());
    }

private:
    template <class Done>
    struct Pending {
        Host host;
        Done done;

        static void finish(void* user, const fanfare_http_response* response) noexcept {
            const std::unique_ptr<Pending> self(static_cast<Pending*>(user));
            try {
                self->done(HttpResponse(*response));
            } catch (const std::exception& e) {
                self->host.error(e.what(), {{"in", "http answer"}});
            } catch (...) {
                self->host.error("an exception that is not a std::exception", {{"in", "http answer"}});
            }
        }
    };

    Host host_;
    const fanfare_http* http_;
};

FANFARE_SDK_END
