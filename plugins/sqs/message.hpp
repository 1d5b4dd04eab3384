// One event as one entry of SendMessageBatch. Pure.
//
// Sources: Amazon SQS API Reference, SendMessageBatch and SendMessageBatchRequestEntry (characters, ids, sizes);
// Developer Guide, "Message metadata" (ten attributes, names, types, their part in the size, their MD5).
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include <fanfare/crypto.hpp>
#include <fanfare/event.hpp>

#include "options.hpp"

namespace fanfare::plugins::sqs {

struct Entry {
    std::size_t index = 0;  // of the event; in decimal it is the Id of the entry
    std::string json;
    std::size_t size = 0;        // as SQS counts it
    std::string body_md5;        // empty: not to be had
    std::string attributes_md5;  // empty: not to be had, or no attributes
};

// The entry, or what makes the event unfit for SQS: rejected, for it is the same at every attempt.
std::variant<Entry, Outcome> MakeEntry(const Event& event, std::size_t index, const Options& options,
                                       const Crypto& crypto);

}  // namespace fanfare::plugins::sqs
