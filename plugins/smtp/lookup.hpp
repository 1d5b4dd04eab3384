// A host name to addresses, without waiting longer than told.
//
// The system's resolver blocks and cannot be called off, so each lookup, one for each new connection at most, has a
// thread of its own; one that hangs there is left to itself, and touches nothing but its own memory.
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
