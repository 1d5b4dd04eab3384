#include "dialer.hpp"

#include "greeting.hpp"

namespace fanfare::plugins::redis {
namespace {

// For one server, from the name to the end of the greeting. A server that is there answers in a small part of it.
constexpr auto kLimit = std::chrono::seconds(5);
constexpr std::size_t kMaxFault = 600;

}  // namespace

Dialer::Dialer(const Options& options, const Config& config, const std::vector<Endpoint>& candidates, std::size_t first,
               Deadline now)
    : options_(options), config_(config), candidates_(candidates), first_(first) {
    Try(now);
}

void Dialer::Try(Deadline now) {
    const Endpoint& candidate = candidates_[(first_ + tried_++) % candidates_.size()];
    asks_sentinel_ = options_.topology == Topology::kSentinel;
    std::vector<Step> greeting =
        asks_sentinel_ ? SentinelGreeting(options_, config_, candidate, master_) : RedisGreeting(options_, config_);
    link_ = std::make_unique<Link>(candidate, options_, std::move(greeting), now + kLimit);
}

void Dialer::Advance(short events, Deadline now) {
    link_->Advance(events, now);
    while (GoesOn(now)) link_->Advance(0, now);
}

// True if there is a new link, which has not begun yet.
bool Dialer::GoesOn(Deadline now) {
    if (link_->is_ready() && asks_sentinel_) {
        asks_sentinel_ = false;
        link_ = std::make_unique<Link>(master_, options_, RedisGreeting(options_, config_), now + kLimit);
        return true;
    }
    if (!link_->has_failed()) return false;
    Note(link_->fault());
    failed_ = tried_ == candidates_.size();
    if (!failed_) Try(now);
    return !failed_;
}

void Dialer::Note(const std::string& fault) {
    fault_ = fault_.empty() ? fault : fault_ + " | " + fault;
    if (fault_.size() > kMaxFault) fault_ = to_utf8(fault_, kMaxFault);
}

std::string Dialer::fault_by_now() const {
    return fault_.empty() ? link_->fault_by_now() : link_->fault_by_now() + " | " + fault_;
}

std::unique_ptr<Link> Dialer::Take() {
    const bool ready = link_ && link_->is_ready() && !asks_sentinel_;
    return ready ? std::move(link_) : nullptr;
}

}  // namespace fanfare::plugins::redis
