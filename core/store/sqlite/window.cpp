#include "store/sqlite/window.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::store::sqlite {
namespace {

// How far ahead of the last claim retries may be handed out: a destination that only retries writes its mark this
// often.
constexpr std::int64_t kDueAheadUs = 2'000'000;
// The least number of fresh deliveries that a mark lets be handed out. More while more are claimed between two commits:
// what is let out and not claimed is reported as in doubt after a crash although it is not.
constexpr std::size_t kAhead = 128;
// Of one destination. Two groups' worth: one is written while the other gathers.
constexpr std::size_t kMostUnwritten = 2048;
constexpr std::size_t kMostHeldBytes = 16u << 20;
constexpr std::size_t kRefillLimit = 512;
constexpr std::size_t kRefillBelow = 128;

std::int64_t Micros(base::Time time) { return time.time_since_epoch().count(); }

}  // namespace

std::size_t BytesOf(const Parcel& parcel) {
    constexpr std::size_t kOverhead = 512;
    const std::size_t data = parcel.event ? parcel.event->envelope.event.data.size() : 0;
    return kOverhead + data + (parcel.request ? model::BytesOf(*parcel.request) : 0);
}

Window::Window(model::NameId destination, const Marks& marks, WindowLimits limits)
    : destination_(destination),
      limits_(limits),
      marks_(marks),
      attached_(marks.fresh() == 0),
      cursor_(marks.done_lo),
      loaded_hi_(marks.done_lo),
      ahead_(kAhead) {}

Marks Window::Plan(const Change& change) const {
    const std::lock_guard lock(mutex_);
    Marks next = marks_;
    next.created += change.fresh.size() + change.born_dead;
    next.sent += static_cast<std::uint64_t>(change.sent);
    next.dead += static_cast<std::uint64_t>(change.dead) + change.born_dead;
    next.cancelled += static_cast<std::uint64_t>(change.cancelled);
    next.retry += static_cast<std::uint64_t>(change.retry);
    next.pruned += static_cast<std::uint64_t>(change.pruned);
    next.done_lo = std::max(next.done_lo, handed_.empty() ? cursor_ : handed_.begin()->first - 1);
    next.sent_hi = std::max(next.sent_hi, SentHi(change));
    if (next.retry > 0) next.due_hi_us = std::max(next.due_hi_us, claimed_us_ + kDueAheadUs);
    // What a clock that was ahead handed out is due earlier now too: the mark need not stay where that clock stood.
    if (change.none_is_due_later) next.due_hi_us = std::min(next.due_hi_us, *change.latest_due_us);
    return next;
}

std::uint64_t Window::SentHi(const Change& change) const {
    if (ahead_ <= ring_.size()) return ring_[ahead_ - 1].seq;
    const std::size_t room =
        attached_ ? std::min(limits_.deliveries, ahead_) - std::min(limits_.deliveries, ring_.size()) : 0;
    const std::size_t enter = std::min(room, change.fresh.size());
    if (enter > 0) return change.fresh[enter - 1].seq;
    return ring_.empty() ? 0 : ring_.back().seq;
}

bool Window::Commit(const Change& change, const Marks& marks) {
    const std::lock_guard lock(mutex_);
    marks_ = marks;
    ahead_ = std::max({kAhead, 2 * std::exchange(taken_, 0), ahead_ - ahead_ / 8});
    const std::set<std::uint64_t> postponed(change.postponed.begin(), change.postponed.end());
    bool freed = false;
    unwritten_ -= change.settled.size();
    for (const std::uint64_t seq : change.settled) {
        const auto handed = handed_.find(seq);
        OrderKey key = handed == handed_.end() ? order_.TakeRetry(seq) : handed->second.key;
        if (handed != handed_.end()) handed_.erase(handed);
        retries_.erase(seq);
        if (!key) continue;
        if (postponed.contains(seq)) {
            order_.NoteRetry(seq, *key);
        } else {
            freed = Free(*key) || freed;
        }
    }
    if (change.latest_due_us) ShortenLeases(*change.latest_due_us);
    if (change.none_is_due_later) claimed_us_ = std::min(claimed_us_, *change.latest_due_us);
    if (!change.cancelled_open.empty()) ++cancellations_;
    for (const std::uint64_t seq : change.cancelled_open) freed = Forget(seq) || freed;
    withheld_.clear();
    for (const Fresh& fresh : change.fresh) Push(fresh);
    if (change.earliest_due_us) NoteDue(*change.earliest_due_us);
    return std::exchange(blocked_, false) || freed || !change.fresh.empty() || change.earliest_due_us.has_value();
}

