// Puts each event as one message into a queue of Azure Queue Storage.
#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/crypto.hpp>
#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/mask.hpp>
#include <fanfare/plugin.hpp>
#include <fanfare/url.hpp>

#include "access.hpp"
#include "message.hpp"
#include "schema.hpp"

namespace fanfare::plugins::azure {
namespace {

// The first version with messages that live longer than seven days is 2017-07-29.
constexpr char kVersion[] = "2021-12-02";
constexpr char kContentType[] = "application/xml";
constexpr std::size_t kMaxAnswer = 4096;

// "Fri, 26 Jun 2015 23:39:12 GMT" (RFC 9110, 5.6.7), whatever the process's locale is.
std::string HttpDate(std::time_t now) {
    constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc = {};
    ::gmtime_r(&now, &utc);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                  kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                  utc.tm_sec);
    return text;
}

// One event on its way; what is sent again after the queue was created.
struct Message {
    std::string xml;
    std::string delivery_id;
    Deadline deadline;
};

class AzureSink {
public:
    // One event, one request, one batch: `concurrency` is then what the service sees at once.
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Puts each event as a message into an Azure Storage queue",
                                  kSchema,
                                  /*max_batch_events*/ 1};

    AzureSink(const Host& host, const Config& config)
        : config_(config),
          http_(host),
          crypto_(host),
          queue_(config.str("/queue")),
          body_(config.str("/body", "cloudevent") == "data" ? Body::kData : Body::kCloudEvent),
          base64_(config.boolean("/base64", false)),
          ttl_(config.i64("/ttl_seconds", 604800)),
          visibility_(config.i64("/visibility_seconds", 0)),
          create_queue_(config.boolean("/create_queue", false)) {}

    void validate() {
        ReadAccess(config_);
        if (ttl_ >= 0 && visibility_ >= ttl_) {
            throw ConfigError("visibility_seconds is not less than ttl_seconds: the message would never be seen");
        }
    }

    void deliver(Batch&& batch) {
        for_each_event(std::move(batch), [this](const Event& event, Deadline deadline, const auto& answer) {
            const std::string text = TextOf(event, body_, base64_);
            if (auto why = Unsendable(text, base64_)) return answer(Outcome::rejected(*std::move(why)));
            const Message message{XmlOf(text), std::string(event.delivery_id()), deadline};
            Put(std::make_shared<const Message>(message), create_queue_, answer);
        });
    }

private:
    using Query = std::vector<std::pair<std::string_view, std::string_view>>;

    // `then` takes the outcome.
    template <class Then>
    void Put(std::shared_ptr<const Message> message, bool may_create, Then then) {
        const std::string ttl = std::to_string(ttl_);
        const std::string visibility = std::to_string(visibility_);
        const Query query = {{"messagettl", ttl}, {"visibilitytimeout", visibility}};
        Request({"POST", "/messages", query, message->xml}, *message, 201, then,
                [this, message, may_create, then](const HttpResponse& response, Outcome outcome) {
                    if (!IsQueueMissing(response)) return then(outcome);
                    if (may_create) return Create(message, then);
                    if (create_queue_) {
                        outcome.kind = FANFARE_RETRY;  // created just now, and not to be seen yet
                    } else {
                        outcome.reason += " (" + queue_ + "): create it, or set create_queue = true";
                    }
                    then(outcome);
                });
    }

    // 204: it is there already, another request was quicker.
    template <class Then>
    void Create(std::shared_ptr<const Message> message, Then then) {
        Request({"PUT", "", {}, {}}, *message, 201, then,
                [this, message, then](const HttpResponse& response, Outcome outcome) {
                    const bool is_there = response.done() && response.status() == 204;
                    if (outcome.is_delivered() || is_there) return Put(message, false, then);
                    if (!outcome.reason.empty()) outcome.reason.insert(0, "creating queue " + queue_ + ": ");
                    then(outcome);
                });
    }

    struct Operation {
        std::string_view method;
        std::string_view path;  // below the queue
        Query query;
        std::string_view body;
    };

    // `done` takes the response and what it means. If it cannot be sent now, `then` has the outcome at once.
    template <class Then, class Done>
    void Request(const Operation& operation, const Message& message, int success, const Then& then, Done done) {
        std::string url;
        std::string signature;
        std::string where;
        try {
            const Access access = ReadAccess(config_);
            where = authority_of(access.endpoint, "endpoint");
            url = access.endpoint + "/" + queue_ + std::string(operation.path);
            signature = Authorize(operation, message, access, path_of(url));
            AppendQuery(url, operation.query, access.sas);
        } catch (const ConfigError& e) {
            return then(Outcome::retry(e.what()));
        }
        HttpRequest request;
        request.method = operation.method;
        request.url = url;
        request.headers = &headers_;
        request.body = operation.body;
        request.deadline = message.deadline;
        request.max_response_bytes = kMaxAnswer;
        http_.send(request, [done = std::move(done), where, signature, success](const HttpResponse& raw) {
            // A service may repeat a SAS as it came or decoded.
            const MaskedResponse response(raw, {signature, percent_decoded(signature)});
            done(response.get(), OutcomeOf(response.get(), success, where));
        });
    }

    // Fills headers_. The signature, which the service may repeat in its answer.
    std::string Authorize(const Operation& operation, const Message& message, const Access& access,
                          std::string_view path) {
        const std::string date = HttpDate(std::time(nullptr));
        headers_.clear();
        SignedRequest to_sign;
        to_sign.method = operation.method;
        to_sign.content_length = operation.body.size();
        to_sign.path = path;
        to_sign.query = operation.query;
        to_sign.headers = {
            {"x-ms-client-request-id", message.delivery_id}, {"x-ms-date", date}, {"x-ms-version", kVersion}};
        for (const auto& [name, value] : to_sign.headers) headers_.add(name, value);
        if (!operation.body.empty()) {
            to_sign.content_type = kContentType;
            headers_.add("content-type", kContentType);
        }
        if (access.key.empty()) return std::string(SignatureIn(access.sas));
        std::string signature = Signature(to_sign, access, crypto_);
        headers_.add("authorization", "SharedKey " + access.account + ":" + signature);
        return signature;
    }

    static std::string_view SignatureIn(std::string_view sas) {
        const std::size_t begin = sas.substr(0, 4) == "sig=" ? 4 : sas.find("&sig=") + 5;
        return sas.substr(begin, sas.find('&', begin) - begin);
    }

    static void AppendQuery(std::string& url, const Query& query, std::string_view sas) {
        char separator = '?';
        for (const auto& [name, value] : query) {
            url.append(1, std::exchange(separator, '&')).append(name).append(1, '=').append(value);
        }
        if (!sas.empty()) url.append(1, separator).append(sas);
    }

    Config config_;
    Http http_;
    Crypto crypto_;
    std::string queue_;
    Body body_;
    bool base64_;
    std::int64_t ttl_;
    std::int64_t visibility_;
    bool create_queue_;
    HttpHeaders headers_;
};

}  // namespace
}  // namespace fanfare::plugins::azure

FANFARE_PLUGIN(fanfare::plugins::azure::AzureSink);
