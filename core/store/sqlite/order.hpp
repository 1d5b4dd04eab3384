// Whose turn it is among deliveries with the same order key. Pure; its window guards it.
//
// Of a key at most one delivery is active: leased, or waiting for another try. Fresh ones that come upon an active one
// are held, in order. In memory only: after a crash they are fresh again, and those that wait for another try are read
// at the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace fanfare::store::sqlite {

class Order {
public:
    // True if it may be handed out now, and is the active one from now on; false: it is held.
    bool Enter(std::uint64_t seq, std::uint64_t key) {
        const auto [queue, free] = queues_.try_emplace(key);
        if (free) return true;
        queue->second.push_back(seq);
        ++held_;
        return false;
    }
    bool WouldHold(std::uint64_t key) const { return queues_.contains(key); }

    // The active one of a key has ended. Gives the one whose turn it is, which is active from now on.
    std::optional<std::uint64_t> Leave(std::uint64_t key) {
        const auto queue = queues_.find(key);
        if (queue == queues_.end()) return std::nullopt;
        if (queue->second.empty()) {
            queues_.erase(queue);
            return std::nullopt;
        }
        const std::uint64_t next = queue->second.front();
        queue->second.pop_front();
        --held_;
        return next;
    }
    // A held one that is cancelled. False: it is not held.
    bool Drop(std::uint64_t seq, std::uint64_t key) {
        const auto queue = queues_.find(key);
        if (queue == queues_.end()) return false;
        for (auto one = queue->second.begin(); one != queue->second.end(); ++one) {
            if (*one != seq) continue;
            queue->second.erase(one);
            --held_;
            return true;
        }
        return false;
    }

    // One that waits for another try is the active one of its key.
    void NoteRetry(std::uint64_t seq, std::uint64_t key) {
        queues_.try_emplace(key);
        retries_.emplace(seq, key);
    }
    // Its key, if it waits for another try or did until now; it does no longer.
    std::optional<std::uint64_t> TakeRetry(std::uint64_t seq) {
        const auto found = retries_.find(seq);
        if (found == retries_.end()) return std::nullopt;
        const std::uint64_t key = found->second;
        retries_.erase(found);
        return key;
    }

    std::size_t held() const { return held_; }

private:
    std::unordered_map<std::uint64_t, std::deque<std::uint64_t>> queues_;  // of keys with an active one
    std::unordered_map<std::uint64_t, std::uint64_t> retries_;             // seq to key
    std::size_t held_ = 0;
};

}  // namespace fanfare::store::sqlite
