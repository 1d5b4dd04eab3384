#include "net/job.hpp"

namespace fanfare::plugins::net {

bool Job::IsLikeTheOthers(const Outcome& outcome) const {
    return outcome.is_delivered() && (!any_delivered_ || outcome.remote == delivered_.remote);
}

void Job::Finish(std::size_t index, const Outcome& outcome) {
    if (!IsLikeTheOthers(outcome)) {
        batch_.answer(index, outcome);
    } else if (!any_delivered_) {
        any_delivered_ = true;
        delivered_ = outcome;
    }
    NoteFinished(index);
}

void Job::FinishOpen(const Outcome& outcome) {
    for (std::size_t i = 0; i < finished_.size(); ++i) {
        if (!finished_[i]) Finish(i, outcome);
    }
}

void Job::NoteFinished(std::size_t index) {
    finished_[index] = true;
    if (--open_ == 0 && any_delivered_) batch_.answer_all(delivered_);
}

}  // namespace fanfare::plugins::net
