// The far side of a destination as dispatch sees it. The plugin room implements it over the C ABI; tests script it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"

namespace fanfare::sink {

using BatchId = std::uint64_t;

struct Item {
    model::DeliveryId delivery;
    std::uint32_t attempt = 1;
    model::StoredEventPtr event;
    model::RequestPtr request{};  // null: the event as it came
    std::optional<std::uint64_t> order_key{};  // what stands for the key by which the destination is ordered
};

struct Batch {
    std::vector<Item> items;
    base::SteadyTime deadline;
};

// The answer for one item of a batch, by its index.
struct Answer {
    BatchId batch = 0;
    std::uint32_t index = 0;
    model::Outcome outcome;
};

// Receives answers. Threads: called on any thread, also from inside Deliver; must only queue and return.
using Listener = std::function<void(std::vector<Answer>)>;

enum class Taken { kYes, kBusy };

// Threads: all methods are called by one thread; none of them waits for the far side or for the plugin's own code,
// except Start and Stop, which wait until their deadline at the longest.
class Sink {
public:
    virtual ~Sink() = default;
    virtual base::Status Start(Listener listener) = 0;
    // kYes: every item is answered at most once through the listener. kBusy: nothing taken, offer it again later.
    virtual Taken Deliver(BatchId id, Batch batch) = 0;
    // Between the two, what is taken may wait for the second: so that many batches wake the far thread once.
    virtual void Cork() {}
    virtual void Uncork() {}
    // The caller no longer waits for the open items of this batch: later answers are dropped and counted.
    virtual void Abandon(BatchId id) = 0;
    // No Deliver follows. Open items may still be answered until this returns; none after.
    virtual void Stop(base::SteadyTime deadline) = 0;
    // Largest batch that Deliver takes, at least 1.
    virtual std::size_t max_batch() const = 0;
};

}  // namespace fanfare::sink
