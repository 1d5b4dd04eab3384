// Takes batches on the instance's thread, publishes them on a thread of its own.
//
// That thread alone talks to the broker and waits in one place, poll(2), never beyond the deadline of a batch; so a
// broker that hangs, or that blocks publishing, keeps neither the instance's thread nor Stop. The confirms of many
// batches overlap.
//
// Threads: Start, Submit and Stop by one thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fanfare/batch.hpp>
#include <fanfare/host.hpp>

#include "net/descriptor.hpp"
#include "dialer.hpp"
#include "net/job.hpp"
#include "options.hpp"
#include "publisher.hpp"

namespace fanfare::plugins::amqp {

class Engine {
public:
    // `options` outlives it.
    Engine(const Host& host, const Config& config, const Options& options);
    // Stops at once, if it still runs.
    ~Engine();

    // Errors: std::system_error.
    void Start();
    void Submit(Batch&& batch);
    // Gives back what was not sent; waits for the confirms of what was, until the deadline.
    void Stop(Deadline deadline);

private:
    void Run();
    void Turn();
    void TakeInbox();
    void Begin(const std::shared_ptr<net::Job>& job);
    void Expire(Deadline now);
    Outcome NotYetSent() const;
    void WindUp(Deadline now);
    void Wait();
    Deadline NextWake(Deadline now) const;
    void Advance(short events, Deadline now);
    void OnFailed(Deadline now);
    void Finish(const Item& item, const Outcome& outcome);
    void GiveUp(const char* why);

    const Host host_;
    net::Descriptor wake_;
    std::thread thread_;

    std::mutex mutex_;  // guards the two below
    std::vector<std::shared_ptr<net::Job>> inbox_;
    std::optional<Deadline> stop_at_;

    // Of the thread alone.
    bool stopping_ = false;
    Deadline last_moment_{};  // while stopping
    std::vector<std::shared_ptr<net::Job>> jobs_;
    Publisher publisher_;
    Dialer dialer_;
};

}  // namespace fanfare::plugins::amqp
