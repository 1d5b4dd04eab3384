#include "command.hpp"

#include <hiredis/hiredis.h>

#include <chrono>
#include <new>

#include <fanfare/cloudevents.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::redis {
namespace {

// Fields of ours. An attribute cannot be called so: CloudEvents reserves `data`, and its names have no '_'
// (1.0.2, 3.1).
constexpr std::string_view kData = "data";
constexpr std::string_view kMessageId = "message_id";
constexpr std::string_view kWholeEvent = "event";

bool Renders(const Event& event, std::string_view name) {
    for (std::size_t i = 0; i < event.header_count(); ++i) {
        if (equal_ignoring_case(event.header(i).name, name)) return true;
    }
    return false;
}

bool IsOurs(std::string_view name) {
    return equal_ignoring_case(name, kData) || equal_ignoring_case(name, kMessageId) ||
           equal_ignoring_case(name, kWholeEvent);
}

}  // namespace

void AppendCommand(std::string& out, const std::vector<std::string_view>& words) {
    thread_local std::vector<const char*> starts;
    thread_local std::vector<std::size_t> lengths;
    starts.clear();
    lengths.clear();
    for (const std::string_view word : words) {
        // hiredis copies from there even if there is nothing to copy.
        starts.push_back(word.empty() ? "" : word.data());
        lengths.push_back(word.size());
    }
    sds command = nullptr;
    const int length =
        redisFormatSdsCommandArgv(&command, static_cast<int>(words.size()), starts.data(), lengths.data());
    if (length < 0 || command == nullptr) throw std::bad_alloc();
    out.append(command, static_cast<std::size_t>(length));
    redisFreeSdsCommand(command);
}

std::optional<Outcome> CommandWriter::Refusal(const Event& event) const {
    constexpr std::size_t kMaxKey = 8192;
    if (options_.key_is_template) {
        const auto key = event.option("/key");
        // What is rendered stays as it is over all attempts, so what is wrong with it will not mend.
        if (!key) {
            return Outcome::rejected("key has become a template since the event was accepted: 'fanfare deliveries retry --render' sends what it makes of it now");
        }
        const bool confined = key->size() >= options_.key_prefix.size() && key->size() <= kMaxKey &&
                              key->substr(0, options_.key_prefix.size()) == options_.key_prefix;
        if (!confined) {
            return Outcome::rejected("key as rendered for this event does not begin with '" +
                                     first_line(options_.key_prefix, 128) +
                                     "', or is longer than 8192 bytes: correct its template, and send the event again");
        }
    }
    if (options_.mode != Mode::kStream) return std::nullopt;
    for (std::size_t i = 0; i < event.header_count(); ++i) {
        const std::string_view name = event.header(i).name;
        if (IsOurs(name)) {
            return Outcome::rejected("headers: '" + first_line(name, 64) +
                                     "' is a field that is set by fanfare itself: remove it from the shape");
        }
    }
    return std::nullopt;
}

std::string_view CommandWriter::KeyOf(const Event& event) const {
    if (!options_.key_is_template) return options_.key;
    return event.option("/key").value_or(std::string_view());
}

void CommandWriter::Append(std::string& out, const Event& event) {
    switch (options_.mode) {
        case Mode::kStream:
            return AppendXadd(out, event);
        case Mode::kChannel:
            return AppendCommand(out, {"PUBLISH", KeyOf(event), Payload(event)});
        case Mode::kList:
            break;
    }
    AppendCommand(out, {options_.push_left ? "LPUSH" : "RPUSH", KeyOf(event), Payload(event)});
    if (!trims()) return;
    limit_ = std::to_string(options_.push_left ? options_.max_length - 1 : -options_.max_length);
    if (options_.push_left) return AppendCommand(out, {"LTRIM", KeyOf(event), "0", limit_});
    AppendCommand(out, {"LTRIM", KeyOf(event), limit_, "-1"});
}

// The data as the shape made it, or the event as one structured CloudEvent.
std::string_view CommandWriter::Payload(const Event& event) {
    if (event.shaped()) return event.data();
    json_.clear();
    append_structured(json_, event, JsonData::as_received);
    return json_;
}

void CommandWriter::AppendXadd(std::string& out, const Event& event) {
    words_.clear();
    words_.insert(words_.end(), {"XADD", KeyOf(event)});
    AddLimit();
    words_.push_back("*");
    AddFields(event);
    AppendCommand(out, words_);
}

// Source: redis.io, XADD: MAXLEN counts entries, MINID removes the IDs below one; IDs begin with milliseconds.
void CommandWriter::AddLimit() {
    if (options_.max_length == 0 && options_.max_age_seconds == 0) return;
    words_.push_back(options_.max_length > 0 ? "MAXLEN" : "MINID");
    words_.push_back(options_.exact_trim ? "=" : "~");
    std::int64_t limit = options_.max_length;
    if (limit == 0) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        limit = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - options_.max_age_seconds * 1000;
    }
    limit_ = std::to_string(limit > 0 ? limit : 0);
    words_.push_back(limit_);
}

void CommandWriter::AddFields(const Event& event) {
    const auto add = [this](std::string_view name, std::string_view value) {
        words_.insert(words_.end(), {name, value});
    };
    for (std::size_t i = 0; i < event.header_count(); ++i) add(event.header(i).name, event.header(i).value);
    add(kMessageId, event.message_id());
    if (options_.json && !event.shaped()) return add(kWholeEvent, Payload(event));
    const auto add_attribute = [&](std::string_view name, std::string_view value) {
        if (event.header_count() == 0 || !Renders(event, name)) add(name, value);
    };
    if (!event.shaped()) {
        detail::for_each_attribute(event,
                                   [&](const Attribute& attribute) { add_attribute(attribute.name, attribute.value); });
    }
    if (!event.content_type().empty()) add_attribute("datacontenttype", event.content_type());
    add(kData, event.data());
}

}  // namespace fanfare::plugins::redis
