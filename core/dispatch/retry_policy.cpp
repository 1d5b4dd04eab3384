#include "dispatch/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace fanfare::dispatch {
namespace {

using model::DeliveryState;
using model::OutcomeKind;

// "90s", "5m", "3d": the largest unit that divides it.
std::string Show(base::Duration duration) {
    using namespace std::chrono;
    const auto show = [](auto count, const char* unit) { return std::to_string(count) + unit; };
    if (duration % days(1) == base::Duration::zero()) return show(duration_cast<days>(duration).count(), "d");
    if (duration % hours(1) == base::Duration::zero()) return show(duration_cast<hours>(duration).count(), "h");
    if (duration % minutes(1) == base::Duration::zero()) return show(duration_cast<minutes>(duration).count(), "m");
    if (duration % seconds(1) == base::Duration::zero()) return show(duration_cast<seconds>(duration).count(), "s");
    return show(duration_cast<milliseconds>(duration).count(), "ms");
}

base::Duration Backoff(const model::RetryPolicy& policy, std::uint32_t attempts) {
    if (!policy.schedule.empty()) return policy.schedule[std::min<std::size_t>(attempts, policy.schedule.size()) - 1];
    const double delay = static_cast<double>(policy.base.count()) * std::pow(policy.factor, attempts - 1.0);
    // A power this large overflows the count; the bound is the answer anyway.
    if (!(delay < static_cast<double>(policy.max_delay.count()))) return policy.max_delay;
    return base::Duration(static_cast<base::Duration::rep>(delay));
}

base::Duration Delay(const model::RetryPolicy& policy, const model::Outcome& outcome, std::uint32_t attempts, double dice) {
    const auto backoff = static_cast<double>(Backoff(policy, attempts).count());
    const base::Duration spread(static_cast<base::Duration::rep>(backoff * (1 + policy.jitter * (2 * dice - 1))));
    if (!outcome.retry_after) return spread;
    return std::max(spread, std::min(*outcome.retry_after, policy.max_delay));
}

}  // namespace

Verdict Decide(const model::RetryPolicy& policy, const model::Outcome& outcome, std::uint32_t attempts, base::Duration age,
               double dice) {
    switch (outcome.kind) {
        case OutcomeKind::kDelivered: return {DeliveryState::kSent, {}, {}};
        case OutcomeKind::kRejected: return {DeliveryState::kDead, {}, "rejected: " + outcome.reason};
        case OutcomeKind::kRetry:
        case OutcomeKind::kUnreachable:
        case OutcomeKind::kNotAttempted: break;
    }
    // Nobody was there: that costs age, not attempts.
    const bool spent = outcome.kind != OutcomeKind::kUnreachable;
    if (spent && attempts >= policy.max_attempts) {
        return {DeliveryState::kDead, {}, "given up after " + std::to_string(attempts) + " attempts: " + outcome.reason};
    }
    const base::Duration delay = Delay(policy, outcome, attempts, dice);
    if (age + delay > policy.max_age) {
        return {DeliveryState::kDead, {}, ExpiredReason(policy) + ": " + outcome.reason};
    }
    return {DeliveryState::kWaiting, delay, outcome.reason};
}

base::Duration LongestDelay(const model::RetryPolicy& policy) {
    const base::Duration backoff =
        policy.schedule.empty() ? policy.max_delay : *std::max_element(policy.schedule.begin(), policy.schedule.end());
    const double spread = static_cast<double>(backoff.count()) * (1 + policy.jitter);
    return std::max(base::Duration(static_cast<base::Duration::rep>(spread)), policy.max_delay);
}

bool IsExpired(const model::RetryPolicy& policy, base::Duration age) { return age > policy.max_age; }

std::string ExpiredReason(const model::RetryPolicy& policy) { return "given up at max_age " + Show(policy.max_age); }

}  // namespace fanfare::dispatch
