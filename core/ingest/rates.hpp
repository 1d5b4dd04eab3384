// How many events each realm may still send. Realms without a rate cost nothing here.
// Threads: safe from every thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/rate.hpp"

namespace fanfare::ingest {

class Rates {
public:
    Rates(const std::map<std::string, model::Rate, std::less<>>& rates, base::SteadyTime now);

    // How long until the realm may send an event; nullopt: now, or it has no rate.
    std::optional<base::Duration> Wait(std::string_view realm, base::SteadyTime now);

    using Counts = std::map<std::string_view, std::int64_t>;  // events by realm
    // Takes the events of one request from all their realms, or, if one of them must wait, from none.
    std::optional<base::Duration> Take(const Counts& counts, base::SteadyTime now);

private:
    std::optional<base::Duration> WaitLocked(std::string_view realm, base::SteadyTime now);

    std::mutex mutex_;
    std::map<std::string, model::TokenBucket, std::less<>> buckets_;  // guarded by mutex_; the keys never change
};

}  // namespace fanfare::ingest