// What is given back is due as it is written down.
void Window::ShortenLeases(std::int64_t latest_due_us) {
    for (auto& [seq, lease] : retries_) lease.due_us = std::min(lease.due_us, latest_due_us);
}

// The active one of this key has ended. True if another may be handed out now.
bool Window::Free(std::uint64_t key) {
    const auto next = order_.Leave(key);
    if (!next) return false;
    released_.insert(*next);
    held_bytes_ -= BytesOf(handed_.at(*next).parcel);
    return true;
}

// A cancelled one that waited: in the ring, given back, held by its order, for another try, or only on disk. True if
// another may be handed out now.
bool Window::Forget(std::uint64_t seq) {
    bool freed = false;
    if (const auto key = order_.TakeRetry(seq)) freed = Free(*key);
    if (const auto handed = handed_.find(seq); handed != handed_.end()) {
        const OrderKey key = handed->second.key;
        const bool was_active = released_.erase(seq) > 0;
        const std::size_t bytes = BytesOf(handed->second.parcel);
        handed_.erase(handed);
        if (!key) return freed;
        if (order_.Drop(seq, *key)) {
            held_bytes_ -= bytes;
        } else if (was_active) {
            freed = Free(*key);
        }
        return freed;
    }
    const auto found = std::lower_bound(ring_.begin(), ring_.end(), seq,
                                        [](const Fresh& fresh, std::uint64_t wanted) { return fresh.seq < wanted; });
    if (found == ring_.end() || found->seq != seq) return freed;
    ring_bytes_ -= BytesOf(found->parcel);
    ring_.erase(found);
    return freed;
}

bool Window::Withhold(std::uint64_t seq) {
    const std::lock_guard lock(mutex_);
    if (IsLeasedLocked(seq)) return false;
    withheld_.insert(seq);
    return true;
}

void Window::Abort() {
    const std::lock_guard lock(mutex_);
    withheld_.clear();
}

void Window::Push(Fresh fresh) {
    committed_hi_ = std::max(committed_hi_, fresh.seq);
    if (fresh.seq <= loaded_hi_) return;  // a read was faster
    const std::size_t bytes = BytesOf(fresh.parcel);
    const bool fits = ring_.size() < limits_.deliveries && ring_bytes_ + bytes <= limits_.bytes;
    // An event above the limit of bytes passes alone.
    attached_ = attached_ && (fits || ring_.empty());
    if (!attached_) return;
    loaded_hi_ = fresh.seq;
    ring_bytes_ += bytes;
    ring_.push_back(std::move(fresh));
}

bool Window::wants_marks() const {
    const std::lock_guard lock(mutex_);
    if (ring_.empty()) return blocked_;
    return blocked_ || ring_[std::min(ahead_ / 2, ring_.size() - 1)].seq > marks_.sent_hi;
}

std::optional<RefillPlan> Window::PlanRefill() const {
    const std::lock_guard lock(mutex_);
    const std::size_t low = std::min(kRefillBelow, limits_.deliveries / 2);
    if (attached_ || ring_.size() > low || ring_bytes_ > limits_.bytes / 2) return std::nullopt;
    return RefillPlan{loaded_hi_, std::min(kRefillLimit, limits_.deliveries - ring_.size()),
                      limits_.bytes - ring_bytes_, committed_hi_, cancellations_};
}

