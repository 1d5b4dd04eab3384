// What keeps deliveries of a destination in order: events with the same value at one place of theirs. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"

namespace fanfare::profile {

class OrderBy {
public:
    // A JSON pointer (RFC 6901) into the event as routes see it: "/data/object_id", "/subject", "/realm", or the name of an
    // extension. Nullopt if it is none, or points to the whole.
    static std::optional<OrderBy> Parse(std::string_view pointer);

    // A number that is the same for the same value, over restarts and versions; nullopt: the event has no text, number or
    // boolean there, and keeps no order. Two values share a number once in 2^64; they then keep an order they need not.
    std::optional<std::uint64_t> KeyOf(const model::Envelope& envelope) const;

private:
    explicit OrderBy(std::vector<std::string> path) : path_(std::move(path)) {}

    std::vector<std::string> path_;
};

}  // namespace fanfare::profile
