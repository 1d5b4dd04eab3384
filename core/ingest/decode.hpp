// From the bytes of a request to events. Pure: no store, no socket.
// Sources: CloudEvents 1.0.2 HTTP protocol binding (3.1 binary, 3.2 structured, 3.3 batched), JSON event format (2-4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/event.hpp"

namespace fanfare::ingest {

struct NamedValue {
    std::string_view name;  // compare without case
    std::string_view value;
};

struct Input {
    std::string_view realm_in_path;  // of /v1/realms/{realm}/events, percent-decoded; empty otherwise
    std::vector<NamedValue> headers;
    std::string_view body;
    base::Time now;
};

struct DecodeLimits {
    std::size_t event_bytes = 1u << 20;  // data of one event
    std::size_t batch_events = 10'000;
    std::size_t json_depth = 64;
};

// What is wrong with a request. `faults` names each place by a JSON pointer into the body ("/3/source" in a batch), or
// by a header's name ("ce-time").
struct Refusal {
    base::Error error;
    std::vector<model::Fault> faults;
};

struct Decoded {
    std::vector<model::Envelope> events;  // empty if refused
    std::optional<Refusal> refusal;
};

// Modes by Content-Type, in this order: application/cloudevents-batch+json, application/cloudevents+json, ce-* headers
// (binary), application/x-ndjson, application/json (plain), anything else (opaque data). All events or none.
Decoded Decode(const Input& input, const DecodeLimits& limits);

}  // namespace fanfare::ingest
