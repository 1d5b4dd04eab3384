#include "ingest/rates.hpp"

namespace fanfare::ingest {

Rates::Rates(const std::map<std::string, model::Rate, std::less<>>& rates, base::SteadyTime now) {
    for (const auto& [realm, rate] : rates) buckets_.emplace(realm, model::TokenBucket(rate, now));
}

std::optional<base::Duration> Rates::WaitLocked(std::string_view realm, base::SteadyTime now) {
    const auto found = buckets_.find(realm);
    return found == buckets_.end() ? std::nullopt : found->second.Wait(now);
}

std::optional<base::Duration> Rates::Wait(std::string_view realm, base::SteadyTime now) {
    if (!buckets_.contains(realm)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return WaitLocked(realm, now);
}

std::optional<base::Duration> Rates::Take(const Counts& counts, base::SteadyTime now) {
    if (buckets_.empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    for (const auto& [realm, count] : counts) {
        if (const auto wait = WaitLocked(realm, now)) return wait;
    }
    for (const auto& [realm, count] : counts) {
        if (const auto found = buckets_.find(realm); found != buckets_.end()) found->second.Take(count, now);
    }
    return std::nullopt;
}

}  // namespace fanfare::ingest
