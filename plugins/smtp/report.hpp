// What became of a mail as the host hears it.
#pragma once

#include <fanfare/event.hpp>

#include "failure.hpp"
#include "session.hpp"

namespace fanfare::plugins::smtp {

// `fates`: of everyone, also those who got it at an earlier attempt. Somebody deferred: retry. Nobody deferred and
// somebody accepted: delivered, since a dead delivery is sent again by hand, and those who have the mail would get
// another. All refused: rejected. `response` has everyone's fate, as far as it has room; those who did not get it come
// first.
Outcome OutcomeOf(const std::vector<RecipientFate>& fates, const std::string& host);
Outcome OutcomeOf(const Failure& failure);

}  // namespace fanfare::plugins::smtp
