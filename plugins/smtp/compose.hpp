// Makes the mail for one event: who gets it and what it says. Nothing of an earlier event is in it.
#pragma once

#include <fanfare/event.hpp>

#include "message.hpp"
#include "options.hpp"

namespace fanfare::plugins::smtp {

// The result borrows the event's data.
// Errors: ConfigError, if what the event brings cannot be sent: the same at every attempt.
Draft Compose(const Options& options, const Event& event);

// Everyone who is to get it, each once, in the order of to, cc, bcc.
std::vector<std::string> RecipientsOf(const Draft& draft);

}  // namespace fanfare::plugins::smtp
