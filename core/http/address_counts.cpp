#include "http/address_counts.hpp"

#include <netinet/in.h>

#include <cstring>

namespace fanfare::http::impl {

std::optional<AddressKey> KeyOf(const sockaddr_storage& address) {
    AddressKey key{};
    if (address.ss_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &address, sizeof v4);
        std::memcpy(key.data() + 4, &v4.sin_addr, 4);
        return key;
    }
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, &address, sizeof v6);
        const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        std::memcpy(key.data() + (mapped ? 4 : 0), v6.sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 8);
        return key;
    }
    return std::nullopt;
}

AddressPlace::~AddressPlace() {
    if (counts_) counts_->Leave(key_);
}

std::optional<AddressPlace> AddressCounts::Enter(const AddressKey& key, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.try_emplace(key, 0).first;
    if (found->second >= limit) return std::nullopt;
    ++found->second;
    return AddressPlace(*this, key);
}

void AddressCounts::Leave(const AddressKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key);
    if (--found->second == 0) counts_.erase(found);
}

}  // namespace fanfare::http::impl
