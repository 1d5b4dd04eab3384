#include "dispatch/breaker.hpp"

namespace fanfare::dispatch {

bool Breaker::Note(model::OutcomeKind outcome, base::SteadyTime now, double dice) {
    if (outcome == model::OutcomeKind::kNotAttempted) return false;
    if (outcome != model::OutcomeKind::kUnreachable) {
        in_a_row_ = 0;
        const bool was_open = open_;
        open_ = false;
        return was_open;
    }
    if (open_ || ++in_a_row_ < policy_.failures) return false;
    open_ = true;
    NoteProbe(now, dice);
    return true;
}

void Breaker::NoteProbe(base::SteadyTime now, double dice) {
    const double factor = 0.8 + 0.4 * dice;
    next_probe_ = now + std::chrono::duration_cast<base::Duration>(policy_.probe * factor);
}

}  // namespace fanfare::dispatch
