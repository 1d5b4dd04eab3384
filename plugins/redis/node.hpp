// One server (or the one that is found among several), the events that wait for it, and those that it owes a reply for.
//
// Events are sent without waiting for the replies of those before them; replies come in the order of the commands.
// An event that was sent when the connection broke is answered RETRY, since it may have arrived; one that was not is
// sent over the next connection, or, if there is none to be had, answered UNREACHABLE. Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "dialer.hpp"
#include "net/job.hpp"
#include "link.hpp"
#include "options.hpp"
#include "verdict.hpp"

namespace fanfare::plugins::redis {

// One event on its way.
struct Entry {
    std::shared_ptr<net::Job> job;
    std::uint32_t index = 0;
    std::uint8_t redirects = 0;
    bool asking = false;  // say ASKING before it
};

class Node;

class NodeOwner {
public:
    virtual void Finish(const Entry& entry, const Outcome& outcome) = 0;
    // It belongs to another server.
    virtual void Redirect(Entry entry, const Verdict& verdict) = 0;
    // No connection to the node can be had.
    virtual void OnUnreachable(Node& node) = 0;
    virtual void Warn(const std::string& text) = 0;

protected:
    ~NodeOwner() = default;
};

class Node {
public:
    // All but `candidates` outlive it.
    Node(NodeOwner& owner, CommandWriter& writer, const Options& options, const Config& config,
         std::vector<Endpoint> candidates);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    void Enqueue(Entry entry) { waiting_.push_back(std::move(entry)); }
    // Connects if anything waits, and sends as much as there is room for.
    void Pump(Deadline now);

    pollfd wanted() const;
    Deadline wake(Deadline now) const;
    void Advance(short events, Deadline now);

    // The time of the job is over.
    void Expire(const net::Job& job);
    // Everything that waits is answered so.
    void GiveBack(const Outcome& outcome);
    // Drops the connection; what it owes a reply for is answered RETRY.
    void Drop(const std::string& why);

    bool has_sent() const { return !sent_.empty(); }
    bool is_unused() const { return !dialer_ && !link_ && waiting_.empty(); }

private:
    enum class Awaited : std::uint8_t { kAsking, kAdded, kTrimmed };
    struct Sent {
        Awaited awaited;
        Entry entry;
    };

    void Dial(Deadline now);
    void AdvanceDialer(short events, Deadline now);
    void Send();
    void Write(Entry entry);
    void Receive();
    void Take(const redisReply& reply);
    void TakeAnswer(const Entry& entry, const redisReply& reply);

    NodeOwner& owner_;
    CommandWriter& writer_;
    const Options& options_;
    const Config config_;
    const std::vector<Endpoint> candidates_;
    std::size_t first_ = 0;  // candidate to begin with

    std::deque<Entry> waiting_;
    std::deque<Sent> sent_;
    std::unique_ptr<Dialer> dialer_;
    std::unique_ptr<Link> link_;
    bool retiring_ = false;  // the connection is closed with its last reply
};

}  // namespace fanfare::plugins::redis
