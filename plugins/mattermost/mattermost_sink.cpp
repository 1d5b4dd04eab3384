// Posts each event as a message to a Mattermost server, by an incoming webhook of it.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/config_json.hpp>
#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/mask.hpp>
#include <fanfare/plugin.hpp>
#include <fanfare/url.hpp>

#include "answer.hpp"
#include "schema.hpp"
#include "text.hpp"

namespace fanfare::plugins::mattermost {
namespace {

constexpr std::size_t kMaxAnswer = 4096;

// Options that stand in every post under their own name, and those that stand in the last post of a text only: once is
// enough for them.
constexpr std::array<std::string_view, 6> kInEveryPost = {"channel",    "username", "icon_url",
                                                          "icon_emoji", "type",     "props"};
constexpr std::array<std::string_view, 2> kInLastPost = {"attachments", "priority"};

struct Posts {
    std::vector<std::string> bodies;
    Deadline deadline;
};

class MattermostSink {
public:
    // One event, one batch: `concurrency` is then what the server sees at once.
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Posts each event as a message to Mattermost",
                                  kSchema,
                                  /*max_batch_events*/ 1};

    MattermostSink(const Host& host, const Config& config)
        : config_(config),
          http_(host),
          url_(base_url(config.str("/host"), "host") + "/hooks/"),
          where_(authority_of(url_, "host")),
          max_characters_(static_cast<std::size_t>(config.i64("/max_characters", 16383))),
          long_text_(config.str("/long_text", "split") == "cut" ? LongText::kCut : LongText::kSplit) {}

    void validate() { Token(); }

    void deliver(Batch&& batch) {
        for_each_event(std::move(batch), [this](const Event& event, Deadline deadline, const auto& answer) {
            try {
                Send(std::make_shared<const Posts>(Posts{Bodies(event), deadline}), 0, answer);
            } catch (const std::invalid_argument& e) {
                answer(Outcome::rejected(e.what()));
            }
        });
    }

private:
    // What the server's own router takes: letters and digits. Errors: ConfigError.
    Secret Token() const {
        Secret token = config_.secret("/token");
        const std::string_view text = token.reveal();
        const bool legal = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
        });
        if (!legal)
            throw ConfigError("token is not letters and digits alone: copy what stands behind /hooks/ and no more");
        return token;
    }

    // Errors: std::invalid_argument, if there is nothing to post.
    std::vector<std::string> Bodies(const Event& event) const {
        const std::vector<std::string> texts = PostsOf(TextOf(event), max_characters_, long_text_);
        if (texts.front().empty() && config_.size("/attachments") == 0) {
            throw std::invalid_argument("the event has no data to post: give the destination a shape with a text");
        }
        std::vector<std::string> bodies;
        for (const std::string& text : texts) {
            std::string body = "{\"text\":";
            append_json_string(body, text);
            AppendOptions(body, kInEveryPost, event);
            if (&text == &texts.back()) AppendOptions(body, kInLastPost, event);
            bodies.push_back(std::move(body) + "}");
        }
        return bodies;
    }

    template <class Names>
    void AppendOptions(std::string& body, const Names& names, const Event& event) const {
        for (const std::string_view name : names) {
            const std::string at = pointer("", name);
            const bool is_empty_table = !config_.find_str(at) && config_.size(at) == 0;
            if (!config_.has(at) || is_empty_table) continue;
            body += ',';
            append_json_string(body, name);
            body += ':';
            append_config_json(body, config_, at, event);
        }
    }

    // The posts from `index` on, one after the other; `answer` takes the outcome of the last one, or of the first that
    // was not taken.
    template <class Answer>
    void Send(const std::shared_ptr<const Posts>& posts, std::size_t index, const Answer& answer) {
        std::string token;
        try {
            token = Token().reveal();
        } catch (const ConfigError& e) {
            return answer(Outcome::retry(e.what()));
        }
        const std::string url = url_ + token;
        HttpHeaders headers;
        headers.add("content-type", "application/json");
        HttpRequest request;
        request.method = "POST";
        request.url = url;
        request.headers = &headers;
        request.body = posts->bodies[index];
        request.deadline = posts->deadline;
        request.max_response_bytes = kMaxAnswer;
        http_.send(request, [this, posts, index, answer, token](const HttpResponse& raw) {
            // The server names the webhook in its errors.
            const MaskedResponse response(raw, {token});
            const Outcome outcome = OutcomeOf(response.get(), where_);
            if (outcome.is_delivered() && index + 1 < posts->bodies.size()) return Send(posts, index + 1, answer);
            answer(outcome);
        });
    }

    Config config_;
    Http http_;
    std::string url_;  // up to the token
    std::string where_;
    std::size_t max_characters_;
    LongText long_text_;
};

}  // namespace
}  // namespace fanfare::plugins::mattermost

FANFARE_PLUGIN(fanfare::plugins::mattermost::MattermostSink);
