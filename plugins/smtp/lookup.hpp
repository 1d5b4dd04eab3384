// A host name to addresses, without waiting longer than told: glibc looks up on threads of its own (getaddrinfo_a), and
// a lookup that hangs there is left to itself.
#pragma once

#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fanfare::plugins::smtp {

// `wait` waits until the descriptor is readable, or throws; what it throws comes through.
// Errors: Failure (unusable), if there is no such name.
std::vector<Poco::Net::SocketAddress> LookUp(const std::string& host, std::uint16_t port,
                                             const std::function<void(int descriptor)>& wait);

}  // namespace fanfare::plugins::smtp
