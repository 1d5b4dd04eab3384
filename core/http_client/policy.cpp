#include "http_client/policy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

using base::Address;
using base::Network;

enum class Class { kGlobal, kPrivate, kLoopback, kLinkLocal, kNever };

struct Range {
    Network network;
    Class kind;
    const char* words;
};

// The first that contains an address says what it is.
const std::vector<Range>& Ranges() {
    static const std::vector<Range> ranges = [] {
        constexpr struct {
            const char* network;
            Class kind;
            const char* words;
        } kTable[] = {
            {"0.0.0.0/8", Class::kNever, "an unspecified address"},
            {"255.255.255.255/32", Class::kNever, "the broadcast address"},
            {"224.0.0.0/4", Class::kNever, "a multicast address"},
            {"169.254.0.0/16", Class::kLinkLocal, "a link-local address (cloud metadata)"},
            {"100.100.100.200/32", Class::kLinkLocal, "a cloud metadata address"},
            {"168.63.129.16/32", Class::kLinkLocal, "a cloud metadata address"},
            {"127.0.0.0/8", Class::kLoopback, "a loopback address"},
            {"10.0.0.0/8", Class::kPrivate, "a private address"},
            {"172.16.0.0/12", Class::kPrivate, "a private address"},
            {"192.168.0.0/16", Class::kPrivate, "a private address"},
            {"100.64.0.0/10", Class::kPrivate, "an address behind a carrier's NAT"},
            {"192.0.0.0/24", Class::kPrivate, "a special-purpose address"},
            {"192.0.2.0/24", Class::kPrivate, "an address for documentation"},
            {"198.51.100.0/24", Class::kPrivate, "an address for documentation"},
            {"203.0.113.0/24", Class::kPrivate, "an address for documentation"},
            {"192.88.99.0/24", Class::kPrivate, "a special-purpose address"},
            {"198.18.0.0/15", Class::kPrivate, "an address for benchmarks"},
            {"240.0.0.0/4", Class::kPrivate, "a reserved address"},
            {"0.0.0.0/0", Class::kGlobal, ""},
            {"::/128", Class::kNever, "the unspecified address"},
            {"::1/128", Class::kLoopback, "a loopback address"},
            {"ff00::/8", Class::kNever, "a multicast address"},
            {"fe80::/10", Class::kLinkLocal, "a link-local address"},
            {"fd00:ec2::254/128", Class::kLinkLocal, "a cloud metadata address"},
            {"fc00::/7", Class::kPrivate, "a private address"},
            {"fec0::/10", Class::kPrivate, "a private address"},
            {"2001:db8::/32", Class::kPrivate, "an address for documentation"},
            {"3fff::/20", Class::kPrivate, "an address for documentation"},
            {"2001::/23", Class::kPrivate, "a special-purpose address"},
            {"2000::/3", Class::kGlobal, ""},
            {"::/0", Class::kPrivate, "no global address"},
        };
        std::vector<Range> parsed;
        for (const auto& [network, kind, words] : kTable) parsed.push_back({*base::ParseNetwork(network), kind, words});
        return parsed;
    }();
    return ranges;
}

const Range& RangeOf(const Address& address) {
    const auto fits = [&](const Range& range) { return range.network.Contains(address); };
    return *std::find_if(Ranges().begin(), Ranges().end(), fits);
}

Address V4At(const Address& carrier, std::size_t at) {
    Address v4;
    std::copy_n(carrier.bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, v4.bytes.begin());
    return v4;
}

// The addresses to be judged: `address` itself, or what it carries in its place.
std::vector<Address> Unwrap(const Address& address) {
    static const Network mapped = *base::ParseNetwork("::ffff:0:0/96");
    static const Network compatible = *base::ParseNetwork("::/96");
    static const Network nat64 = *base::ParseNetwork("64:ff9b::/96");
    static const Network local_nat64 = *base::ParseNetwork("64:ff9b:1::/48");
    static const Network sixtofour = *base::ParseNetwork("2002::/16");
    static const Network teredo = *base::ParseNetwork("2001::/32");
    if (!address.v6) return {address};
    if (mapped.Contains(address) || nat64.Contains(address)) return {V4At(address, 12)};
    if (compatible.Contains(address)) {
        const bool is_plain = RangeOf(address).kind == Class::kNever || RangeOf(address).kind == Class::kLoopback;
        return {is_plain ? address : V4At(address, 12)};
    }
    if (sixtofour.Contains(address)) return {V4At(address, 2)};
    if (teredo.Contains(address)) {
        Address client = V4At(address, 12);
        for (std::size_t i = 0; i < 4; ++i) client.bytes[i] ^= 0xff;
        return {V4At(address, 4), client};
    }
    if (local_nat64.Contains(address)) {
        // Its prefix may be 48 or 96 bits long; byte 8 stands between the halves of the former. A reading that begins
        // with zero is not meant, unless both do.
        Address split = V4At(address, 6);
        split.bytes[2] = address.bytes[9];
        split.bytes[3] = address.bytes[10];
        const Address last = V4At(address, 12);
        if (split.bytes[0] == 0) return {last};
        if (last.bytes[0] == 0) return {split};
        return {split, last};
    }
    return {address};
}

