// Sends each event as one HTTP request: the data as body, the attributes as CloudEvents headers (binary mode), or what
// a shape made of them; signed as Standard Webhooks says.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/cloudevents.hpp>
#include <fanfare/crypto.hpp>
#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/plugin.hpp>
#include <fanfare/url.hpp>

#include "options.hpp"
#include "schema.hpp"
#include "signature.hpp"

namespace fanfare::plugins::webhook {
namespace {

// Read of an answer: enough for a reason and an excerpt.
constexpr std::size_t kMaxAnswer = 2048;

std::int64_t UnixSeconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

class WebhookSink {
public:
    // One event, one request, one batch: so that `concurrency`, which counts batches in flight, is the number of
    // requests that the receiver sees at once.
    static constexpr Info info = {
        FANFARE_PLUGIN_NAME,
        FANFARE_PLUGIN_VERSION,
        "The Fanfare authors",
        "Apache-2.0",
        "Sends each event to a URL, as CloudEvent over HTTP with Standard Webhooks signatures",
        kSchema,
        /*max_batch_events*/ 1};

    WebhookSink(const Host& host, const Config& config)
        : config_(config), http_(host), crypto_(host), options_(ReadOptions(config)) {}

    void validate() {
        std::string ignored;
        Sign("msg_check", UnixSeconds(), {}, ignored);
    }

    void deliver(Batch&& batch) {
        for_each_event(std::move(batch), [this](const Event& event, Deadline deadline, const auto& answer) {
            Target target;
            if (const std::optional<Outcome> unsendable = Prepare(event, target)) return answer(*unsendable);
            HttpRequest request;
            request.method = options_.method;
            request.url = target.url;
            request.headers = &headers_;
            request.body = event.data();
            request.deadline = deadline;
            request.max_response_bytes = kMaxAnswer;
            http_.send(request, [answer, where = std::move(target.authority)](const HttpResponse& response) {
                answer(response.outcome(where));
            });
        });
    }

private:
    struct Target {
        std::string_view url;
        std::string authority;
    };

    // Finds the target and fills headers_; the outcome, if the event cannot be sent. What is rendered stays as it is
    // over all attempts, so what is wrong with it will not mend; a secret may.
    std::optional<Outcome> Prepare(const Event& event, Target& target) {
        try {
            target = TargetOf(event);
            for (std::size_t i = 0; i < event.header_count(); ++i) {
                CheckHeader(event.header(i).name, event.header(i).value, /*with_attributes*/ !event.shaped());
            }
        } catch (const ConfigError& e) {
            return Outcome::rejected(std::string("what is rendered for this event cannot be sent: ") + e.what());
        }
        try {
            WriteHeaders(event);
        } catch (const ConfigError& e) {
            return Outcome::retry(e.what());
        }
        return std::nullopt;
    }

    Target TargetOf(const Event& event) const {
        if (const auto url = event.option("/url")) return {*url, authority_of(*url, "url")};
        if (!options_.url_is_template) return {options_.url, options_.authority};
        throw ConfigError("url has become a template since the event was accepted: 'fanfare deliveries retry --render' sends what it makes of it now");
    }

    void WriteHeaders(const Event& event) {
        const std::int64_t now = UnixSeconds();
        headers_.clear();
        for (const auto& [name, value] : options_.headers) {
            if (!Renders(event, name)) headers_.add(name, value);
        }
        for (std::size_t i = 0; i < event.header_count(); ++i) {
            headers_.add(event.header(i).name, event.header(i).value);
        }
        const std::string_view content_type = event.shaped() ? event.content_type() : binary_content_type(event);
        const bool has_content_type = options_.has_content_type || Renders(event, "content-type");
        if (!content_type.empty() && !has_content_type) headers_.add("content-type", content_type);
        if (!event.shaped()) {
            for_each_header(event, [&](std::string_view name, std::string_view value) { headers_.add(name, value); });
        }
        AddTrace(event);
        headers_.add("idempotency-key", event.delivery_id());
        headers_.add("webhook-id", event.message_id());
        headers_.add("webhook-timestamp", std::to_string(now));
        Sign(event.message_id(), now, event.data(), signature_);
        if (!signature_.empty()) headers_.add("webhook-signature", signature_);
    }

    // The trace that the event came in, as the next hop expects it (W3C Trace Context, 3.2).
    void AddTrace(const Event& event) {
        for (std::size_t i = 0; i < event.extension_count(); ++i) {
            const auto extension = event.extension(i);
            const bool is_trace = extension.name == "traceparent" || extension.name == "tracestate";
            if (is_trace && !Renders(event, extension.name)) headers_.add(extension.name, extension.value);
        }
    }

    static bool Renders(const Event& event, std::string_view name) {
        for (std::size_t i = 0; i < event.header_count(); ++i) {
            if (equal_ignoring_case(event.header(i).name, name)) return true;
        }
        return false;
    }

    // Writes the value of webhook-signature; empty if no secret is configured. A configured one that cannot be used now
    // is an error: a receiver that verifies must never see a request without it. Errors: ConfigError.
    void Sign(std::string_view message_id, std::int64_t unix_s, std::string_view body, std::string& out) {
        out.clear();
        if (options_.secrets.empty()) return;
        WriteSignedContent(content_, message_id, unix_s, body);
        for (const std::string& at : options_.secrets) {
            const Secret secret = config_.secret(at);
            std::optional<std::string> key = KeyOf(secret.reveal());
            if (!key) {
                throw ConfigError("option " + at + " is not 24 to 64 bytes in base64: make a secret with " +
                                  "'openssl rand -base64 32'");
            }
            AppendSignature(out, crypto_, *key, content_);
            Secret::wipe(key->data(), key->size());
        }
    }

    Config config_;
    Http http_;
    Crypto crypto_;
    Options options_;
    HttpHeaders headers_;
    std::string signature_;
    std::string content_;
};

}  // namespace
}  // namespace fanfare::plugins::webhook

FANFARE_PLUGIN(fanfare::plugins::webhook::WebhookSink);
