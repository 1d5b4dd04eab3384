// How many connections each client address holds.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace fanfare::http::impl {

// An IPv4 address, or the /64 of an IPv6 one: who has one address of a /64 has them all.
using AddressKey = std::array<unsigned char, 8>;

// nullopt for families without addresses (unix).
std::optional<AddressKey> KeyOf(const sockaddr_storage& address);

class AddressCounts;

// One connection's place in the count; gives it back when it goes.
class AddressPlace {
public:
    AddressPlace() = default;
    AddressPlace(AddressCounts& counts, const AddressKey& key) : counts_(&counts), key_(key) {}
    AddressPlace(AddressPlace&& other) noexcept : counts_(std::exchange(other.counts_, nullptr)), key_(other.key_) {}
    AddressPlace& operator=(AddressPlace&& other) noexcept {
        std::swap(counts_, other.counts_);
        std::swap(key_, other.key_);
        return *this;
    }
    ~AddressPlace();

private:
    AddressCounts* counts_ = nullptr;  // outlives every place
    AddressKey key_{};
};

// Threads: safe from every thread.
class AddressCounts {
public:
    // nullopt: the address already holds `limit` connections.
    std::optional<AddressPlace> Enter(const AddressKey& key, std::size_t limit);
    void Leave(const AddressKey& key);

private:
    std::mutex mutex_;
    std::map<AddressKey, std::size_t> counts_;  // guarded by mutex_
};

}  // namespace fanfare::http::impl
