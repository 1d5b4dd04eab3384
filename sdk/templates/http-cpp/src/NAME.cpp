// Posts every event to a URL. The request is sent by the host; see <fanfare/http.hpp>.
#include <optional>
#include <string>
#include <utility>

#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/plugin.hpp>
#include <fanfare/url.hpp>

namespace {

// What the operator can write; the host checks it and documents it.
constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["url"],
    "properties": {
        "url": {
            "type": "string",
            "minLength": 1,
            "description": "Address that every event is posted to",
            "examples": ["https://api.example.com/events"]
        },
        "token": {"type": "string", "format": "fanfare-secret", "description": "Sent as \"Authorization: Bearer ...\""}
    }
})json";

class @CLASS@Sink {
public:
    static constexpr fanfare::Info info = {FANFARE_PLUGIN_NAME,
                                           FANFARE_PLUGIN_VERSION,
                                           "@NAME@ maintainers",
                                           "Apache-2.0",
                                           "Posts events to a URL",
                                           kSchema,
                                           /*max_batch_events*/ 16};

    @CLASS@Sink(const fanfare::Host& host, const fanfare::Config& config)
        : config_(config), http_(host), url_(config.str("/url")) {}

    void validate() { where_ = fanfare::authority_of(url_, "url"); }

    // Returns at once: each event is answered when the far side has answered.
    void deliver(fanfare::Batch&& batch) {
        fanfare::for_each_event(std::move(batch), [this](const fanfare::Event& event, fanfare::Deadline deadline, auto answer) {
            http_.send(request_for(event, deadline), [this, answer](const fanfare::HttpResponse& response) {
                answer(response.outcome(where_));
            });
        });
    }

private:
    fanfare::HttpRequest request_for(const fanfare::Event& event, fanfare::Deadline deadline) {
        headers_.clear();
        headers_.add("Idempotency-Key", event.delivery_id());
        if (!event.content_type().empty()) headers_.add("Content-Type", event.content_type());
        for (std::size_t i = 0; i < event.header_count(); ++i) headers_.add(event.header(i).name, event.header(i).value);
        // Asked for at each use: the operator may rotate it.
        if (const std::optional<fanfare::Secret> token = config_.find_secret("/token")) {
            std::string value("Bearer ");
            value += token->reveal();
            headers_.add("Authorization", value);
            fanfare::Secret::wipe(value.data(), value.size());
        }
        fanfare::HttpRequest request;
        request.method = "POST";
        request.url = url_;
        request.headers = &headers_;
        request.body = event.data();
        request.deadline = deadline;
        return request;
    }

    fanfare::Config config_;
    fanfare::Http http_;
    fanfare::HttpHeaders headers_;
    std::string url_;
    std::string where_;  // the host in url_, for reasons
};

}  // namespace

FANFARE_PLUGIN(@CLASS@Sink);
