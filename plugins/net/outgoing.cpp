#include "net/outgoing.hpp"

#include <fanfare/host.hpp>

namespace fanfare::plugins::net {
namespace {

// Room that is kept for the next messages.
constexpr std::size_t kKeptRoom = 1u << 20;
// The password is among the first bytes.
constexpr std::uint64_t kGreeting = 64u << 10;

}  // namespace

Io Outgoing::Flush(Stream& stream) {
    while (backlog() > 0) {
        std::size_t put = 0;
        const Io result = stream.Write(bytes_.data() + sent_, backlog(), put);
        wants_read_ = result == Io::kWantRead;
        if (result != Io::kDone) {
            DropSent();
            return result;
        }
        sent_ += put;
        sent_total_ += put;
    }
    if (sent_total_ <= kGreeting) Secret::wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
    sent_ = 0;
    if (bytes_.capacity() > kKeptRoom) bytes_.shrink_to_fit();
    return Io::kDone;
}

// A far side that is always a little behind never empties it.
void Outgoing::DropSent() {
    if (sent_ < kKeptRoom) return;
    bytes_.erase(0, sent_);
    sent_ = 0;
}

}  // namespace fanfare::plugins::net
