// What a producer sent (Event) and what we know beside it (Envelope). Values; immutable once accepted.
// Source: CloudEvents 1.0.2, section 3 (context attributes).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace fanfare::model {

// The JSON form of an extension attribute, so that a structured event leaves as it came (CloudEvents JSON format, 2.2).
enum class AttributeKind : std::uint8_t { kString = 0, kInteger = 1, kBoolean = 2 };

struct Attribute {
    std::string name;   // [a-z0-9]+
    std::string value;  // canonical string
    AttributeKind kind = AttributeKind::kString;

    friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Empty optional attributes are absent.
struct Event {
    std::string id;
    std::string source;
    std::string type;
    std::string subject;
    std::string time;
    std::string content_type;  // datacontenttype
    std::string data_schema;
    std::vector<Attribute> extensions;
    std::string data;  // bytes as received

    friend bool operator==(const Event&, const Event&) = default;
};

// The realm of Fanfare's own events: what became of deliveries, destinations and the configuration. Nobody else may send
// into it, and only a route that names it takes its events: one that is to take every event of an application does not
// mean these.
inline constexpr std::string_view kOwnRealm = "fanfare";

// Whether both are the same event, sent twice: equal but for the trace they were sent in, which is that of the request.
// Source: CloudEvents distributed tracing extension ("traceparent", "tracestate").
bool IsSameContent(const Event& a, const Event& b);
inline bool IsTraceAttribute(std::string_view name) { return name == "traceparent" || name == "tracestate"; }

struct Envelope {
    Event event;
    std::string realm;  // empty: none
    base::Time received_at;
};

// Our own name of a stored event: unique over stores and restarts, no dots, never chosen by a producer.
struct EventKey {
    std::uint64_t seq = 0;        // rises with acceptance, never reused within a store
    std::uint32_t store_tag = 0;  // drawn when the store was made

    friend bool operator==(const EventKey&, const EventKey&) = default;
};

// "msg_" + 19 characters of Crockford's base 32. Sorts by acceptance within a store.
std::string ToText(const EventKey& key);
base::Result<EventKey> ParseEventKey(std::string_view text);

struct StoredEvent {
    EventKey key;
    Envelope envelope;
};
using StoredEventPtr = std::shared_ptr<const StoredEvent>;

// Rules of CloudEvents 1.0.2 (3.1) and of the house that hold however the event came in: required attributes not empty,
// names and characters legal, time RFC 3339, realm a name, type at most 256 bytes. All faults at once, each named by the
// JSON pointer of its attribute.
struct Fault {
    std::string pointer;  // "/source"; empty = the whole
    std::string message;
};
std::vector<Fault> Validate(const Envelope& envelope);

}  // namespace fanfare::model
