// Sends each event as one HTTP request: the data as body, the attributes as CloudEvents headers (binary mode), signed
// as Standard Webhooks says.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/cloudevents.hpp>
#include <fanfare/crypto.hpp>
#include <fanfare/http.hpp>
#include <fanfare/plugin.hpp>

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
    // One event, one request, one batch: so that `concurrency`, which counts batches in flight, is the number of requests
    // that the receiver sees at once.
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
        const bool ordered = batch.ordered();
        const std::size_t count = batch.size();
        const std::shared_ptr<Batch> shared = share(std::move(batch));
        if (ordered) return SendInOrder(shared, 0);
        for (std::size_t i = 0; i < count; ++i) {
            Send(shared, i, [shared, i](const Outcome& outcome) { shared->answer(i, outcome); });
        }
    }

private:
    void SendInOrder(const std::shared_ptr<Batch>& batch, std::size_t index) {
        if (index == batch->size()) return;
        Send(batch, index, [this, batch, index](const Outcome& outcome) {
            batch->answer(index, outcome);
            if (outcome.is_delivered()) return SendInOrder(batch, index + 1);
            batch->answer_all(Outcome::not_attempted("an event before it in the order was not delivered"));
        });
    }

    // `then` takes the outcome, later; or now, if there is nothing to send.
    template <class Then>
    void Send(const std::shared_ptr<Batch>& batch, std::size_t index, Then&& then) {
        const Event event = (*batch)[index];
        try {
            WriteHeaders(event);
        } catch (const ConfigError& e) {
            return then(Outcome::retry(e.what()));
        }
        HttpRequest request;
        request.method = options_.method;
        request.url = options_.url;
        request.headers = &headers_;
        request.body = event.data();
        request.deadline = batch->deadline();
        request.max_response_bytes = kMaxAnswer;
        http_.send(request, [this, then = std::forward<Then>(then)](const HttpResponse& response) {
            then(response.outcome(options_.authority));
        });
    }

    void WriteHeaders(const Event& event) {
        const std::int64_t now = UnixSeconds();
        headers_.clear();
        for (const auto& [name, value] : options_.headers) headers_.add(name, value);
        const std::string_view content_type = binary_content_type(event);
        if (!content_type.empty() && !options_.has_content_type) headers_.add("content-type", content_type);
        for_each_header(event, [&](std::string_view name, std::string_view value) { headers_.add(name, value); });
        headers_.add("idempotency-key", event.delivery_id());
        headers_.add("webhook-id", event.message_id());
        headers_.add("webhook-timestamp", std::to_string(now));
        Sign(event.message_id(), now, event.data(), signature_);
        if (!signature_.empty()) headers_.add("webhook-signature", signature_);
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
