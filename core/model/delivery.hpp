// A delivery: one event owed to one destination; an attempt: one try of it; an outcome: what the destination said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/event.hpp"

namespace fanfare::model {

// The store's number for a configured name (destination, route). Stable for the life of a store.
using NameId = std::uint32_t;

// waiting: owed. sending: handed to the plugin, not answered. The last three are final, until a person says retry.
enum class DeliveryState : std::uint8_t { kWaiting, kSending, kSent, kDead, kCancelled };
std::string_view Name(DeliveryState state);
std::optional<DeliveryState> ParseDeliveryState(std::string_view text);

struct DeliveryId {
    std::uint64_t seq = 0;  // of the event
    NameId destination = 0;

    friend auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};
// "dlv_" + 18 characters of Crockford's base 32. Sorts by acceptance.
std::string ToText(const DeliveryId& id);
base::Result<DeliveryId> ParseDeliveryId(std::string_view text);

enum class OutcomeKind : std::uint8_t { kDelivered, kRetry, kRejected, kUnreachable, kNotAttempted };
std::string_view Name(OutcomeKind kind);

struct Outcome {
    OutcomeKind kind = OutcomeKind::kRetry;
    int code = 0;  // the far side's own code, 0 if none
    std::optional<base::Duration> retry_after;
    std::string reason;    // for the operator; empty for kDelivered
    std::string response;  // first bytes of the far side's answer
    std::string remote{};  // its address, "192.0.2.1:443"; empty if it has none or was never reached
    bool gone = false;     // it wants nothing more: the destination is to be paused
};

// How much of a far side's answer is kept with an attempt.
inline constexpr std::size_t kKeptResponse = 2048;

struct Attempt {
    std::uint32_t number = 0;  // from 1
    base::Time started_at;
    base::Duration took{};
    OutcomeKind outcome = OutcomeKind::kRetry;
    int code = 0;
    std::string reason;
    std::string response{};  // at most kKeptResponse bytes
    std::string remote{};
};

// What people and programs read of a delivery.
struct DeliveryView {
    DeliveryId id;
    std::string event_id;
    std::string realm;
    std::string type;
    std::string destination;
    std::string route;
    DeliveryState state = DeliveryState::kWaiting;
    std::uint32_t attempts = 0;
    std::optional<base::Time> next_attempt_at;
    std::string reason;
    base::Time created_at;
    base::Time updated_at;
};

}  // namespace fanfare::model
