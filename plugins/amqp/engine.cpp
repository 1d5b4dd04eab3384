#include "engine.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace fanfare::plugins::amqp {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Of the time to stop, what is kept for the end of the thread.
constexpr auto kReserve = 50ms;

Outcome Stopping() { return Outcome::not_attempted("fanfare is stopping"); }

}  // namespace

Engine::Engine(const Host& host, const Config& config, const Options& options)
    : host_(host),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      publisher_(host, options, [this](const Item& item, const Outcome& outcome) { Finish(item, outcome); }),
      dialer_(options, config, publisher_) {
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
    pthread_setname_np(pthread_self(), "amqp");
    while (!stopping_ || !jobs_.empty()) {
        try {
            Turn();
        } catch (const std::exception& e) {
            GiveUp(e.what());
        }
    }
    if (Connection* const connection = dialer_.connection()) connection->Close();
}

void Engine::Turn() {
    TakeInbox();
    const Deadline now = Clock::now();
    Expire(now);
    if (stopping_) WindUp(now);
    if (publisher_.has_waiting()) dialer_.Want(now);
    if (Connection* const connection = dialer_.connection()) {
        publisher_.Pump(*connection);
    }
    std::erase_if(jobs_, [](const std::shared_ptr<net::Job>& job) { return job->is_done(); });
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

// Of an ordered batch one event is under way at a time.
void Engine::Begin(const std::shared_ptr<net::Job>& job) {
    jobs_.push_back(job);
    const std::size_t count = job->ordered() ? 1 : job->size();
    for (std::size_t i = 0; i < count; ++i) publisher_.Enqueue({job, static_cast<std::uint32_t>(i)});
}

void Engine::Finish(const Item& item, const Outcome& outcome) {
    net::Job& job = *item.job;
    job.Finish(item.index, outcome);
    if (!job.ordered() || job.is_done()) return;
    if (outcome.is_delivered()) return publisher_.Enqueue({item.job, item.index + 1});
    job.FinishOpen(Outcome::not_attempted("an event before it in the order was not delivered"));
}

void Engine::Expire(Deadline now) {
    for (const std::shared_ptr<net::Job>& job : jobs_) {
        if (!job->is_done() && now >= job->deadline()) publisher_.Expire(*job, NotYetSent());
    }
}

// That the broker blocks, or is slow, is no attempt of the event.
Outcome Engine::NotYetSent() const {
    const Connection* const connection = dialer_.connection();
    if (connection == nullptr || !connection->is_ready()) {
        return Outcome::unreachable("no connection in time: " + dialer_.fault_by_now());
    }
    if (publisher_.is_blocked()) {
        return Outcome::not_attempted("the broker blocks publishing: " + publisher_.blocked());
    }
    return Outcome::not_attempted("the time for this batch was over before its turn: the broker confirms slowly");
}

void Engine::WindUp(Deadline now) {
    publisher_.FinishWaiting(Stopping());
    if (now < last_moment_ && publisher_.has_unconfirmed()) return;
    publisher_.FinishUnconfirmed(Outcome::retry("fanfare stopped before the broker confirmed"));
}

void Engine::Wait() {
    pollfd polled[2] = {{wake_.get(), POLLIN, 0}, {-1, 0, 0}};
    const Connection* const connection = dialer_.connection();
    if (connection != nullptr) polled[1] = connection->wanted();
    const Deadline before = Clock::now();
    const Deadline until = NextWake(before);
    int timeout = -1;
    if (until != Deadline::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - before).count();
        timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60000));
    }
    if (::poll(polled, 2, timeout) < 0) return;
    if (polled[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
    }
    if (connection != nullptr) Advance(polled[1].revents, Clock::now());
}

Deadline Engine::NextWake(Deadline now) const {
    Deadline next = stopping_ ? last_moment_ : Deadline::max();
    for (const std::shared_ptr<net::Job>& job : jobs_) next = std::min(next, job->deadline());
    if (const Connection* const connection = dialer_.connection()) return std::min(next, connection->wake(now));
    return publisher_.has_waiting() ? std::min(next, dialer_.next_round()) : next;
}

void Engine::Advance(short events, Deadline now) {
    Connection& connection = *dialer_.connection();
    connection.Advance(events, now);
    if (connection.is_ready()) dialer_.NoteReady(now);
    if (connection.has_failed()) OnFailed(now);
}

// An idle connection that ends is made again when it is needed.
void Engine::OnFailed(Deadline now) {
    const Connection& connection = *dialer_.connection();
    publisher_.OnLost(connection, connection.fault());
    const bool was_ready = dialer_.was_ready();
    if (dialer_.OnFailed(now)) return;
    host_.warn(was_ready ? "the connection has ended" : "no broker can be reached", {{"fault", dialer_.fault()}});
    if (!was_ready) publisher_.FinishWaiting(Outcome::unreachable(dialer_.fault()));
}

// Want of memory, most likely. The host has what is dropped here.
void Engine::GiveUp(const char* why) {
    host_.error("deliveries were given back after a failure", {{"error", why}});
    dialer_.Drop();
    publisher_.FinishUnconfirmed(Outcome::retry("an internal failure"));
    publisher_.FinishWaiting(Outcome::retry("an internal failure"));
    for (const std::shared_ptr<net::Job>& job : jobs_) {
        if (!job->is_done()) job->FinishOpen(Outcome::retry("an internal failure"));
    }
    jobs_.clear();
}

}  // namespace fanfare::plugins::amqp
