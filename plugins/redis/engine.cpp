#include "engine.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace fanfare::plugins::redis {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// As the client of the cluster specification: who is sent on more often goes in a circle.
constexpr std::uint8_t kMaxRedirects = 5;
// Of the time to stop, what is kept for the end of the thread.
constexpr auto kReserve = 50ms;

Outcome Stopping() { return Outcome::not_attempted("fanfare is stopping"); }

}  // namespace

Engine::Engine(const Host& host, const Config& config, const Options& options)
    : host_(host),
      config_(config),
      options_(options),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      writer_(options_),
      home_(static_cast<NodeOwner&>(*this), writer_, options_, config_, options_.servers),
      slots_(options_.topology == Topology::kCluster ? kSlots : 0) {
    if (!wake_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Engine::~Engine() { Stop(Clock::now()); }

void Engine::Start() {
    // Signals are the host's; and TLS writes to sockets that may be closed (SIGPIPE).
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) sigdelset(&all, number);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    try {
        thread_ = std::thread([this] { Run(); });
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Engine::Submit(Batch&& batch) {
    auto job = std::make_shared<net::Job>(std::move(batch));
    {
        const std::lock_guard lock(mutex_);
        inbox_.push_back(std::move(job));
    }
    ::eventfd_write(wake_.get(), 1);
}

void Engine::Stop(Deadline deadline) {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stop_at_ = deadline;
    }
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Engine::Run() {
    pthread_setname_np(pthread_self(), "redis");
    while (!stopping_ || !jobs_.empty()) {
        try {
            Turn();
        } catch (const std::exception& e) {
            GiveUp(e.what());
        }
    }
}

void Engine::Turn() {
    TakeInbox();
    const Deadline now = Clock::now();
    Expire(now);
    ForEachNode([now](Node& node) { node.Pump(now); });
    if (stopping_) WindUp(now);
    Sweep();
    if (!stopping_ || !jobs_.empty()) Wait();
}

void Engine::TakeInbox() {
    std::vector<std::shared_ptr<net::Job>> fresh;
    {
        const std::lock_guard lock(mutex_);
        fresh.swap(inbox_);
        if (stop_at_ && !stopping_) {
            stopping_ = true;
            last_moment_ = *stop_at_ - kReserve;
        }
    }
    for (const std::shared_ptr<net::Job>& job : fresh) Begin(job);
}

void Engine::WindUp(Deadline now) {
    ForEachNode([](Node& node) { node.GiveBack(Stopping()); });
    if (now < last_moment_ && HasSent()) return;
    ForEachNode([](Node& node) { node.Drop("fanfare stopped before Redis answered"); });
    for (const std::shared_ptr<net::Job>& job : jobs_) job->FinishOpen(Stopping());
}

bool Engine::HasSent() const {
    return home_.has_sent() ||
           std::any_of(learned_.begin(), learned_.end(), [](const auto& each) { return each.second->has_sent(); });
}

void Engine::Expire(Deadline now) {
    for (const std::shared_ptr<net::Job>& job : jobs_) {
        if (job->is_done() || now < job->deadline()) continue;
        ForEachNode([&job](Node& node) { node.Expire(*job); });
        job->FinishOpen(Outcome::not_attempted("the time for this batch was over before its turn"));
    }
}

void Engine::Wait() {
    polled_.assign(1, {wake_.get(), POLLIN, 0});
    polled_nodes_.clear();
    ForEachNode([this](Node& node) {
        polled_.push_back(node.wanted());
        polled_nodes_.push_back(&node);
    });
    const Deadline before = Clock::now();
    const Deadline until = NextWake(before);
    int timeout = -1;
    if (until != Deadline::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - before).count();
        timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60000));
    }
    if (::poll(polled_.data(), polled_.size(), timeout) < 0) return;
    if (polled_[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
    }
    const Deadline now = Clock::now();
    for (std::size_t i = 0; i < polled_nodes_.size(); ++i) polled_nodes_[i]->Advance(polled_[i + 1].revents, now);
}

Deadline Engine::NextWake(Deadline now) const {
    Deadline next = stopping_ ? last_moment_ : Deadline::max();
    for (const std::shared_ptr<net::Job>& job : jobs_) next = std::min(next, job->deadline());
    for (const Node* node : polled_nodes_) next = std::min(next, node->wake(now));
    return next;
}

void Engine::Sweep() {
    std::erase_if(jobs_, [](const std::shared_ptr<net::Job>& job) { return job->is_done(); });
    std::erase_if(learned_, [this](const auto& each) {
        Node* const node = each.second.get();
        return node->is_unused() && std::find(slots_.begin(), slots_.end(), node) == slots_.end();
    });
}

// Want of memory, most likely. The host has what is dropped here.
void Engine::GiveUp(const char* why) {
    host_.error("deliveries were given back after a failure", {{"error", why}});
    std::fill(slots_.begin(), slots_.end(), nullptr);
    ForEachNode([](Node& node) {
        node.Drop("an internal failure");
        node.GiveBack(Outcome::retry("an internal failure"));
    });
    learned_.clear();
    for (const std::shared_ptr<net::Job>& job : jobs_) job->FinishOpen(Outcome::retry("an internal failure"));
    jobs_.clear();
}

template <class Visit>
void Engine::ForEachNode(Visit&& visit) {
    visit(home_);
    for (auto& [address, node] : learned_) visit(*node);
}

void Engine::Begin(const std::shared_ptr<net::Job>& job) {
    jobs_.push_back(job);
    const std::size_t count = job->ordered() ? 1 : job->size();
    for (std::size_t i = 0; i < count; ++i) Route({job, static_cast<std::uint32_t>(i)});
}

void Engine::Route(Entry entry) {
    if (stopping_) return Finish(entry, Stopping());
    const Event event = entry.job->event(entry.index);
    if (const auto refusal = writer_.Refusal(event)) return Finish(entry, *refusal);
    NodeFor(event).Enqueue(std::move(entry));
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
    net::Job& job = *entry.job;
    if (!job.is_open(entry.index)) return;
    job.Finish(entry.index, outcome);
    if (!job.ordered() || job.is_done()) return;
    if (outcome.is_delivered()) return Route({entry.job, entry.index + 1});
    job.FinishOpen(Outcome::not_attempted("an event before it in the order was not delivered"));
}

void Engine::Redirect(Entry entry, const Verdict& verdict) {
    if (!entry.job->is_open(entry.index)) return;
    if (stopping_) return Finish(entry, Stopping());
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

void Engine::Warn(const std::string& text) { host_.warn(text, {{"key", options_.key}}); }

void Engine::OnUnreachable(Node& node) {
    std::replace(slots_.begin(), slots_.end(), &node, static_cast<Node*>(nullptr));
}

}  // namespace fanfare::plugins::redis
