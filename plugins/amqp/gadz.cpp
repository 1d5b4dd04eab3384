#include "gadz.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <fanfare/host.hpp>
#include <fanfare/json_text.hpp>

namespace fanfare::plugins::amqp {
namespace {

// The members of an object, name and value as they stand in a text that is JSON.
class Members {
public:
    explicit Members(std::string_view object) : text_(object), at_(object.find_first_not_of(kSpace)) {
        if (at_ != std::string_view::npos) ++at_;
    }
    // False after the last one.
    bool Next(std::string_view& name, std::string_view& value) {
        SkipTo('"');
        if (at_ >= text_.size()) return false;
        const std::size_t begin = at_;
        SkipString();
        name = text_.substr(begin + 1, at_ - begin - 2);
        SkipTo(':');
        at_ = text_.find_first_not_of(kSpace, at_ + 1);
        const std::size_t from = at_;
        SkipValue();
        value = text_.substr(from, at_ - from);
        while (!value.empty() && kSpace.find(value.back()) != std::string_view::npos) value.remove_suffix(1);
        return true;
    }

private:
    static constexpr std::string_view kSpace = " \t\r\n";

    void SkipTo(char c) { at_ = std::min(text_.find(c, at_), text_.size()); }
    void SkipString() {
        for (++at_; text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') ++at_;
        }
        ++at_;
    }
    // To the comma or brace behind it.
    void SkipValue() {
        int depth = 0;
        for (; depth > 0 || (text_[at_] != ',' && text_[at_] != '}'); ++at_) {
            if (text_[at_] == '"') {
                SkipString();
                --at_;
            } else if (text_[at_] == '{' || text_[at_] == '[') {
                ++depth;
            } else if (text_[at_] == '}' || text_[at_] == ']') {
                --depth;
            }
        }
    }

    std::string_view text_;
    std::size_t at_;
};

struct Envelope {
    bool whole = false;  // all that an envelope must have is there
    std::string_view data;
};

Envelope Inspect(std::string_view json) {
    Envelope out;
    const std::size_t first = json.find_first_not_of(" \t\r\n");
    if (json[first] != '{') return out;
    constexpr std::array<std::string_view, 5> kNeeded = {"event_name", "event_uuid", "event_creation_time",
                                                         "event_sender_id", "data"};
    std::size_t found = 0;
    std::string_view name;
    std::string_view value;
    for (Members members(json); members.Next(name, value);) {
        for (const std::string_view needed : kNeeded) found += name == needed ? 1 : 0;
        if (name == "data") out.data = value;
    }
    out.whole = found == kNeeded.size();
    return out;
}

std::string_view JsonOf(const Event& event) {
    const std::string_view data = event.data().empty() ? std::string_view("null") : event.data();
    if (!is_json(data))
        throw ConfigError("its data is not JSON, as a message of Gadz.org has it: send JSON, or set form");
    return data;
}

std::string ReceivedAt(const Event& event) {
    const std::time_t seconds = static_cast<std::time_t>(event.received_unix_ns() / 1'000'000'000);
    std::tm parts = {};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

void AppendMember(std::string& out, std::string_view name, std::string_view value) {
    out += out.empty() ? '{' : ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
}

}  // namespace

std::string_view GadzEnvelope(const Event& event, std::string& storage) {
    const std::string_view data = JsonOf(event);
    if (Inspect(data).whole) return data;
    storage.clear();
    AppendMember(storage, "event_name", event.type());
    AppendMember(storage, "event_uuid", event.id());
    AppendMember(storage, "event_creation_time", event.time().empty() ? ReceivedAt(event) : std::string(event.time()));
    AppendMember(storage, "event_sender_id", event.source());
    storage += ",\"data\":";
    storage += data;
    storage += '}';
    return storage;
}

std::string_view GadzData(const Event& event) {
    const std::string_view data = JsonOf(event);
    const Envelope envelope = Inspect(data);
    return envelope.whole ? envelope.data : data;
}

std::string_view GadzType(std::string_view routing_key) {
    const std::string_view word = routing_key.substr(0, routing_key.find('.'));
    for (const std::string_view known : {"request", "reply", "log"}) {
        if (word == known) return known;
    }
    return "event";
}

}  // namespace fanfare::plugins::amqp
