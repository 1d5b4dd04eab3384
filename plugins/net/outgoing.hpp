// Bytes on their way out of a stream that never waits.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "net/socket.hpp"

namespace fanfare::plugins::net {

class Outgoing {
public:
    // Append here.
    std::string& bytes() { return bytes_; }
    std::size_t backlog() const { return bytes_.size() - sent_; }
    // Bytes since the beginning: appended, and sent.
    std::uint64_t queued_total() const { return sent_total_ + backlog(); }
    std::uint64_t sent_total() const { return sent_total_; }
    // Whether poll(2) is to tell when more can be sent. Not while TLS must read first: writability says nothing then.
    bool wants_write() const { return backlog() > 0 && !wants_read_; }

    // Sends what the stream takes. kDone: there is nothing left.
    Io Flush(Stream& stream);

private:
    void DropSent();

    std::string bytes_;
    std::size_t sent_ = 0;
    std::uint64_t sent_total_ = 0;
    bool wants_read_ = false;
};

}  // namespace fanfare::plugins::net
