// How often credentials from an address have failed: guessing is slowed down, and stands out.
//
// Ten failures within a minute are answered as what they are; for a minute after the tenth every further one from that
// address is answered 429. Requests that succeed are never looked at: whoever shares the address of a guesser, behind a
// proxy or NAT, is served. That gives nothing away, as a token cannot be guessed.
//
// Memory is fixed. An address whose place another one takes is forgotten; where places are taken depends on a random
// seed, so nobody can aim.
// Threads: safe from every thread.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace fanfare::ingest {

class Failures {
public:
    Failures();

    // Counts a failure. Not nullopt: this one is to be answered 429, for so long. `peer` as in http::RequestHead; all
    // Unix sockets are one address, and so is a /64 of IPv6.
    std::optional<base::Duration> Count(std::string_view peer, base::SteadyTime now);

private:
    using Key = std::array<unsigned char, 8>;
    struct Place {
        Key key{};
        int failures = 0;
        base::SteadyTime until;  // then all is forgotten
    };
    static Key KeyOf(std::string_view peer);
    Place& PlaceOf(const Key& key);

    const std::uint64_t seed_;
    std::mutex mutex_;
    std::vector<Place> places_;  // guarded by mutex_; empty until something fails
};

}  // namespace fanfare::ingest
