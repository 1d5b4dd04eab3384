// What a destination is asked to send for one delivery where that is not simply the event: the result of shaping.
//
// Made when the event is accepted, and stored with the delivery: every attempt and every retry by hand sends the same
// bytes (SEED-SYSTEMS A45), unless that retry asks to render anew. Values; immutable once made.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace fanfare::model {

struct Payload {
    std::string content_type;
    std::string body;

    friend bool operator==(const Payload&, const Payload&) = default;
};

struct Request {
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    // Absent: the event's data with its attributes beside it, as they came.
    std::optional<Payload> payload;
    Pairs headers;  // name and value, in the order of the configuration
    Pairs options;  // JSON pointer of an option of the destination, and its text for this event

    friend bool operator==(const Request&, const Request&) = default;
};
using RequestPtr = std::shared_ptr<const Request>;

// About what it takes of memory, for budgets.
std::size_t BytesOf(const Request& request);

// The bytes that a store keeps. Encode never fails; Decode refuses what Encode did not make (kCorrupt).
std::string Encode(const Request& request);
base::Result<Request> DecodeRequest(std::string_view bytes);

}  // namespace fanfare::model