void Window::Refill(const RefillPlan& plan, std::vector<Fresh> read, bool reached_end) {
    const std::lock_guard lock(mutex_);
    if (plan.cancellations != cancellations_) {
        blocked_ = true;  // the claim after the next commit reads again
        return;
    }
    for (Fresh& fresh : read) {
        loaded_hi_ = fresh.seq;
        ring_bytes_ += BytesOf(fresh.parcel);
        ring_.push_back(std::move(fresh));
    }
    if (!reached_end) return;
    // What was committed before the read is in it; what was committed since is known here or will come through Push.
    if (committed_hi_ == plan.committed_hi) loaded_hi_ = std::max(loaded_hi_, committed_hi_);
    attached_ = loaded_hi_ >= committed_hi_;
}

bool Window::HasFresh() const {
    const std::lock_guard lock(mutex_);
    return !ring_.empty() || !released_.empty();
}

Window::Taken Window::TakeFresh(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    Taken taken;
    for (auto one = released_.begin(); taken.fresh.size() < limit && one != released_.end();) {
        const std::uint64_t seq = *one;
        if (withheld_.contains(seq)) {
            blocked_ = true;
            ++one;
            continue;
        }
        one = released_.erase(one);
        Handed& handed = handed_[seq];
        handed.leased = true;
        taken.fresh.push_back({seq, handed.parcel, handed.key});
    }
    while (taken.fresh.size() < limit && !ring_.empty() && ring_.front().seq <= marks_.sent_hi) {
        if (withheld_.contains(ring_.front().seq)) break;  // until the commit that is under way
        Fresh& front = ring_.front();
        const bool full = order_.held() >= kMostHeld || held_bytes_ >= kMostHeldBytes;
        if (full && front.key && order_.WouldHold(*front.key)) break;  // until one ends
        taken.moved = true;
        cursor_ = front.seq;
        ring_bytes_ -= BytesOf(front.parcel);
        const bool has_turn = !front.key || order_.Enter(front.seq, *front.key);
        handed_.emplace_hint(handed_.end(), front.seq, Handed{front.parcel, front.key, has_turn});
        if (!has_turn) held_bytes_ += BytesOf(front.parcel);
        if (has_turn) taken.fresh.push_back(std::move(front));
        ring_.pop_front();
    }
    taken_ += taken.fresh.size();
    taken.blocked = taken.fresh.size() < limit && !ring_.empty();
    blocked_ = blocked_ || taken.blocked;
    return taken;
}

void Window::AskAgain() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
}

bool Window::IsAheadOfTheDisk() {
    const std::lock_guard lock(mutex_);
    if (unwritten_ < kMostUnwritten) return false;
    return blocked_ = true;
}

std::optional<RetryPlan> Window::PlanRetries(std::size_t limit, base::Time now, bool& blocked) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_us = Micros(now);
    claimed_us_ = std::max(claimed_us_, now_us);
    if (limit == 0 || marks_.retry == 0 || now_us < next_due_us_) return std::nullopt;
    if (now_us > marks_.due_hi_us) blocked = blocked_ = true;
    if (next_due_us_ > marks_.due_hi_us) return std::nullopt;
    return RetryPlan{limit, std::min(now_us, marks_.due_hi_us), LeasedRetries(), retry_version_, cancellations_};
}

std::vector<Due> Window::TakeRetries(const RetryPlan& plan, std::vector<Due> read, std::int64_t next_due_us) {
    const std::lock_guard lock(mutex_);
    if (plan.cancellations != cancellations_) {
        blocked_ = true;  // the claim after the next commit reads again
        return {};
    }
    if (retry_version_ == plan.version) next_due_us_ = next_due_us;
    if (std::erase_if(read, [&](const Due& due) { return withheld_.contains(due.seq); }) > 0) NoteDue(0);
    // A fresh one whose commit is on disk but has not come to Commit is not ours to lease yet; Commit will note its due
    // time.
    std::erase_if(read, [&](const Due& due) { return handed_.contains(due.seq) || retries_.contains(due.seq); });
    for (const Due& due : read) retries_.emplace(due.seq, RetryLease{due.due_us});
    return read;
}

