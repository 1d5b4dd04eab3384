// The failures of a delivery, for destinations with `error_history`: carried by what they are sent, and by the alert
// that tells of a dead letter (SEED-SYSTEMS A24 to A27).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dispatch/observer.hpp"
#include "sink/sink.hpp"
#include "store/ledger.hpp"

namespace fanfare::app {

// A sink whose items carry the failed attempts before this one. Reads them from the ledger as they are handed over:
// only of what failed before. Borrows the ledger.
std::unique_ptr<sink::Sink> WithErrorHistory(std::unique_ptr<sink::Sink> sink, std::string destination,
                                             store::Ledger& ledger);

// The message of a delivery that was just given up, with every failed attempt as softerror and the end as harderror.
// nullopt if it is no JSON object.
std::optional<std::string> DeadLetterOf(const dispatch::Failed& failed, store::Ledger& ledger);

}  // namespace fanfare::app
