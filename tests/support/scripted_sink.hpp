// A sink that keeps what it is given until the test answers it.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "sink/sink.hpp"

namespace fanfare::support {

// What the sink saw; outlives it.
struct SinkLog {
    sink::Listener listener;
    std::vector<std::pair<sink::BatchId, sink::Batch>> taken;
    std::vector<sink::BatchId> abandoned;
    bool busy = false;
    bool stopped = false;
    std::size_t max_batch = 1;

    void Answer(sink::BatchId batch, std::uint32_t index, model::OutcomeKind kind, std::string reason = {}) {
        listener({{batch, index, {kind, 0, std::nullopt, std::move(reason), {}}}});
    }
};

class ScriptedSink final : public sink::Sink {
public:
    explicit ScriptedSink(SinkLog& log) : log_(log) {}
    base::Status Start(sink::Listener listener) override {
        log_.listener = std::move(listener);
        return {};
    }
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override {
        if (log_.busy) return sink::Taken::kBusy;
        log_.taken.emplace_back(id, std::move(batch));
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId id) override { log_.abandoned.push_back(id); }
    void Stop(base::SteadyTime) override { log_.stopped = true; }
    std::size_t max_batch() const override { return log_.max_batch; }

private:
    SinkLog& log_;
};

}  // namespace fanfare::support