std::optional<RetryPlan> Window::PlanNextDue() const {
    const std::lock_guard lock(mutex_);
    if (marks_.retry == 0) return std::nullopt;
    return RetryPlan{0, 0, LeasedRetries(), retry_version_, cancellations_};
}

std::set<std::uint64_t> Window::LeasedRetries() const {
    std::set<std::uint64_t> leased;
    for (const auto& [seq, lease] : retries_) leased.insert(leased.end(), seq);
    return leased;
}

std::size_t Window::RetryShare(std::size_t limit) {
    if (limit % 2 == 0) return limit / 2;
    const std::lock_guard lock(mutex_);
    odd_to_retries_ = !odd_to_retries_;
    return limit / 2 + (odd_to_retries_ ? 1 : 0);
}

bool Window::Settle(std::uint64_t seq, bool& was_retry) {
    const std::lock_guard lock(mutex_);
    if (const auto found = retries_.find(seq); found != retries_.end() && !found->second.settled) {
        was_retry = true;
        ++unwritten_;
        return found->second.settled = true;
    }
    const auto found = handed_.find(seq);
    if (found == handed_.end() || !found->second.leased || found->second.settled) return false;
    was_retry = false;
    ++unwritten_;
    return found->second.settled = true;
}

void Window::Release(std::uint64_t seq) {
    const std::lock_guard lock(mutex_);
    if (const auto found = retries_.find(seq); found != retries_.end()) {
        if (found->second.settled) return;
        NoteDue(found->second.due_us);
        retries_.erase(found);
        return;
    }
    const auto found = handed_.find(seq);
    if (found == handed_.end() || !found->second.leased || found->second.settled) return;
    found->second.leased = false;
    released_.insert(seq);
}

void Window::NoteDue(std::int64_t due_us) {
    next_due_us_ = std::min(next_due_us_, due_us);
    ++retry_version_;
}

bool Window::IsLeased(std::uint64_t seq) const {
    const std::lock_guard lock(mutex_);
    return IsLeasedLocked(seq);
}

bool Window::IsLeasedLocked(std::uint64_t seq) const {
    if (retries_.contains(seq)) return true;
    const auto found = handed_.find(seq);
    return found != handed_.end() && found->second.leased;
}

Window::OldestFresh Window::FindOldestFresh() const {
    const std::lock_guard lock(mutex_);
    // What was handed out is older than what is in the ring, and that older than what is only on disk.
    const auto idle = std::find_if(handed_.begin(), handed_.end(), [](const auto& one) { return !one.second.leased; });
    if (idle != handed_.end()) return {idle->first, loaded_hi_};
    if (!ring_.empty()) return {ring_.front().seq, loaded_hi_};
    return {std::nullopt, loaded_hi_};
}

std::vector<std::uint64_t> Window::Leased() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> leased;
    for (const auto& [seq, lease] : retries_) leased.push_back(seq);
    for (const auto& [seq, handed] : handed_) {
        if (handed.leased) leased.push_back(seq);
    }
    std::sort(leased.begin(), leased.end());
    return leased;
}

Counts Window::counts() const {
    const std::lock_guard lock(mutex_);
    Counts counts;
    counts.sending = retries_.size() + handed_.size() - released_.size() - order_.held();
    counts.sent = marks_.sent;
    counts.dead = marks_.dead;
    counts.cancelled = marks_.cancelled;
    counts.pruned = marks_.pruned;
    counts.created = marks_.created;
    counts.waiting = marks_.open() - counts.sending;
    return counts;
}

}  // namespace fanfare::store::sqlite
