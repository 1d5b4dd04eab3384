// A durable home of events, deliveries and attempts: three narrow views of one thing.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.hpp"
#include "model/delivery.hpp"
#include "store/inbox.hpp"
#include "store/ledger.hpp"
#include "store/outbox.hpp"
#include "store/types.hpp"

namespace fanfare::store {

// Threads: safe from every thread. Closing (the destructor) commits what is queued and leaves no claim behind.
class Store {
public:
    virtual ~Store() = default;
    virtual Inbox& inbox() = 0;
    virtual Outbox& outbox() = 0;
    virtual Ledger& ledger() = 0;
    // The store's number for a configured name; makes it durable if it is new. Blocks for a commit.
    virtual base::Result<model::NameId> Intern(std::string_view name) = 0;
    virtual const Recovery& recovery() const = 0;
    // Who hears that the store can no longer be trusted to write (an fsync failed, the disk is gone). Every waiting
    // `done` has then been called with kIo, and every later call fails: the process must end and start again.
    virtual void OnFailure(std::function<void(const base::Error&)> listener) = 0;
};

}  // namespace fanfare::store
