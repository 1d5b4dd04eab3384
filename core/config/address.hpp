// Addresses to listen on: "127.0.0.1:8640", "[::1]:8640", "unix:/run/fanfare/admin.sock", or "systemd:NAME" for a socket
// that systemd listens on and hands over. Pure: nothing is resolved.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::config {

struct AddressFault {
    std::string message;  // what the address lacks, to be read after its key: "has no port"; empty: no fault
    std::string hint;
};
// The path of a Unix socket must be absolute.
AddressFault CheckAddress(std::string_view address);

// True if only this machine can reach it (of systemd's sockets that is not known): a Unix socket, 127.0.0.0/8 or ::1. `address` must have passed CheckAddress.
bool IsLoopback(std::string_view address);

}  // namespace fanfare::config