bool Lists(const std::vector<NetworkRule>& rules, const Address& address, int port) {
    return std::any_of(rules.begin(), rules.end(), [&](const NetworkRule& rule) { return rule.Fits(address, port); });
}

bool Names(const std::vector<NetworkRule>& rules, const Address& address, int port) {
    return std::any_of(rules.begin(), rules.end(),
                       [&](const NetworkRule& rule) { return rule.IsOneAddress() && rule.Fits(address, port); });
}

// `carrier` is what would be connected to; the same as `address`, unless that is carried by it.
std::optional<std::string> WhyNotThis(const Policy& policy, const Address& address, const Address& carrier, int port,
                                      bool written_loopback) {
    const auto listed = [&](const std::vector<NetworkRule>& rules) {
        return Lists(rules, address, port) || Lists(rules, carrier, port);
    };
    const Range& range = RangeOf(address);
    const std::string is = " is " + std::string(range.words);
    const std::string lets_it_through = "http.allow = [\"" + TextOf(address) + "\"] lets it through";
    if (range.kind == Class::kNever) return is + ", which is never connected to";
    if (listed(policy.deny)) return " is listed in http.deny";
    if (range.kind == Class::kLinkLocal) {
        if (Names(policy.allow, address, port)) return std::nullopt;
        return is + "; only " + lets_it_through;
    }
    if (range.kind == Class::kGlobal || listed(policy.allow)) return std::nullopt;
    if (policy.reach == Reach::kPublic) return is + ", and http.network is \"public\"; " + lets_it_through;
    if (range.kind == Class::kPrivate || (written_loopback && address == carrier)) return std::nullopt;
    return is + ", and the host is not written as one; " + lets_it_through;
}

// The end of "host:port" behind the last colon.
bool TakePort(std::string_view& text, int& port) {
    const std::size_t colon = text.rfind(':');
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) return false;
    text = text.substr(0, colon);
    return true;
}

}  // namespace

bool NetworkRule::Fits(const base::Address& address, int to_port) const {
    return (port == 0 || port == to_port) && network.Contains(address);
}

std::optional<NetworkRule> ParseNetworkRule(std::string_view text) {
    NetworkRule rule;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const bool has_port = close + 1 < text.size();
        if (has_port && (text[close + 1] != ':' || !TakePort(text, rule.port) || text.size() != close + 1))
            return std::nullopt;
        text = text.substr(1, close - 1);
        if (text.find(':') == std::string_view::npos) return std::nullopt;
    } else if (std::count(text.begin(), text.end(), ':') == 1 && !TakePort(text, rule.port)) {
        return std::nullopt;
    }
    if (const auto network = base::ParseNetwork(text)) {
        rule.network = *network;
        return rule;
    }
    const auto address = base::ParseAddress(text);
    if (!address) return std::nullopt;
    rule.network = {*address, address->v6 ? 128u : 32u};
    return rule;
}

std::optional<std::string> Policy::WhyNot(const base::Address& address, int port, bool written_loopback) const {
    for (const Address& judged : Unwrap(address)) {
        auto why = WhyNotThis(*this, judged, address, port, written_loopback);
        if (!why) continue;
        const std::string carried = judged == address ? "" : ", carried by " + TextOf(address) + ",";
        return TextOf(judged) + carried + *why;
    }
    return std::nullopt;
}

bool IsWrittenLoopback(std::string_view host) {
    if (base::EqualsIgnoreCase(host, "localhost")) return true;
    if (host.size() > 2 && host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = base::ParseAddress(host);
    return address && RangeOf(*address).kind == Class::kLoopback;
}

std::string TextOf(const base::Address& address) {
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
    return text;
}

}  // namespace fanfare::http_client
