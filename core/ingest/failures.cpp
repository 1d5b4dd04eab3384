#include "ingest/failures.hpp"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "base/crypto.hpp"

namespace fanfare::ingest {
namespace {

constexpr std::size_t kPlaces = 4096;
constexpr int kFree = 10;
constexpr base::Duration kWindow = std::chrono::minutes(1);

std::uint64_t MakeSeed() {
    std::uint64_t seed = 0;
    std::memcpy(&seed, base::RandomBytes(sizeof seed).data(), sizeof seed);
    return seed;
}

// splitmix64's finalizer.
std::uint64_t Mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

}  // namespace

Failures::Failures() : seed_(MakeSeed()) {}

Failures::Key Failures::KeyOf(std::string_view peer) {
    Key key{};
    std::string host(peer.substr(0, peer.rfind(':')));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
        std::memcpy(key.data() + 4, bytes.data(), 4);
    } else if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
        in6_addr address;
        std::memcpy(&address, bytes.data(), sizeof address);
        const bool mapped = IN6_IS_ADDR_V4MAPPED(&address);
        std::memcpy(key.data() + (mapped ? 4 : 0), bytes.data() + (mapped ? 12 : 0), mapped ? 4 : 8);
    }
    return key;
}

Failures::Place& Failures::PlaceOf(const Key& key) {
    std::uint64_t number = 0;
    std::memcpy(&number, key.data(), sizeof number);
    return places_[Mix(number ^ seed_) % kPlaces];
}

std::optional<base::Duration> Failures::Count(std::string_view peer, base::SteadyTime now) {
    const Key key = KeyOf(peer);
    const std::lock_guard lock(mutex_);
    if (places_.empty()) places_.resize(kPlaces);
    Place& place = PlaceOf(key);
    if (place.key != key || now >= place.until) place = {key, 0, now + kWindow};
    if (place.failures == kFree) return std::chrono::duration_cast<base::Duration>(place.until - now);
    if (++place.failures == kFree) place.until = now + kWindow;
    return std::nullopt;
}

}  // namespace fanfare::ingest
