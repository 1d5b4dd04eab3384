// Networks of IPv4 and IPv6 in CIDR notation (RFC 4632, RFC 4291 2.3). All pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::base {

struct Address {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};  // the first 4 of IPv4

    // Without its last bits, so that all addresses of one network become one.
    Address Masked(std::size_t length) const;
    friend bool operator==(const Address&, const Address&) = default;
};
// "10.0.0.1", "2001:db8::1"; nullopt for anything else.
std::optional<Address> ParseAddress(std::string_view text);

struct Network {
    Address address;  // masked
    std::size_t length = 0;

    bool Contains(const Address& other) const { return other.v6 == address.v6 && other.Masked(length) == address; }
};
// "10.0.0.0/8"; bits behind the prefix may be set and do not count.
std::optional<Network> ParseNetwork(std::string_view text);

}  // namespace fanfare::base
