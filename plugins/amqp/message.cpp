#include "message.hpp"

#include <charconv>
#include <chrono>
#include <vector>

#include <fanfare/cloudevents.hpp>
#include <fanfare/host.hpp>

#include "frame.hpp"
#include "gadz.hpp"

namespace fanfare::plugins::amqp {
namespace {

constexpr std::size_t kMaxShort = 255;

std::string_view ExtensionOf(const Event& event, std::string_view name) {
    for (std::size_t i = 0; i < event.extension_count(); ++i) {
        if (event.extension(i).name == name) return event.extension(i).value;
    }
    return {};
}

// CloudEvents 3.1: an integer has 32 bits; what is larger stays a string.
std::optional<std::int32_t> NumberOf(const Attribute& extension) {
    std::int32_t number = 0;
    const char* const end = extension.value.data() + extension.value.size();
    const auto [parsed, error] = std::from_chars(extension.value.data(), end, number);
    const bool fits = extension.kind == AttributeKind::integer && error == std::errc() && parsed == end;
    return fits ? std::optional(number) : std::nullopt;
}

// `digits` digits at `at`; -1 if they are none.
int NumberAt(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return -1;
    int value = 0;
    const char* const from = text.data() + at;
    const auto [end, error] = std::from_chars(from, from + digits, value);
    return error == std::errc() && end == from + digits && value >= 0 ? value : -1;
}

// "Z", "+01:00": minutes to the east.
std::optional<int> ZoneAt(std::string_view text, std::size_t at) {
    if (at >= text.size()) return std::nullopt;
    if (text[at] == 'Z' || text[at] == 'z') return 0;
    const int hours = NumberAt(text, at + 1, 2);
    const int minutes = NumberAt(text, at + 4, 2);
    if (hours < 0 || minutes < 0) return std::nullopt;
    return (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<std::uint64_t> UnixSeconds(std::string_view time) {
    using namespace std::chrono;
    const year_month_day date{year(NumberAt(time, 0, 4)), month(static_cast<unsigned>(NumberAt(time, 5, 2))),
                              day(static_cast<unsigned>(NumberAt(time, 8, 2)))};
    const int hour = NumberAt(time, 11, 2);
    const int minute = NumberAt(time, 14, 2);
    const int second = NumberAt(time, 17, 2);
    const auto zone = ZoneAt(time, time.find_first_of("Zz+-", 19));
    if (!date.ok() || hour < 0 || minute < 0 || second < 0 || !zone) return std::nullopt;
    const sys_seconds at = sys_days(date) + hours(hour) + minutes(minute - *zone) + seconds(second);
    const auto since = at.time_since_epoch().count();
    return since < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(since));
}

MessageWriter::MessageWriter(const Options& options, std::string_view host_version)
    : options_(options), client_library_("Fanfare " + std::string(host_version)) {}

const Message& MessageWriter::Compose(const Event& event) {
    message_ = {};
    headers_.clear();
    names_.clear();
    message_.routing_key = RoutingKey(event);
    AddHeader(kDeliveryHeader, event.delivery_id());
    if (options_.form == Form::kCloudEvents) {
        ComposeCloudEvent(event);
    } else {
        ComposeGadz(event);
    }
    AddCommon(event);
    return message_;
}

std::string_view MessageWriter::RoutingKey(const Event& event) const {
    std::string_view key = options_.routing_key.empty() ? event.type() : std::string_view(options_.routing_key);
    if (const auto rendered = event.option("/routing_key")) {
        key = *rendered;
    } else if (options_.routing_key_is_template) {
        throw ConfigError("routing_key has become a template since the event was accepted: 'fanfare deliveries retry --render' sends what it makes of it now");
    }
    if (key.size() > kMaxShort) {
        throw ConfigError("its routing key has " + std::to_string(key.size()) +
                          " bytes, and AMQP allows 255: set a shorter routing_key");
    }
    return key;
}

void MessageWriter::ComposeCloudEvent(const Event& event) {
    amqp_basic_properties_t& properties = message_.properties;
    message_.body = event.data();
    const std::string_view content_type = event.shaped() ? event.content_type() : binary_content_type(event);
    Set(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type, content_type, "content type");
    Set(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id, event.message_id(), "message id");
    const std::string_view app_id = options_.app_id;
    Set(AMQP_BASIC_APP_ID_FLAG, properties.app_id, app_id.empty() ? "fanfare" : app_id, "app_id");
    if (!event.shaped()) AddAttributes(event);
}

// The properties are part of the form, so they stand there also if a shape has made the body.
void MessageWriter::ComposeGadz(const Event& event) {
    amqp_basic_properties_t& properties = message_.properties;
    const bool first = options_.form == Form::kGadz1;
    if (event.shaped()) {
        message_.body = event.data();
    } else {
        message_.body = first ? GadzEnvelope(event, envelope_) : GadzData(event);
    }
    const bool typed = event.shaped() && !event.content_type().empty();
    Set(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type, typed ? event.content_type() : "application/json",
        "content type");
    Set(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id, event.id(), "id");
    Set(AMQP_BASIC_APP_ID_FLAG, properties.app_id, options_.app_id.empty() ? event.source() : options_.app_id,
        "source");
    Set(AMQP_BASIC_TYPE_FLAG, properties.type, GadzType(message_.routing_key), "type");
    AddHeader("soa-version", first ? "1.0" : "2.0");
    if (first) return;
    AddHeader("client-library", client_library_);
    // Consumers of gorg_service add to it without looking whether it is there.
    AddNumber("softfail-count", 0);
}

void MessageWriter::AddCommon(const Event& event) {
    amqp_basic_properties_t& properties = message_.properties;
    properties._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties.delivery_mode = options_.persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    if (options_.priority) {
        properties._flags |= AMQP_BASIC_PRIORITY_FLAG;
        properties.priority = *options_.priority;
    }
    Set(AMQP_BASIC_EXPIRATION_FLAG, properties.expiration, options_.expiration, "expiration");
    if (!event.shaped() || options_.form != Form::kCloudEvents) {
        properties._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
        const auto received = static_cast<std::uint64_t>(event.received_unix_ns() / 1'000'000'000);
        properties.timestamp = UnixSeconds(event.time()).value_or(received);
        Set(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id, ExtensionOf(event, "correlationid"),
            "correlationid");
    }
    AddRendered(event);
    properties.headers = {static_cast<int>(headers_.size()), headers_.data()};
}

// They replace what stands there by the same name.
void MessageWriter::AddRendered(const Event& event) {
    for (std::size_t i = 0; i < event.header_count(); ++i) {
        const auto [name, value] = event.header(i);
        if (name.empty() || name.size() > kMaxShort) {
            throw ConfigError("a header of its shape has a name of " + std::to_string(name.size()) +
                              " bytes, and AMQP allows 1 to 255: change it");
        }
        if (name == kDeliveryHeader) {
            throw ConfigError("the header fanfare-delivery is set by fanfare itself: remove it from the shape");
        }
        std::erase_if(headers_, [name = name](const amqp_table_entry_t& entry) { return View(entry.key) == name; });
        AddHeader(name, value);
    }
}

void MessageWriter::AddAttributes(const Event& event) {
    AddHeader("cloudEvents_specversion", "1.0");
    AddHeader("cloudEvents_id", event.id());
    AddHeader("cloudEvents_source", event.source());
    AddHeader("cloudEvents_type", event.type());
    if (!event.subject().empty()) AddHeader("cloudEvents_subject", event.subject());
    if (!event.time().empty()) AddHeader("cloudEvents_time", event.time());
    if (!event.data_schema().empty()) AddHeader("cloudEvents_dataschema", event.data_schema());
    for (std::size_t i = 0; i < event.extension_count(); ++i) AddExtension(event.extension(i));
    // A type of 256 bytes stands among the headers only.
    const std::string_view type = event.type();
    Set(AMQP_BASIC_TYPE_FLAG, message_.properties.type, type.size() > kMaxShort ? std::string_view() : type, "type");
}

void MessageWriter::AddExtension(const Attribute& extension) {
    const std::string& name = names_.emplace_back("cloudEvents_" + std::string(extension.name));
    amqp_field_value_t value = {};
    if (extension.kind == AttributeKind::boolean) {
        value.kind = AMQP_FIELD_KIND_BOOLEAN;
        value.value.boolean = extension.value == "true" ? 1 : 0;
        headers_.push_back({Bytes(name), value});
    } else if (const auto number = NumberOf(extension)) {
        AddNumber(name, *number);
    } else {
        AddHeader(name, extension.value);
    }
}

void MessageWriter::AddHeader(std::string_view name, std::string_view text) {
    amqp_field_value_t value = {};
    value.kind = AMQP_FIELD_KIND_UTF8;
    value.value.bytes = Bytes(text);
    headers_.push_back({Bytes(name), value});
}

void MessageWriter::AddNumber(std::string_view name, std::int32_t number) {
    amqp_field_value_t value = {};
    value.kind = AMQP_FIELD_KIND_I32;
    value.value.i32 = number;
    headers_.push_back({Bytes(name), value});
}

// Empty: the property is left out.
void MessageWriter::Set(amqp_flags_t flag, amqp_bytes_t& property, std::string_view value, const char* what) {
    if (value.empty()) return;
    if (value.size() > kMaxShort) {
        throw ConfigError("its " + std::string(what) + " has " + std::to_string(value.size()) +
                          " bytes, and AMQP allows 255: shorten it");
    }
    message_.properties._flags |= flag;
    property = Bytes(value);
}

}  // namespace fanfare::plugins::amqp
