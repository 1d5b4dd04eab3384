// Deadlines of many connections, cheap to move: one that is put off costs a store, nothing else. Threads: one.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace fanfare::http::impl {

// A doubly linked ring; an element is in no ring or in one. The owner of an element unlinks it before it goes.
struct Link {
    Link* previous = this;
    Link* next = this;

    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool linked() const { return next != this; }
    void Unlink() {
        previous->next = next;
        next->previous = previous;
        previous = next = this;
    }
    // Before `ring`, so at its end.
    void AppendTo(Link& ring) {
        previous = ring.previous;
        next = &ring;
        previous->next = this;
        ring.previous = this;
    }
};

struct Timer : Link {
    base::SteadyTime deadline = base::SteadyTime::max();
    std::int64_t tick = 0;  // when the wheel looks at it next
};

class TimerWheel {
public:
    static constexpr std::chrono::milliseconds kTick{16};

    explicit TimerWheel(base::SteadyTime now) : last_tick_(TickOf(now)) {}

    void Set(Timer& timer, base::SteadyTime deadline) {
        timer.deadline = deadline;
        if (deadline == base::SteadyTime::max()) return;
        const std::int64_t tick = SlotTick(deadline);
        if (timer.linked() && timer.tick <= tick) return;
        Put(timer, tick);
    }
    void Clear(Timer& timer) {
        timer.deadline = base::SteadyTime::max();
        if (timer.linked()) timer.Unlink();
    }

    // Calls on_expired(Timer&) for each whose deadline has come, taken off the wheel; it may set and clear any timer.
    template <class OnExpired>
    void Expire(base::SteadyTime now, OnExpired&& on_expired) {
        const std::int64_t until = TickOf(now);
        std::int64_t tick = last_tick_ + 1;
        if (until - tick >= static_cast<std::int64_t>(kSlots)) tick = until - static_cast<std::int64_t>(kSlots) + 1;
        last_tick_ = std::max(until, last_tick_);
        for (; tick <= until; ++tick) ExpireSlot(slots_[SlotOf(tick)], now, on_expired);
    }

    // When to call Expire next; nullopt: no timer is set.
    std::optional<base::SteadyTime> Next() const {
        for (std::size_t i = 1; i <= kSlots; ++i) {
            const std::int64_t tick = last_tick_ + static_cast<std::int64_t>(i);
            if (slots_[SlotOf(tick)].linked()) return base::SteadyTime(tick * kTick);
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t kSlots = 256;

    static std::int64_t TickOf(base::SteadyTime time) { return time.time_since_epoch() / kTick; }
    static std::size_t SlotOf(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }

    // Later deadlines than the wheel reaches are looked at once a turn.
    std::int64_t SlotTick(base::SteadyTime deadline) const {
        const std::int64_t last = last_tick_ + static_cast<std::int64_t>(kSlots) - 1;
        return std::max(last_tick_ + 1, std::min(last, TickOf(deadline) + 1));
    }
    void Put(Timer& timer, std::int64_t tick) {
        if (timer.linked()) timer.Unlink();
        timer.tick = tick;
        timer.AppendTo(slots_[SlotOf(tick)]);
    }

    template <class OnExpired>
    void ExpireSlot(Link& slot, base::SteadyTime now, OnExpired& on_expired) {
        Link due;
        while (slot.linked()) {
            Link& first = *slot.next;
            first.Unlink();
            first.AppendTo(due);
        }
        while (due.linked()) {
            auto& timer = static_cast<Timer&>(*due.next);
            timer.Unlink();
            if (timer.deadline <= now) {
                on_expired(timer);
            } else if (timer.deadline != base::SteadyTime::max()) {
                Put(timer, SlotTick(timer.deadline));
            }
        }
    }

    std::int64_t last_tick_;
    std::array<Link, kSlots> slots_;
};

}  // namespace fanfare::http::impl
