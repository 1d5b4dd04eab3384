#include "plugin/answer.hpp"

#include <algorithm>
#include <chrono>

#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

constexpr std::size_t kReasonLimit = 512;
constexpr std::size_t kResponseLimit = 1024;
constexpr std::size_t kRemoteLimit = 128;
// Longer than any policy waits, and far from overflow.
constexpr std::int64_t kLongestRetryAfterMs = 366LL * 24 * 3600 * 1000;

model::OutcomeKind KindOf(fanfare_outcome outcome) {
    switch (outcome) {
        case FANFARE_DELIVERED: return model::OutcomeKind::kDelivered;
        case FANFARE_REJECTED: return model::OutcomeKind::kRejected;
        case FANFARE_UNREACHABLE: return model::OutcomeKind::kUnreachable;
        case FANFARE_NOT_ATTEMPTED: return model::OutcomeKind::kNotAttempted;
        default: return model::OutcomeKind::kRetry;
    }
}

}  // namespace

model::Outcome OutcomeOf(const fanfare_result& result, std::span<const base::Secret> secrets) {
    model::Outcome outcome;
    outcome.kind = KindOf(result.outcome);
    if (FANFARE_HAS(&result, fanfare_result, code)) outcome.code = result.code;
    if (FANFARE_HAS(&result, fanfare_result, retry_after_ms) && outcome.kind == model::OutcomeKind::kRetry &&
        result.retry_after_ms > 0) {
        outcome.retry_after = std::chrono::milliseconds(std::min(result.retry_after_ms, kLongestRetryAfterMs));
    }
    if (outcome.kind != model::OutcomeKind::kDelivered && FANFARE_HAS(&result, fanfare_result, reason)) {
        outcome.reason = Clean(View(result.reason), kReasonLimit, secrets);
    }
    if (FANFARE_HAS(&result, fanfare_result, response)) {
        outcome.response = Clean(View(result.response), kResponseLimit, secrets);
    }
    if (FANFARE_HAS(&result, fanfare_result, remote)) {
        outcome.remote = Clean(View(result.remote), kRemoteLimit, secrets);
    }
    outcome.gone = FANFARE_HAS(&result, fanfare_result, flags) && (result.flags & FANFARE_RESULT_GONE) != 0;
    if (result.outcome == FANFARE_UNSET || result.outcome > FANFARE_NOT_ATTEMPTED) {
        outcome.reason = "the plugin gave outcome " + std::to_string(result.outcome) +
                         ", which this fanfare does not know" + (outcome.reason.empty() ? "" : ": " + outcome.reason);
    }
    return outcome;
}

}  // namespace fanfare::plugin
