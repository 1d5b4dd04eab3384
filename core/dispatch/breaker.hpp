// Tells from outcomes whether a destination can be reached, and when to try while it cannot. Pure.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/policy.hpp"

namespace fanfare::dispatch {

class Breaker {
public:
    Breaker(model::BreakerPolicy policy, bool open) : policy_(policy), open_(open) {}

    // True if it opened or closed by this outcome. Whatever is not "unreachable" came from somebody, and closes it.
    bool Note(model::OutcomeKind outcome, base::SteadyTime now, double dice);
    // One try has started; the next may in about `probe`. dice: 0..1.
    void NoteProbe(base::SteadyTime now, double dice);

    // Somebody says that it is worth a try.
    void ProbeAtOnce() { next_probe_ = {}; }

    bool is_open() const { return open_; }
    // While it is open. The first is due at once: what a restart finds may be long gone.
    base::SteadyTime next_probe() const { return next_probe_; }

private:
    model::BreakerPolicy policy_;
    bool open_;
    std::uint32_t in_a_row_ = 0;
    base::SteadyTime next_probe_{};
};

}  // namespace fanfare::dispatch
