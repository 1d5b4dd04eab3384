// What a loop's epoll reports by: a connection's id, or one of the two that are none.
#pragma once

#include <sys/epoll.h>

#include <cstdint>

namespace fanfare::http::impl {

// A connection's id is its slot and, in the upper half, how often that slot was used.
constexpr std::uint64_t kWakeId = UINT64_MAX;
constexpr std::uint64_t kListenerId = UINT64_MAX - 1;

inline bool AddToEpoll(int epoll, int descriptor, std::uint32_t events, std::uint64_t id) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace fanfare::http::impl
