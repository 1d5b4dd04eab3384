// A destination's far side: takes what it is given, and answers when and what the world draws.
// Threads: one, the world's.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "simulator/accounts.hpp"
#include "sink/sink.hpp"

namespace fanfare::simulator {

// What a far side holds; outlives its sink.
struct FarSide {
    struct Open {
        sink::BatchId batch = 0;
        std::uint32_t index = 0;
        model::DeliveryId id;
        bool abandoned = false;  // nobody waits for the answer any more
    };
    std::vector<Open> open;
    std::map<sink::BatchId, std::size_t> left;
    bool busy = false;
    bool paused = false;  // by a person who was told so
    std::size_t max_batch = 1;
    std::uint32_t concurrency = 1;

    // The answer of one item is on its way: it is no longer open.
    Open Take(std::size_t at) {
        const Open one = open[at];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        if (!one.abandoned && --left.at(one.batch) == 0) left.erase(one.batch);
        return one;
    }
};

class FarSink final : public sink::Sink {
public:
    FarSink(FarSide& far, Accounts& accounts) : far_(far), accounts_(accounts) {}
    base::Status Start(sink::Listener) override { return {}; }
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override {
        if (far_.busy) return sink::Taken::kBusy;
        for (std::uint32_t i = 0; i < batch.items.size(); ++i) {
            const model::DeliveryId& delivery = batch.items[i].delivery;
            accounts_.OnHandedOver(delivery);
            Require(!far_.paused, delivery, "is sent though its destination is paused");
            far_.open.push_back({id, i, delivery});
        }
        far_.left[id] = batch.items.size();
        Require(batch.items.size() <= far_.max_batch, batch.items[0].delivery, "comes in a batch that is too large");
        Require(far_.left.size() <= far_.concurrency, batch.items[0].delivery, "is one more than may be in flight");
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId id) override {
        for (FarSide::Open& one : far_.open) {
            if (one.batch == id) one.abandoned = true;
        }
        far_.left.erase(id);
    }
    void Stop(base::SteadyTime) override {}
    std::size_t max_batch() const override { return far_.max_batch; }

private:
    FarSide& far_;
    Accounts& accounts_;
};

}  // namespace fanfare::simulator
