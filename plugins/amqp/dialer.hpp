// Finds a broker that takes the connection: one endpoint after the other, the one that worked last first; and keeps a
// distance between its rounds while none does.
//
// Threads: one. Never waits.
#pragma once

#include <cstddef>
#include <memory>
#include <random>
#include <string>

#include <fanfare/host.hpp>

#include "connection.hpp"
#include "options.hpp"

namespace fanfare::plugins::amqp {

class Dialer {
public:
    // All outlive it.
    Dialer(const Options& options, const Config& config, ChannelOwner& owner)
        : options_(options), config_(config), owner_(owner), dice_(std::random_device{}()) {}

    // Begins a round, unless one is under way, there is a connection, or it is too early.
    void Want(Deadline now);
    // Null if there is none. It may not be ready yet.
    Connection* connection() { return connection_.get(); }
    const Connection* connection() const { return connection_.get(); }
    // When Want may begin; only while there is no connection.
    Deadline next_round() const { return next_round_; }

    // The connection is ready.
    void NoteReady(Deadline now);
    // The connection has failed. True: the next endpoint is tried. False: it was the last one, or it was ready before;
    // there is no connection now.
    bool OnFailed(Deadline now);
    // Forgets the connection.
    void Drop() { connection_.reset(); }

    // Whether the connection has been ready.
    bool was_ready() const { return was_ready_; }
    // Why the last round, or the last connection, failed.
    const std::string& fault() const { return fault_; }
    // The same, if there were no more time.
    std::string fault_by_now() const;

private:
    void Try(Deadline now);
    void Note(const std::string& fault);
    Deadline Later(Deadline now);

    const Options& options_;
    const Config config_;
    ChannelOwner& owner_;
    std::minstd_rand dice_;
    std::size_t first_ = 0;
    std::size_t tried_ = 0;
    bool was_ready_ = false;
    Deadline ready_at_{};
    unsigned rounds_ = 0;  // that led to nothing, in a row
    Deadline next_round_{};
    std::unique_ptr<Connection> connection_;
    std::string fault_;
};

}  // namespace fanfare::plugins::amqp
