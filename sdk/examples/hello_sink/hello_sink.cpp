// The smallest useful plugin: one log line per event. Copy this folder to start your own.
#include <string>

#include <fanfare/plugin.hpp>

namespace {

constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "greeting": {"type": "string", "default": "hello", "description": "The word before the event's type"}
    }
})json";

class HelloSink {
public:
    static constexpr fanfare::Info info = {FANFARE_PLUGIN_NAME,
                                           FANFARE_PLUGIN_VERSION,
                                           "Example Ltd",
                                           "Apache-2.0",
                                           "Greets every event in the log",
                                           kSchema,
                                           /*max_batch_events*/ 16};

    HelloSink(const fanfare::Host& host, const fanfare::Config& config)
        : host_(host), greeting_(config.str("/greeting")) {}

    void validate() {
        if (greeting_.empty()) throw fanfare::ConfigError("greeting is empty: write at least one character");
    }

    fanfare::Outcome deliver(const fanfare::Event& event) {
        if (event.data().empty()) return fanfare::Outcome::rejected("the event has no data to greet");
        host_.info(greeting_, {{"type", event.type()}, {"id", event.id()}});
        return fanfare::Outcome::delivered();
    }

private:
    fanfare::Host host_;
    std::string greeting_;
};

}  // namespace

FANFARE_PLUGIN(HelloSink);
