// Reads what a plugin answers.
#pragma once

#include <span>

#include <fanfare/plugin.h>

#include "base/secret.hpp"
#include "model/delivery.hpp"

namespace fanfare::plugin {

// An answer without its outcome cannot be read.
inline bool IsReadable(const fanfare_result* result) {
    return result != nullptr && FANFARE_HAS(result, fanfare_result, outcome);
}

// `result` must be readable. An outcome that this host does not know is kRetry. Reason and response are cut to 512
// bytes and 1 KiB, cleaned, and free of `secrets`.
model::Outcome OutcomeOf(const fanfare_result& result, std::span<const base::Secret> secrets);

}  // namespace fanfare::plugin
