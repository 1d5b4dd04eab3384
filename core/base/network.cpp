#include "base/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace fanfare::base {

Address Address::Masked(std::size_t length) const {
    Address masked = *this;
    for (std::size_t i = 0; i < masked.bytes.size(); ++i) {
        const std::size_t kept = std::min<std::size_t>(8, length > 8 * i ? length - 8 * i : 0);
        masked.bytes[i] &= static_cast<std::uint8_t>(0xFF00u >> kept);
    }
    return masked;
}

std::optional<Address> ParseAddress(std::string_view text) {
    constexpr std::size_t kLongest = 45;  // of IPv6 with IPv4 at its end
    if (text.size() < 2 || text.size() > kLongest || text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    Address address;
    address.v6 = text.find(':') != std::string_view::npos;
    const int family = address.v6 ? AF_INET6 : AF_INET;
    if (::inet_pton(family, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
    return address;
}

std::optional<Network> ParseNetwork(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = ParseAddress(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    std::size_t length = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool is_number = fault == std::errc() && end == digits.data() + digits.size();
    if (!address || !is_number || length > (address->v6 ? 128u : 32u)) return std::nullopt;
    return Network{address->Masked(length), length};
}

}  // namespace fanfare::base
