// Starts an automated build on Docker Hub for each event, by a build trigger. The data of the event is not sent.
// Source: the build trigger of the Python package eventhooks (DockerCloudWebHook): address and body are the same, byte
// for byte. Docker's own pages on build triggers are gone; their last form (Docker 17.06) has source_type and
// source_name.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/mask.hpp>
#include <fanfare/plugin.hpp>
#include <fanfare/url.hpp>

#include "schema.hpp"

namespace fanfare::plugins::dockerhub {
namespace {

constexpr std::size_t kMaxAnswer = 2048;

class DockerhubSink {
public:
    // One event, one build, one batch: `concurrency` is then what Docker Hub sees at once.
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Starts an automated build on Docker Hub for each event",
                                  kSchema,
                                  /*max_batch_events*/ 1};

    DockerhubSink(const Host& host, const Config& config)
        : config_(config),
          http_(host),
          base_url_(base_url(config.str("/base_url", "https://hub.docker.com"), "base_url")),
          where_(authority_of(base_url_, "base_url")),
          source_type_(config.str("/source_type", "Branch")),
          source_name_(config.str("/source_name", "master")),
          name_is_template_(source_name_.find("{{") != std::string::npos) {}

    void validate() {
        Part("/source");
        Part("/trigger");
    }

    void deliver(Batch&& batch) {
        for_each_event(std::move(batch), [this](const Event& event, Deadline deadline, const auto& answer) {
            const std::optional<std::string_view> name = NameOf(event);
            if (!name) {
                return answer(
                    Outcome::rejected("source_name has become a template since the event was accepted: "
                                      "'fanfare deliveries retry --render' sends what it makes of it now"));
            }
            if (name->find_first_not_of(' ') == std::string_view::npos) {
                return answer(Outcome::rejected("source_name is empty for this event: there is nothing to build"));
            }
            try {
                Send(*name, deadline, answer);
            } catch (const ConfigError& e) {
                answer(Outcome::retry(e.what()));
            }
        });
    }

private:
    std::optional<std::string_view> NameOf(const Event& event) const {
        if (const auto rendered = event.option("/source_name")) return rendered;
        if (name_is_template_) return std::nullopt;
        return source_name_;
    }

    // One segment of the address. Errors: ConfigError.
    Secret Part(std::string_view at) const {
        Secret part = config_.secret(at);
        if (part.reveal().find_first_of("/?# \t\r\n") != std::string_view::npos) {
            throw ConfigError(std::string(at.substr(1)) +
                              " is more than one part of the trigger's address: copy what stands between "
                              "the slashes");
        }
        return part;
    }

    template <class Answer>
    void Send(std::string_view name, Deadline deadline, const Answer& answer) {
        const Secret source = Part("/source");
        const Secret trigger = Part("/trigger");
        std::string url = base_url_ + "/api/build/v1/source/";
        append_percent_encoded(url, source.reveal());
        url += "/trigger/";
        append_percent_encoded(url, trigger.reveal());
        url += "/call/";
        std::string body = R"({"source_type": ")" + source_type_ + R"(", "source_name": )";
        append_json_string(body, name);
        body += '}';
        HttpHeaders headers;
        headers.add("content-type", "application/json");
        HttpRequest request;
        request.method = "POST";
        request.url = url;
        request.headers = &headers;
        request.body = body;
        request.deadline = deadline;
        request.max_response_bytes = kMaxAnswer;
        http_.send(request, [answer, where = where_,
                             secrets = std::pair(std::string(source.reveal()), std::string(trigger.reveal()))](
                                const HttpResponse& raw) {
            const MaskedResponse response(raw, {secrets.first, secrets.second});
            answer(OutcomeOf(response.get(), where));
        });
    }

    static Outcome OutcomeOf(const HttpResponse& response, std::string_view where) {
        Outcome outcome = response.outcome(where);
        const bool unknown = response.status() == 403 || response.status() == 404;
        if (response.done() && unknown)
            outcome.reason += "; no such trigger: compare source and trigger with its address";
        return outcome;
    }

    Config config_;
    Http http_;
    std::string base_url_;
    std::string where_;
    std::string source_type_;
    std::string source_name_;
    bool name_is_template_;
};

}  // namespace
}  // namespace fanfare::plugins::dockerhub

FANFARE_PLUGIN(fanfare::plugins::dockerhub::DockerhubSink);
