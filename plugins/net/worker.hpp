// Takes batches on the instance's thread, delivers them on a thread of its own.
//
// That thread alone talks to the far side and waits in one place, poll(2), never beyond the deadline of a batch; so one
// that hangs keeps neither the instance's thread nor Stop. What is under way of many batches overlaps; of an ordered
// batch one event is under way at a time. An exception on the thread gives back all that it holds.
//
// Threads: Start, Submit and Stop by one thread; all that is protected on the worker's.
#pragma once

#include <poll.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <fanfare/batch.hpp>
#include <fanfare/host.hpp>

#include "net/descriptor.hpp"
#include "net/job.hpp"

namespace fanfare::plugins::net {

using JobPtr = std::shared_ptr<Job>;

class Worker {
public:
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Errors: std::system_error.
    void Start();
    void Submit(Batch&& batch);
    // Gives back what was not sent; waits for the answers of what was, until the deadline.
    void Stop(Deadline deadline);

protected:
    // `name`: of the thread.
    Worker(const Host& host, std::string name);
    // The heir has stopped it: the thread calls its methods.
    virtual ~Worker() = default;

    static Outcome Stopping() { return Outcome::not_attempted("fanfare is stopping"); }

    // The answer of one event; of an ordered batch the next one follows, or the rest is given back. Once it has one,
    // nothing happens.
    void Finish(const JobPtr& job, std::size_t index, const Outcome& outcome);

    const Host& host() const { return host_; }
    bool is_stopping() const { return stopping_; }
    const std::vector<JobPtr>& jobs() const { return jobs_; }

private:
    // An event that is to be delivered.
    virtual void Enqueue(const JobPtr& job, std::size_t index) = 0;
    // The deadline of this one is over: finishes what is open, or as much of it as is not under way.
    virtual void Expire(Job& job) = 0;
    // Each turn while it stops. Finishes what is not under way; all of it once `is_last`.
    virtual void WindUp(bool is_last) = 0;
    // Sends what can be sent.
    virtual void Pump(Deadline now) = 0;
    // Adds what is to be waited for, and is then told what came of each, in that order.
    virtual void AddPolled(std::vector<pollfd>& polled) = 0;
    virtual void Advance(std::span<const pollfd> polled, Deadline now) = 0;
    // When Pump is to be called at the latest.
    virtual Deadline NextWake(Deadline now) const = 0;
    // Drops what is under way and forgets what waits; the jobs' events are answered by the caller.
    virtual void Drop() = 0;
    // The last call on the thread.
    virtual void Close() {}

    void Run();
    void Turn();
    void TakeInbox();
    void Begin(const JobPtr& job);
    void Wait();
    int TimeoutMs(Deadline now) const;
    void GiveUp(const char* why);

    const Host host_;
    const std::string name_;
    Descriptor wake_;
    std::thread thread_;

    std::mutex mutex_;  // guards the two below
    std::vector<JobPtr> inbox_;
    std::optional<Deadline> stop_at_;

    // Of the thread alone.
    bool stopping_ = false;
    Deadline last_moment_{};  // while stopping
    std::vector<JobPtr> jobs_;
    std::vector<pollfd> polled_;
};

}  // namespace fanfare::plugins::net
