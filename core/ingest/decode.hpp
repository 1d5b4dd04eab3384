// From the bytes of a request to events. Pure: no store, no socket.
// Sources: CloudEvents 1.0.2 HTTP protocol binding (3.1 binary, 3.2 structured, 3.3 batched), JSON event format (2-4).
//
// Modes by Content-Type, in this order:
//   application/cloudevents-batch+json  batch; [] is legal
//   application/cloudevents+json        structured; any other application/cloudevents... is 415
//   any, with a ce-* header             binary
//   application/x-ndjson                lines: one plain event per line that is not empty
//   */json, */*+json                    plain: the body is the data, and must be JSON
//   anything else, or none              plain: the body is opaque data
// The realm is that of the path, else of the header Fanfare-Realm, else of the CloudEvents extension `realm`, which
// stays an extension; two that differ are refused, an empty one is none.
//
// A plain event that is JSON takes its attributes from the profile of its realm, which may also refuse it, fill in its
// data or drop it. The headers below win over the profile; its times are left out where they are none.
//
// Other plain events take their attributes from the headers Fanfare-Id (one event only), -Type, -Source and -Subject,
// encoded like ce-* headers. Without them: id a UUIDv7, type "event", source the path of the request's realm
// ("/v1/events" or
// "/v1/realms/REALM/events"). Beside CloudEvents these headers are refused: which of the two counts would be a guess.
//
// Under a signature a plain event's id is what was signed, from the second line on with "/" and the number of the line
// behind it; the headers that would make its identity without being signed are refused: Fanfare-Id, Fanfare-Source and
// CloudEvents in binary mode.
//
// Data is the bytes as they came. That of a JSON content type has always passed json::Scan, however it came in, and its
// charset is UTF-8. In structured events data is the JSON value as it stands, or the text of the JSON string if
// datacontenttype is not JSON; `data` without datacontenttype is application/json, `data_base64` without it has none;
// an explicit `data: null` is the JSON value null (JSON format 3.1.1).
//
// The schema of an event's realm holds for its data however it came in; data that is not JSON violates it.
//
// Refusals: 413 above a limit (named), 415 for what we do not speak, 422 if all that is wrong is a violation of a
// profile or a schema, else 400; with all faults of all events, up to 100.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "json/outline.hpp"
#include "model/event.hpp"
#include "profile/profile.hpp"

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
    std::string_view default_realm = {};  // of an event that nothing else puts into a realm
    std::string_view signed_id = {};      // proven by a signature over the body (signature.hpp); empty: there was none
};

struct DecodeLimits {
    std::size_t event_bytes = 1u << 20;  // data of one event
    std::size_t batch_events = 10'000;
    std::size_t json_depth = 64;  // of the body: a batch and its events are levels too
};

// What is wrong with a request. `faults` names each place by a JSON pointer into the body ("/3/source" in a batch, "/3"
// for the fourth line), by a header's name ("ce-time"), or by "path"; empty is the whole body.
struct Refusal {
    base::Error error;
    std::vector<model::Fault> faults;
};

// An event that its profile drops: well-formed, answered, never stored.
struct Dropped {
    std::size_t before = 0;  // the event that would have come next, by its position
    std::string id;
};

// What a realm asks of its events. Null: nothing.
struct Guide {
    const profile::Profile* profile = nullptr;
    const profile::DataSchema* schema = nullptr;
};
// Of a realm that the sender may enter; of any other it says nothing.
using GuideOf = std::function<Guide(std::string_view realm)>;

struct Decoded {
    std::vector<model::Envelope> events;  // empty if refused
    std::vector<Dropped> dropped;         // in order
    std::optional<Refusal> refusal;
    json::Outline outline{};                                    // of all JSON that was scanned
    std::vector<std::optional<json::Outline::Place>> places{};  // by event: that of its data; may be shorter

    // `place`: of its data in the outline; nullopt if it is not what was scanned.
    void Add(model::Envelope envelope, const std::optional<json::Outline::Place>& place) {
        events.push_back(std::move(envelope));
        places.push_back(place);
    }
    // The data of the event at that position with its outline, if it has one. Borrows from this.
    std::optional<json::OutlinedText> DataOf(std::size_t event) const {
        if (event >= places.size() || !places[event]) return std::nullopt;
        return json::OutlinedText(events[event].event.data, outline, *places[event]);
    }
};

// All events or none.
Decoded Decode(const Input& input, const DecodeLimits& limits, const GuideOf& guide_of = nullptr);

}  // namespace fanfare::ingest
