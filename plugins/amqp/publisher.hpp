// What waits to be published and what waits for its confirm.
//
// Sources: RabbitMQ, "Consumer Acknowledgements and Publisher Confirms" (tags count from 1 on each channel; `multiple`
// confirms all up to the tag; a mandatory message that reaches no queue is returned before it is confirmed).
// AMQP 0-9-1, 1.1 (reply codes).
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "net/job.hpp"
#include "message.hpp"
#include "options.hpp"

namespace fanfare::plugins::amqp {

struct Item {
    std::shared_ptr<net::Job> job;
    std::uint32_t index = 0;

    bool is_open() const { return job->is_open(index); }
    Event event() const { return job->event(index); }
};

class Publisher final : public ChannelOwner {
public:
    // An item is finished once; `finish` may enqueue further ones.
    using Finish = std::function<void(const Item&, Outcome)>;

    Publisher(const Host& host, const Options& options, Finish finish);

    void Enqueue(Item item) { waiting_.push_back(std::move(item)); }
    bool has_waiting() const { return !waiting_.empty(); }
    bool has_unconfirmed() const { return !sent_.empty(); }

    // Publishes what may be under way.
    void Pump(Connection& connection);
    // The connection is gone. What has not left waits for the next one; what has may have arrived.
    void OnLost(const Connection& connection, const std::string& fault);
    // Everything that waits, or is not confirmed, gets this outcome.
    void FinishWaiting(const Outcome& outcome);
    void FinishUnconfirmed(const Outcome& outcome);
    // The time of this job is over: `waiting` for what has not left.
    void Expire(const net::Job& job, const Outcome& waiting);

    bool is_blocked() const { return !blocked_.empty(); }
    // Why the broker blocks publishing; empty: it does not.
    const std::string& blocked() const { return blocked_; }

private:
    struct Sent {
        Item item;
        std::uint64_t begin = 0;   // of its bytes on the connection
        std::size_t delivery = 0;  // hash of its id, which goes with the event
        bool settled = false;
        std::string returned;  // what the broker said; empty: it did not come back
        int return_code = 0;
    };

    void OnConfirm(std::uint64_t tag, bool multiple, bool accepted) override;
    void OnReturn(std::string_view delivery, int code, std::string_view text) override;
    void OnChannelClosed(int code, std::string_view text) override;
    void OnBlocked(std::string_view reason) override;

    void PublishOne(Connection& connection);
    void Settle(Sent& sent, bool accepted);
    void Done(const Item& item, Outcome outcome);
    Outcome Returned(const Sent& sent) const;
    std::deque<Sent> TakeSent();
    void Requeue(std::deque<Sent> sent);

    const Host host_;
    const Options& options_;
    const Finish finish_;
    MessageWriter writer_;
    std::string remote_;
    std::deque<Item> waiting_;
    std::deque<Sent> sent_;         // in the order of their tags
    std::uint64_t first_tag_ = 1;   // of sent_.front()
    std::uint64_t return_tag_ = 1;  // what comes back next has this tag or a later one
    // So many are published one by one, since one of them makes the broker close the channel.
    std::size_t careful_ = 0;
    std::string blocked_;
};

}  // namespace fanfare::plugins::amqp
