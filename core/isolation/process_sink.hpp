// A plugin in a process of its own, as a sink: the same library through the same C ABI, but what it does to memory, to
// itself and to the clock it does to that process.
//
// When the process ends, by itself or because it no longer answers, what it had not answered goes back untouched, and a
// new one is started after a pause that doubles from 1 s to a minute. Until all that was in it when it ended has been
// answered, also what had been given up, the new one is handed one event at a time; so the event that ends it is found,
// and one that hangs costs those beside it one attempt, not all. One that has ended two processes is rejected. A process
// that has lived for a minute is handed many again: what is awaited may never come, if it was cancelled. A batch that
// was given up and is not answered within 5 s after that ends the process: it hangs.
//
// Owns: the process, and one thread that talks with it. Threads: as sink::Sink says.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"
#include "base/clock.hpp"
#include "isolation/child.hpp"
#include "isolation/message.hpp"
#include "sink/sink.hpp"

namespace fanfare::isolation {

struct Timing {
    base::Duration first_pause = std::chrono::seconds(1);
    base::Duration longest_pause = std::chrono::minutes(1);
    base::Duration hang_after = std::chrono::seconds(5);  // after a batch was given up
    base::Duration make_timeout = std::chrono::seconds(30);
    base::Duration suspicion = std::chrono::minutes(1);  // how long a new process is handed one event at a time
};

class ProcessSink final : public sink::Sink {
public:
    // Counts what the plugin did that its contract forbids; "crashed" is one of the kinds. Threads: on every one.
    using Blame = std::function<void(const std::string& kind, std::uint64_t times)>;

    // Starts a process and makes the plugin's instance in it. Errors: kConfig with the plugin's own words, or with how
    // the process ended; kIo.
    static base::Result<std::unique_ptr<sink::Sink>> Make(Order order, std::size_t max_batch, Blame blame,
                                                          Timing timing = {});
    ~ProcessSink() override;

    base::Status Start(sink::Listener listener) override;
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override;
    void Abandon(sink::BatchId id) override;
    void Stop(base::SteadyTime deadline) override;
    std::size_t max_batch() const override;

private:
    // A batch that is not answered whole.
    struct Held {
        sink::Batch batch;
        std::vector<bool> sent, answered;
        std::size_t open = 0;
    };
    static constexpr std::uint32_t kAnswered = UINT32_MAX;
    // What the process was handed as one batch.
    struct Parcel {
        sink::BatchId batch = 0;
        std::vector<std::uint32_t> indexes;  // in that batch, or kAnswered
        std::vector<model::DeliveryId> deliveries;
        std::size_t Open() const;
    };
    using Answers = std::vector<sink::Answer>;

    ProcessSink(Order order, std::size_t max_batch, Blame blame, Timing timing);
    // A process with the plugin's instance in it. Waits for it; nobody else may talk with it meanwhile.
    base::Result<Child> MakeChild() const;
    base::Status Ask(Child& child, Kind kind, std::string_view content) const;

    // The thread.
    void Run();
    void Talk();
    bool TakeFrames();
    void Take(const Frame& frame);
    void TakeAnswers(Answers answers);
    void OnDeath(const std::string& why);
    void Rebirth();
    bool IsHanging(base::SteadyTime now) const;
    int TimeoutMs(base::SteadyTime now) const;

    // With mutex_ held.
    void Pump();
    void Send(sink::BatchId id, const std::vector<std::uint32_t>& indexes);
    bool MaySendOnlyOne() const;
    Answers GiveBack(const std::string& how);
    std::size_t Suspect();
    model::Outcome FateOf(const model::DeliveryId& id, const std::string& how, bool alone);
    void Forget(const model::DeliveryId& id);

    void Tell(Answers answers);
    void Wake();

    const Order order_;
    const std::size_t max_batch_;
    const Blame blame_;
    const Timing timing_;
    base::Descriptor wake_;
    FrameReader reader_;  // of the thread, as is this one
    base::Duration pause_{};
    std::thread thread_;

    std::mutex outlet_mutex_;
    sink::Listener listener_;  // guarded by outlet_mutex_, which is held while it is called

    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    Child child_;  // guarded by mutex_, as is all below
    base::SteadyTime reborn_at_{};
    bool is_up_ = false;
    bool stopping_ = false;
    bool over_ = false;  // the thread is about to end
    std::string out_;
    std::map<sink::BatchId, Held> held_;
    std::map<sink::BatchId, Parcel> parcels_;  // by the number that the process knows
    sink::BatchId last_parcel_ = 0;
    std::set<model::DeliveryId> suspects_;    // were in a process when it ended
    std::map<model::DeliveryId, int> ended_;  // how many processes a delivery has ended, alone in them
    std::size_t given_up_ = 0;                // parcels that were given up and are not answered
    base::SteadyTime given_up_since_{};
};

}  // namespace fanfare::isolation
