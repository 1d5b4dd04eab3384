// What the worker does for Redis: which node an event goes to, and where it goes when a node sends it on.
//
// Cluster: which node has a slot is learned from its MOVED answers, one slot at a time; what is not known yet goes to
// one of the configured nodes. A node that cannot be reached is forgotten, with all slots that it had.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fanfare/batch.hpp>
#include <fanfare/host.hpp>

#include "command.hpp"
#include "hash_slot.hpp"
#include "net/worker.hpp"
#include "node.hpp"
#include "options.hpp"

namespace fanfare::plugins::redis {

class Engine final : public net::Worker, private NodeOwner {
public:
    // `options` outlives it.
    Engine(const Host& host, const Config& config, const Options& options);
    // Stops at once, if it still runs.
    ~Engine() override;

private:
    void Enqueue(const net::JobPtr& job, std::size_t index) override;
    void Expire(net::Job& job) override;
    void WindUp(bool is_last) override;
    void Pump(Deadline now) override;
    void AddPolled(std::vector<pollfd>& polled) override;
    void Advance(std::span<const pollfd> polled, Deadline now) override;
    Deadline NextWake(Deadline now) const override;
    void Drop() override;

    void Finish(const Entry& entry, const Outcome& outcome) override;
    void Redirect(Entry entry, const Verdict& verdict) override;
    void OnUnreachable(Node& node) override;
    void Warn(const std::string& text) override;

    void ForgetUnused();
    bool HasSent() const;
    Node& NodeFor(const Event& event);
    Node& NodeAt(const Endpoint& endpoint);
    template <class Visit>
    void ForEachNode(Visit&& visit);

    const Config config_;
    const Options& options_;
    CommandWriter writer_;
    Node home_;                                             // of the configured servers
    std::map<std::string, std::unique_ptr<Node>> learned_;  // of a cluster, by address
    std::vector<Node*> slots_;                              // null: not known
    std::vector<Node*> polled_nodes_;
};

}  // namespace fanfare::plugins::redis
