// How connections come to a loop and leave it.
#include <Poco/Net/StreamSocketImpl.h>
#include <sys/epoll.h>

#include <algorithm>

#include "base/log.hpp"
#include "http/loop.hpp"
#include "http/loop_ids.hpp"

namespace fanfare::http::impl {
namespace {

constexpr int kAcceptsPerEvent = 16;
constexpr std::chrono::milliseconds kListenPause{100};  // without descriptors or memory

std::uint32_t SlotOf(std::uint64_t id) { return static_cast<std::uint32_t>(id); }

}  // namespace

bool Loop::Listen() {
    listen_again_ = base::SteadyTime::max();
    // All loops wait on one listener; a connection wakes one of them.
    listening_ = AddToEpoll(epoll_.get(), listener_.descriptor(), EPOLLIN | EPOLLEXCLUSIVE, kListenerId);
    return listening_;
}

void Loop::PauseListening() {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.descriptor(), nullptr);
    listening_ = false;
    listen_again_ = now_ + kListenPause;
}

void Loop::Accept() {
    for (int i = 0; i < kAcceptsPerEvent && listening_; ++i) {
        base::Result<std::optional<Incoming>> incoming = listener_.Accept();
        if (!incoming) {
            log::Warn("http.accept_failed", {{"reason", incoming.error().message}});
            if (!EvictOne()) PauseListening();
            return;
        }
        if (!*incoming) return;
        Place(std::move(**incoming));
    }
}

// To the loop that has the fewest: which loop a connection wakes says nothing about its load.
void Loop::Place(Incoming incoming) {
    AddressPlace place;
    if (incoming.key) {
        std::optional<AddressPlace> entered = shared_->addresses.Enter(*incoming.key, limits().connections_per_address);
        if (!entered) {
            counters_.evicted.Raise();
            return;
        }
        place = std::move(*entered);
    }
    Loop* least = this;
    for (Loop* const loop : shared_->loops) {
        if (loop->connection_count() < least->connection_count()) least = loop;
    }
    least->open_.fetch_add(1, std::memory_order_relaxed);
    Taken taken{std::move(incoming.socket), std::move(incoming.peer), std::move(place)};
    if (least == this) {
        Adopt(std::move(taken));
    } else {
        least->Post(std::move(taken));
    }
}

void Loop::Adopt(Taken taken) {
    counters_.connections.Raise();
    const bool is_full = shared_->connections.fetch_add(1, std::memory_order_relaxed) >= limits().connections;
    if (is_stopping() || (is_full && !EvictOne())) {
        counters_.evicted.Raise();
        Closed();
        return;
    }
    const int descriptor = taken.socket.get();
    std::unique_ptr<TlsStream> tls;
    if (shared_->has_tls && !(tls = TlsStream::Accept(*shared_->tls(), descriptor))) return Closed();
    const std::uint64_t id = NewId();
    Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(taken.socket.Release()));
    socket.setBlocking(false);  // Poco goes by what it was told, not by what the descriptor is
    slots_[SlotOf(id)]->Open(id, std::move(socket), std::move(tls), std::move(taken.peer), std::move(taken.place));
    if (!AddToEpoll(epoll_.get(), descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, id))
        slots_[SlotOf(id)]->Break();
}

bool Loop::EvictOne() {
    if (!waiting_.linked()) return false;
    counters_.evicted.Raise();
    static_cast<WaitingLink&>(*waiting_.next).connection.Break();
    return true;
}

void Loop::Closed() {
    open_.fetch_sub(1, std::memory_order_relaxed);
    shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

Connection* Loop::Find(std::uint64_t id) {
    const std::uint32_t slot = SlotOf(id);
    if (slot >= slots_.size() || slots_[slot]->id() != id) return nullptr;
    return slots_[slot].get();
}

std::uint64_t Loop::NewId() {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.push_back(std::make_unique<Connection>(*this));
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    const std::uint64_t uses = (slots_[slot]->id() >> 32) + 1;
    return uses << 32 | slot;
}

void Loop::Free(std::uint64_t id) { free_slots_.push_back(SlotOf(id)); }

}  // namespace fanfare::http::impl
