// Uses what ABI 1.0 offers to C++, and posts what it was given, one "name=value" a line.
#include <string>
#include <utility>

#include <fanfare/crypto.hpp>
#include <fanfare/each_event.hpp>
#include <fanfare/http.hpp>
#include <fanfare/plugin.hpp>

namespace {

constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": false,
    "required": ["url", "words", "table", "number", "ratio", "flag", "token"],
    "properties": {
        "url": {"type": "string", "description": "Where reports are posted", "examples": ["https://api.example.com/"]},
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 2, "description": "A list",
                  "examples": [["one", "two"]]},
        "table": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1,
                  "description": "A table", "examples": [{"key": "value"}]},
        "number": {"type": "integer", "description": "An integer", "examples": [7]},
        "ratio": {"type": "number", "description": "A number"},
        "flag": {"type": "boolean", "description": "True or false"},
        "preset": {"type": "string", "default": "as the schema says", "description": "One with a default"},
        "token": {"type": "string", "format": "fanfare-secret", "description": "A secret"}
    }
})json";

class Poster {
public:
    static constexpr fanfare::Info info = {FANFARE_PLUGIN_NAME, FANFARE_PLUGIN_VERSION, "Fanfare", "Apache-2.0",
                                           "Posts what it was given", kSchema, /*max_batch_events*/ 4};

    Poster(const fanfare::Host& host, const fanfare::Config& config)
        : host_(host), config_(config), http_(host), crypto_(host), url_(config.str("/url")) {}

    void validate() {
        if (config_.i64("/number") < 0) throw fanfare::ConfigError("number is negative: make it 0 or more");
    }
    void start() { host_.info("golden plugin starts", {{"words", std::to_string(config_.size("/words"))}}); }
    void stop(fanfare::Deadline) { host_.info("golden plugin stops"); }
    void cancel(std::uint64_t batch) { host_.info("golden plugin cancels", {{"batch", std::to_string(batch)}}); }

    void deliver(fanfare::Batch&& batch) {
        fanfare::for_each_event(std::move(batch), [this](const fanfare::Event& event, fanfare::Deadline deadline, auto answer) {
            if (event.type() == "throw") throw std::runtime_error("thrown by the golden plugin");
            const std::string report = options() + attributes(event);
            headers_.clear();
            for (std::size_t i = 0; i < event.header_count(); ++i) headers_.add(event.header(i).name, event.header(i).value);
            fanfare::HttpRequest request;
            request.method = "POST";
            request.url = url_;
            request.headers = &headers_;
            request.body = report;
            request.deadline = deadline;
            http_.send(request, [answer](const fanfare::HttpResponse& response) { answer(response.outcome("the far side")); });
        });
    }

private:
    static std::string line(std::string_view name, std::string_view value) {
        return std::string(name).append("=").append(value).append("\n");
    }
    std::string options() const {
        std::string out = line("words", config_.str("/words/0") + "," + config_.str("/words/1"));
        out += line("table", config_.key("/table", 0) + ":" + config_.str("/table/" + config_.key("/table", 0)));
        out += line("number", std::to_string(config_.i64("/number")));
        out += line("ratio", config_.f64("/ratio") == 0.5 ? "one half" : "another");
        out += line("flag", config_.boolean("/flag") ? "yes" : "no");
        out += line("preset", config_.str("/preset"));
        const fanfare::Secret token = config_.secret("/token");
        out += line("hmac", hex(crypto_.hmac_sha256(token.reveal(), "golden")));
        return out;
    }
    static std::string attributes(const fanfare::Event& event) {
        std::string out = line("id", event.id()) + line("source", event.source()) + line("type", event.type());
        out += line("subject", event.subject()) + line("content_type", event.content_type());
        out += line("attempt", std::to_string(event.attempt())) + line("realm", event.realm());
        out += line("delivery", event.delivery_id().substr(0, 4)) + line("message", event.message_id().substr(0, 4));
        for (std::size_t i = 0; i < event.extension_count(); ++i) {
            out += line(event.extension(i).name, event.extension(i).value);
        }
        return out + line("data", event.data());
    }
    static std::string hex(const fanfare::Digest& digest) {
        std::string out;
        for (const std::uint8_t byte : digest) out.append({"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
        return out;
    }

    fanfare::Host host_;
    fanfare::Config config_;
    fanfare::Http http_;
    fanfare::Crypto crypto_;
    fanfare::HttpHeaders headers_;
    std::string url_;
};

}  // namespace

FANFARE_PLUGIN(Poster);
