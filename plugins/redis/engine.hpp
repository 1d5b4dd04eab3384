// Takes batches on the instance's thread, delivers them on a thread of its own.
//
// That thread alone talks to Redis and waits in one place, poll(2), never beyond the deadline of a batch; so a server
// that hangs keeps neither the instance's thread nor Stop.
//
// Cluster: which node has a slot is learned from its MOVED answers, one slot at a time; what is not known yet goes to
// one of the configured nodes. A node that cannot be reached is forgotten, with all slots that it had.
//
// Threads: Start, Submit and Stop by one thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fanfare/batch.hpp>
#include <fanfare/host.hpp>

#include "command.hpp"
#include "hash_slot.hpp"
#include "net/job.hpp"
#include "node.hpp"
#include "options.hpp"

namespace fanfare::plugins::redis {

class Engine final : private NodeOwner {
public:
    Engine(const Host& host, const Config& config, const Options& options);
    // Stops at once, if it still runs.
    ~Engine();

    // Errors: std::system_error.
    void Start();
    void Submit(Batch&& batch);
    // Gives back what was not sent; waits for the replies of what was, until the deadline.
    void Stop(Deadline deadline);

private:
    void Run();
    void Turn();
    void TakeInbox();
    void WindUp(Deadline now);
    void Expire(Deadline now);
    void Wait();
    Deadline NextWake(Deadline now) const;
    void Sweep();
    void GiveUp(const char* why);
    bool HasSent() const;

    void Begin(const std::shared_ptr<net::Job>& job);
    void Route(Entry entry);
    Node& NodeFor(const Event& event);
    Node& NodeAt(const Endpoint& endpoint);
    template <class Visit>
    void ForEachNode(Visit&& visit);

    void Finish(const Entry& entry, const Outcome& outcome) override;
    void Redirect(Entry entry, const Verdict& verdict) override;
    void OnUnreachable(Node& node) override;
    void Warn(const std::string& text) override;

    const Host host_;
    const Config config_;
    const Options& options_;
    net::Descriptor wake_;
    std::thread thread_;

    std::mutex mutex_;  // guards the two below
    std::vector<std::shared_ptr<net::Job>> inbox_;
    std::optional<Deadline> stop_at_;

    // Of the thread alone.
    bool stopping_ = false;
    Deadline last_moment_{};  // while stopping
    CommandWriter writer_;
    std::vector<std::shared_ptr<net::Job>> jobs_;
    Node home_;                                             // of the configured servers
    std::map<std::string, std::unique_ptr<Node>> learned_;  // of a cluster, by address
    std::vector<Node*> slots_;                              // null: not known
    std::vector<Node*> polled_nodes_;
    std::vector<pollfd> polled_;
};

}  // namespace fanfare::plugins::redis
