// The making of a connection to one of the addresses of a host: one after the other, the next begun when the last has
// failed or has not answered for a while; the first that answers is taken, the others are given up.
//
// The network policy is asked about each address before it is connected to.
// Threads: one. Source: RFC 8305, section 5.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "http_client/check.hpp"
#include "http_client/line.hpp"
#include "http_client/policy.hpp"

namespace fanfare::http_client {

class Dial {
public:
    enum class State { kOpen, kConnected, kFailed };

    // addresses: numeric, IPv6 without brackets. All that is borrowed outlives it.
    Dial(Sockets& sockets, Line::Owner& owner, const Policy& policy, const Target& target,
         std::vector<std::string> addresses)
        : sockets_(sockets), owner_(owner), policy_(policy), target_(target), addresses_(std::move(addresses)) {}

    // The lines that are begun are the job's.
    State Start(Job* job, base::SteadyTime now);
    State OnLine(Line& line, base::SteadyTime now);
    State OnTimer(base::SteadyTime now);
    // When OnTimer wants to be called; max() if never.
    base::SteadyTime next() const { return next_; }

    // With kConnected.
    std::unique_ptr<Line> Take() { return std::move(connected_); }
    // With kFailed: why, as far as known.
    int system_error() const { return system_error_; }
    const std::string& denied() const { return denied_; }

private:
    State Go(base::SteadyTime now);
    bool Begin(const std::string& address);

    Sockets& sockets_;
    Line::Owner& owner_;
    const Policy& policy_;
    const Target& target_;
    const std::vector<std::string> addresses_;
    Job* job_ = nullptr;
    std::size_t next_address_ = 0;
    base::SteadyTime next_ = base::SteadyTime::max();
    std::vector<std::unique_ptr<Line>> lines_;
    std::unique_ptr<Line> connected_;
    int system_error_ = 0;
    std::string denied_;
};

}  // namespace fanfare::http_client
