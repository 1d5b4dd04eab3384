#include "engine.hpp"

#include <algorithm>
#include <chrono>

namespace fanfare::plugins::redis {
namespace {

// As the client of the cluster specification: who is sent on more often goes in a circle.
constexpr std::uint8_t kMaxRedirects = 5;

}  // namespace

Engine::Engine(const Host& host, const Config& config, const Options& options)
    : net::Worker(host, "redis"),
      config_(config),
      options_(options),
      writer_(options_),
      home_(static_cast<NodeOwner&>(*this), writer_, options_, config_, options_.servers),
      slots_(options_.topology == Topology::kCluster ? kSlots : 0) {}

Engine::~Engine() { Stop(std::chrono::steady_clock::now()); }

void Engine::Enqueue(const net::JobPtr& job, std::size_t index) {
    Entry entry{job, static_cast<std::uint32_t>(index)};
    if (is_stopping()) return Finish(entry, Stopping());
    const Event event = job->event(index);
    if (const auto refusal = writer_.Refusal(event)) return Finish(entry, *refusal);
    NodeFor(event).Enqueue(std::move(entry));
}

void Engine::Expire(net::Job& job) {
    ForEachNode([&job](Node& node) { node.Expire(job); });
    job.FinishOpen(Outcome::not_attempted("the time for this batch was over before its turn"));
}

void Engine::WindUp(bool is_last) {
    ForEachNode([](Node& node) { node.GiveBack(Stopping()); });
    if (!is_last && HasSent()) return;
    ForEachNode([](Node& node) { node.Drop("fanfare stopped before Redis answered"); });
    for (const net::JobPtr& job : jobs()) job->FinishOpen(Stopping());
}

bool Engine::HasSent() const {
    return home_.has_sent() ||
           std::any_of(learned_.begin(), learned_.end(), [](const auto& each) { return each.second->has_sent(); });
}

void Engine::Pump(Deadline now) {
    ForEachNode([now](Node& node) { node.Pump(now); });
    ForgetUnused();
}

void Engine::ForgetUnused() {
    std::erase_if(learned_, [this](const auto& each) {
        Node* const node = each.second.get();
        return node->is_unused() && std::find(slots_.begin(), slots_.end(), node) == slots_.end();
    });
}

void Engine::AddPolled(std::vector<pollfd>& polled) {
    polled_nodes_.clear();
    ForEachNode([&](Node& node) {
        polled.push_back(node.wanted());
        polled_nodes_.push_back(&node);
    });
}

void Engine::Advance(std::span<const pollfd> polled, Deadline now) {
    for (std::size_t i = 0; i < polled.size(); ++i) polled_nodes_[i]->Advance(polled[i].revents, now);
}

Deadline Engine::NextWake(Deadline now) const {
    Deadline next = Deadline::max();
    for (const Node* node : polled_nodes_) next = std::min(next, node->wake(now));
    return next;
}

void Engine::Drop() {
    std::fill(slots_.begin(), slots_.end(), nullptr);
    ForEachNode([](Node& node) {
        node.Drop("an internal failure");
        node.GiveBack(Outcome::retry("an internal failure"));
    });
    learned_.clear();
}

template <class Visit>
void Engine::ForEachNode(Visit&& visit) {
    visit(home_);
    for (auto& [address, node] : learned_) visit(*node);
}

// PUBLISH goes to any node: the cluster passes it on to all.
Node& Engine::NodeFor(const Event& event) {
    if (slots_.empty() || options_.mode == Mode::kChannel) return home_;
    Node* const node = slots_[HashSlot(writer_.KeyOf(event))];
    return node != nullptr ? *node : home_;
}

Node& Engine::NodeAt(const Endpoint& endpoint) {
    std::unique_ptr<Node>& node = learned_[endpoint.text()];
    if (!node)
        node =
            std::make_unique<Node>(static_cast<NodeOwner&>(*this), writer_, options_, config_, std::vector{endpoint});
    return *node;
}

void Engine::Finish(const Entry& entry, const Outcome& outcome) {
    net::Worker::Finish(entry.job, entry.index, outcome);
}

void Engine::Redirect(Entry entry, const Verdict& verdict) {
    if (!entry.job->is_open(entry.index)) return;
    if (is_stopping()) return Finish(entry, Stopping());
    if (++entry.redirects > kMaxRedirects) {
        return Finish(entry, Outcome::retry("the cluster sent it on more than 5 times, last to " +
                                            verdict.target.text() + "; see 'redis-cli --cluster check'"));
    }
    if (verdict.slot >= slots_.size()) return Finish(entry, Outcome::retry("the cluster named a slot that is none"));
    Node& target = NodeAt(verdict.target);
    entry.asking = verdict.kind == Verdict::Kind::kAsk;
    if (!entry.asking) slots_[verdict.slot] = &target;
    target.Enqueue(std::move(entry));
}

void Engine::Warn(const std::string& text) { host().warn(text, {{"key", options_.key}}); }

void Engine::OnUnreachable(Node& node) {
    std::replace(slots_.begin(), slots_.end(), &node, static_cast<Node*>(nullptr));
}

}  // namespace fanfare::plugins::redis
