// One instance of a plugin as a sink: its own thread, its queue, the batches it holds, and the host services it calls.
//
// After Start every call into the plugin is made on the instance's thread, one after the other: start, deliver, cancel,
// answers of the HTTP client, stop, destroy. create and validate run before, on the thread that makes the instance.
//
// Bounds. Up to `queued` batches wait for the plugin. A batch that the host took back stays in memory, since the plugin
// may still read it, until it is answered or destroy has returned; of those up to the larger of `abandoned` and four
// times the most batches ever held at once are kept. Beyond either bound, and while a call does not return, Deliver
// says kBusy.
//
// A call that never returns cannot be ended. At Stop such an instance is left behind: its thread, memory and plugin
// state stay until the process ends; destroy is not called under a running thread, the sink's listener is not called
// any more.
//
// Threads: the methods of Sink by one thread; the services by every thread, as plugin.h says.
// Locks: `mutex_` is held while neither the plugin nor the listener nor the HTTP client is called. `outlet_mutex_` is
// held over the listener, so that none is under way once Stop has returned; under it no other lock of ours is taken.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/log_limit.hpp"
#include "http_client/client.hpp"
#include "plugin/host.hpp"
#include "plugin/http_service.hpp"
#include "plugin/library.hpp"
#include "plugin/misbehaviour.hpp"
#include "plugin/options.hpp"
#include "plugin/slots.hpp"
#include "sink/sink.hpp"

namespace fanfare::plugin {

struct Limits {
    std::size_t queued = 64;
    std::size_t abandoned = 32;
    std::chrono::steady_clock::duration hang_after = std::chrono::seconds(30);
    std::chrono::steady_clock::duration start_timeout = std::chrono::seconds(30);
};

class Instance : public std::enable_shared_from_this<Instance> {
public:
    // Runs create and validate. `http` outlives every Stop. Errors: kConfig with the plugin's own words.
    static base::Result<std::shared_ptr<Instance>> Create(const Library& library, InstanceOptions options,
                                                          http_client::Client& http,
                                                          std::shared_ptr<Misbehaviours> misbehaviours, Limits limits);
    // Destroys the plugin's instance, if it was never started.
    ~Instance();

    // As in sink::Sink.
    base::Status Start(sink::Listener listener);
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch);
    void Cork();
    void Uncork();
    void Abandon(sink::BatchId id);
    void Stop(base::SteadyTime deadline);
    std::size_t max_batch() const { return table_.max_batch_events; }

    // Services, called by the plugin.
    const Options& options() const { return options_; }
    void Log(log::Level level, std::string_view message, std::span<const fanfare_kv> fields);
    void SetError(std::string_view message);
    void Complete(Handle batch, std::span<const fanfare_result* const> results);
    void CompleteAll(Handle batch, const fanfare_result* result);
    void SendHttp(const fanfare_http_request& request, fanfare_http_done done, void* user) {
        http_->Send(request, done, user);
    }

private:
    struct Queued {
        sink::BatchId id = 0;
        sink::Batch batch;
    };
    Instance(const Library& library, InstanceOptions options, http_client::Client& http,
             std::shared_ptr<Misbehaviours> misbehaviours, Limits limits);

    // What a call into the plugin came to: a status, or the text of what it threw.
    struct Called {
        fanfare_status status = FANFARE_OK;
        bool threw = false;
        std::string text;
    };
    // `deadline`: how long the call may last at the least, before it counts as hung.
    template <class Function>
    Called Call(base::SteadyTime deadline, Function function);
    template <class Function>
    void CallVoid(base::SteadyTime deadline, Function function) {
        Call(deadline, [&]() -> fanfare_status {
            function();
            return FANFARE_OK;
        });
    }
    Called CallCreate();
    Called CallValidate();
    static std::string ReasonOf(const Called& called);

    // The thread.
    base::Status Spawn();
    void Run();
    void Serve();
    bool MayDeliver(base::SteadyTime now) const;
    void WaitForWork(std::unique_lock<std::mutex>& lock);
    void HandleEvents();
    void FlushAnswers();
    void HandOver(Slot& slot, sink::Batch batch);
    void AfterDeliver(Slot& slot, base::SteadyTime deadline, const Called& called);
    std::vector<sink::Item> TakeBack(Slot& slot, const model::Outcome& outcome, std::vector<sink::Answer>& answers);
    void Finish();
    void GiveBackQueue();
    void Drain(base::SteadyTime until);
    void StopHttp();
    void Destroy();
    void ReleaseAll();

    bool IsHung(base::SteadyTime now) const;
    void LeaveBehind();
    void Mute();
    std::vector<sink::Item> Settle(Slot& slot);
    void NoteProgress(std::size_t answers);
    void Tell(std::vector<sink::Answer> answers);
    void Count(Wrong kind, std::uint64_t times = 1) { misbehaviours_->Count(options_.destination(), kind, times); }
    void Tally(const std::array<std::uint64_t, 4>& by_verdict);

    const fanfare_plugin& table_;
    const std::string plugin_;
    const Options options_;
    const std::shared_ptr<Misbehaviours> misbehaviours_;
    const Limits limits_;
    fanfare_ctx ctx_;
    fanfare_instance* self_ = nullptr;
    bool created_ = false;

    std::thread thread_;
    std::atomic<std::thread::id> thread_id_{};
    bool gathering_ = false;  // of that thread alone: answers wait in gathered_ for the end of this round
    std::vector<sink::Answer> gathered_;
    // When the running call into the plugin began and how long it may last, steady; min() = none runs.
    std::atomic<base::SteadyTime> call_began_{base::SteadyTime::min()};
    std::atomic<base::SteadyTime> call_deadline_{base::SteadyTime::min()};

    const std::shared_ptr<HttpService> http_;
    log::LogLimit log_limit_{/*burst*/ 50, /*per_second*/ 10};

    std::mutex outlet_mutex_;  // guards listener_
    sink::Listener listener_;

    std::mutex mutex_;                  // guards all below
    std::condition_variable wake_;      // of the thread
    std::condition_variable progress_;  // of Start and Stop
    std::deque<Queued> queue_;
    bool corked_ = false;
    std::vector<Handle> cancels_;
    Slots slots_;
    std::string error_;                   // of set_error
    std::uint64_t answered_ = 0;          // events answered so far
    std::uint64_t answered_at_call_ = 0;  // answered_ when deliver was last called
    base::SteadyTime busy_until_{};       // the plugin said BUSY; over at once with the next answer
    bool is_draining_ = false;
    bool started_ = false;  // start has returned
    bool stopping_ = false;
    bool finished_ = false;  // the thread is about to end
    bool noted_hung_ = false;
    base::SteadyTime stop_deadline_{};
    Called start_status_;
};

// An Instance as the sink that dispatch owns.
class PluginSink final : public sink::Sink {
public:
    explicit PluginSink(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}
    ~PluginSink() override;

    base::Status Start(sink::Listener listener) override { return instance_->Start(std::move(listener)); }
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override {
        return instance_->Deliver(id, std::move(batch));
    }
    void Cork() override { instance_->Cork(); }
    void Uncork() override { instance_->Uncork(); }
    void Abandon(sink::BatchId id) override { instance_->Abandon(id); }
    void Stop(base::SteadyTime deadline) override { instance_->Stop(deadline); }
    std::size_t max_batch() const override { return instance_->max_batch(); }

private:
    const std::shared_ptr<Instance> instance_;
};

}  // namespace fanfare::plugin
