// fanfare/each_event.hpp: a batch of which every event is a piece of asynchronous work of its own, as one HTTP request.
//
//   void deliver(Batch&& batch) {
//       for_each_event(std::move(batch), [this](const Event& event, Deadline deadline, auto answer) {
//           http_.send(request, [answer](const HttpResponse& response) { answer(response.outcome("example.com")); });
//       });
//   }
//
// All events are started at once; those of an ordered batch one after the other, and after one that was not delivered
// the rest is given back. An answer that is dropped uncalled gives its event back (see Batch).
// Threads: the answers of an ordered batch must come on the thread of the instance, as those of the host's services do.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <fanfare/batch.hpp>
#include <fanfare/event.hpp>

FANFARE_SDK_BEGIN

namespace detail {

template <class Start>
struct EventWork {
    Batch batch;
    Start start;
};

}  // namespace detail

// Answers one event, once: copy it into callbacks.
template <class Start>
class EventAnswer {
public:
    EventAnswer(std::shared_ptr<detail::EventWork<Start>> work, std::size_t index)
        : work_(std::move(work)), index_(index) {}

    void operator()(const Outcome& outcome) const {
        Batch& batch = work_->batch;
        const bool ordered = batch.ordered();
        batch.answer(index_, outcome);
        if (!ordered || index_ + 1 == batch.size()) return;
        if (outcome.is_delivered()) return EventAnswer(work_, index_ + 1).begin();
        batch.answer_all(Outcome::not_attempted("an event before it in the order was not delivered"));
    }

    // For for_each_event.
    void begin() const { work_->start(work_->batch[index_], work_->batch.deadline(), *this); }

private:
    std::shared_ptr<detail::EventWork<Start>> work_;
    std::size_t index_;
};

// `start(const Event&, Deadline, EventAnswer)`: the event is borrowed until its answer.
template <class Start>
void for_each_event(Batch&& batch, Start start) {
    const std::size_t count = batch.ordered() && batch.size() > 1 ? 1 : batch.size();
    const auto work =
        std::make_shared<detail::EventWork<Start>>(detail::EventWork<Start>{std::move(batch), std::move(start)});
    for (std::size_t i = 0; i < count; ++i) EventAnswer<Start>(work, i).begin();
}

FANFARE_SDK_END
