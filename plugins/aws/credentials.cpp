#include "aws/credentials.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::plugins::aws {

namespace {

constexpr std::chrono::minutes kBeforeExpiry{5};
constexpr std::chrono::minutes kWithoutExpiry{5};
// After a renewal that failed while the old ones are still good.
constexpr std::chrono::seconds kNextTry{20};

}  // namespace

WallTime RenewAt(WallTime now, const Keys& keys) {
    if (!keys.expires_at) return now + kWithoutExpiry;
    const auto left = std::max(*keys.expires_at - now, WallTime::duration::zero());
    return now + std::max<WallTime::duration>(left - kBeforeExpiry, left / 2);
}

Credentials::Credentials(const Host& host, Fetcher fetcher, std::function<Plan()> plan, Clock clock)
    : host_(host), fetcher_(std::move(fetcher)), plan_(std::move(plan)), clock_(std::move(clock)) {}

void Credentials::Get(Then then) {
    const WallTime now = clock_();
    const bool expired = keys_ == nullptr || (keys_->expires_at && *keys_->expires_at <= now);
    if (expired) {
        waiting_.push_back(std::move(then));
        return Refresh();
    }
    const KeysPtr keys = keys_;
    if (now >= renew_at_) Refresh();
    then({keys});
}

void Credentials::Drop(const KeysPtr& keys) {
    if (keys_ == keys) keys_ = nullptr;
}

void Credentials::Refresh() {
    if (refreshing_) return;
    refreshing_ = true;
    const Plan plan = plan_();
    fetcher_.Fetch(plan, [this, plan](Fetched fetched) { TakeIn(plan, std::move(fetched)); });
}

void Credentials::TakeIn(const Plan& plan, Fetched fetched) {
    refreshing_ = false;
    const WallTime now = clock_();
    if (fetched.keys != nullptr) {
        // The options' keys are asked for at each use: the operator may rotate them.
        const bool keep = plan.changes || plan.assume;
        keys_ = keep ? fetched.keys : nullptr;
        renew_at_ = RenewAt(now, *fetched.keys);
        if (keep) host_.debug("AWS credentials are fetched", {{"from", Describe(plan)}});
    } else {
        renew_at_ = now + kNextTry;
        if (keys_ != nullptr) host_.warn("AWS credentials could not be renewed", {{"reason", fetched.failure.reason}});
    }
    for (const Then& then : std::exchange(waiting_, {})) then(fetched);
}

}  // namespace fanfare::plugins::aws
