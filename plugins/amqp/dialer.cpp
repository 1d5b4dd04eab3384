#include "dialer.hpp"

#include <algorithm>

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

using namespace std::chrono_literals;

// For one endpoint, from the name to the open channel. A broker that is there answers in a small part of it.
constexpr auto kLimit = 10s;
// Between rounds: the first follows soon, since a broker that restarts is back in seconds; the host spaces its own
// tries, so the longest is short. A jitter of half keeps many daemons from coming back at once.
constexpr std::chrono::milliseconds kFirstPause = 200ms;
constexpr std::chrono::milliseconds kLongestPause = 5s;
constexpr std::size_t kMaxFault = 600;
// A broker that ends a connection sooner is not one to come back to at once.
constexpr auto kLasting = 1s;

}  // namespace

void Dialer::Want(Deadline now) {
    if (connection_ || now < next_round_) return;
    tried_ = 0;
    fault_.clear();
    Try(now);
}

void Dialer::Try(Deadline now) {
    was_ready_ = false;
    const Endpoint& endpoint = options_.endpoints[(first_ + tried_++) % options_.endpoints.size()];
    connection_ = std::make_unique<Connection>(endpoint, options_, config_, owner_, now + kLimit);
}

void Dialer::NoteReady(Deadline now) {
    if (std::exchange(was_ready_, true)) return;
    ready_at_ = now;
    first_ = (first_ + tried_ - 1) % options_.endpoints.size();
    tried_ = 1;
    fault_.clear();
}

bool Dialer::OnFailed(Deadline now) {
    Note(connection_->fault());
    if (!was_ready_ && tried_ < options_.endpoints.size()) {
        Try(now);
        return true;
    }
    const bool lasted = was_ready_ && now >= ready_at_ + kLasting;
    if (lasted) rounds_ = 0;
    next_round_ = lasted ? now : Later(now);
    connection_.reset();
    return false;
}

Deadline Dialer::Later(Deadline now) {
    const auto pause = std::min(kLongestPause, kFirstPause * (1u << std::min(rounds_++, 8u)));
    return now + pause / 2 + std::chrono::milliseconds(dice_() % static_cast<unsigned>(pause.count() / 2));
}

void Dialer::Note(const std::string& fault) {
    fault_ = fault_.empty() ? fault : fault_ + " | " + fault;
    if (fault_.size() > kMaxFault) fault_ = to_utf8(fault_, kMaxFault);
}

std::string Dialer::fault_by_now() const {
    if (!connection_) return fault_;
    return fault_.empty() ? connection_->fault_by_now() : connection_->fault_by_now() + " | " + fault_;
}

}  // namespace fanfare::plugins::amqp
