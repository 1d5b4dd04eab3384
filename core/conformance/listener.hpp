// An address of loopback for plugins with connections of their own, and who is there.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "base/descriptor.hpp"

namespace fanfare::conformance {

enum class FarSide { kNobody, kSilent, kHangsUp };

class Listener {
public:
    // kNobody: a connection is refused. kSilent: it is made, and nothing is ever said. kHangsUp: closed once made.
    explicit Listener(FarSide who);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const { return port_; }

private:
    void HangUp();

    base::Descriptor socket_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ends_{false};
    std::thread thread_;  // kHangsUp only
};

}  // namespace fanfare::conformance
