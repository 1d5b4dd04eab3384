// Which addresses may be connected to: the network policy of a destination. Pure.
//
// Judged is the binary address that is about to be connected, never the text of a URL, and also the IPv4 address that
// an IPv6 address carries (v4-mapped, v4-compatible, NAT64, 6to4, Teredo). In this order:
//
//   1. never: unspecified (0.0.0.0/8, ::), multicast, broadcast;
//   2. what `deny` lists;
//   3. link-local addresses and those of cloud metadata services: only if `allow` names that very address, not by a
//   range;
//   4. what `allow` lists is allowed;
//   5. loopback: on premises, if the host is written as a loopback address (127.x.y.z, [::1], localhost), and so not if
//      a name turns out to be one; in public, never;
//   6. private and other special addresses: on premises allowed, in public not.
//
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190); RFC 4291, 2.5.5 (v4-mapped and
// -compatible); RFC 6052, 2.2 and RFC 8215 (NAT64); RFC 3056, 2 (6to4); RFC 4380, 4 (Teredo); metadata: AWS EC2 user
// guide, "Instance metadata" (169.254.169.254, fd00:ec2::254), Alibaba Cloud (100.100.100.200), Azure "What is IP
// address 168.63.129.16".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.hpp"

namespace fanfare::http_client {

struct NetworkRule {
    base::Network network;
    int port = 0;  // 0: any

    bool Fits(const base::Address& address, int to_port) const;
    bool IsOneAddress() const { return network.length == (network.address.v6 ? 128u : 32u); }
};
// "10.0.0.0/8", "10.1.2.3", "10.1.2.3:8443", "10.0.0.0/8:443", "fd00::/8", "fd00::1", "[fd00::1]:443",
// "[fd00::/8]:443".
std::optional<NetworkRule> ParseNetworkRule(std::string_view text);

enum class Reach { kOnPremises, kPublic };

struct Policy {
    Reach reach = Reach::kOnPremises;
    std::vector<NetworkRule> allow;
    std::vector<NetworkRule> deny;

    // Why `address` may not be connected to, with the remedy: "10.0.0.5 is a private address, and ..."; nullopt: it
    // may. written_loopback: the host is written as one, see above.
    std::optional<std::string> WhyNot(const base::Address& address, int port, bool written_loopback) const;
};

// Whether a host, as it is written in a URL, is a loopback address in its plain form, or localhost.
bool IsWrittenLoopback(std::string_view host);

// The text of an address.
std::string TextOf(const base::Address& address);

}  // namespace fanfare::http_client
