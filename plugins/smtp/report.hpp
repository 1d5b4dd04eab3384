// What became of a mail as the host hears it.
#pragma once

#include <fanfare/event.hpp>

#include "failure.hpp"
#include "session.hpp"

namespace fanfare::plugins::smtp {

// `fates`: of everyone, also those who got it at an earlier attempt. All accepted: delivered. Somebody deferred: retry.
// Otherwise rejected, also if it is one of many: that is what the host keeps a record of, tells the operator, and lets
// send again, which reaches only those who have not got it (receipts.hpp). Reason and response have everyone's fate, as
// far as there is room; those who did not get it come first.
Outcome OutcomeOf(const std::vector<RecipientFate>& fates, const std::string& host);
Outcome OutcomeOf(const Failure& failure);

}  // namespace fanfare::plugins::smtp
