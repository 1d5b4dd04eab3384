#include "net/worker.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace fanfare::plugins::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Of the time to stop, what is kept for the end of the thread.
constexpr auto kReserve = 50ms;

}  // namespace

Worker::Worker(const Host& host, std::string name)
    : host_(host), name_(std::move(name)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Worker::Start() {
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

void Worker::Submit(Batch&& batch) {
    auto job = std::make_shared<Job>(std::move(batch));
    {
        const std::lock_guard lock(mutex_);
        inbox_.push_back(std::move(job));
    }
    ::eventfd_write(wake_.get(), 1);
}

void Worker::Stop(Deadline deadline) {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stop_at_ = deadline;
    }
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Worker::Run() {
    pthread_setname_np(pthread_self(), name_.c_str());
    while (!stopping_ || !jobs_.empty()) {
        try {
            Turn();
        } catch (const std::exception& e) {
            GiveUp(e.what());
        }
    }
    Close();
}

void Worker::Turn() {
    TakeInbox();
    const Deadline now = Clock::now();
    for (const JobPtr& job : jobs_) {
        if (!job->is_done() && now >= job->deadline()) Expire(*job);
    }
    if (stopping_) WindUp(now >= last_moment_);
    Pump(now);
    std::erase_if(jobs_, [](const JobPtr& job) { return job->is_done(); });
    if (!stopping_ || !jobs_.empty()) Wait();
}

void Worker::TakeInbox() {
    std::vector<JobPtr> fresh;
    {
        const std::lock_guard lock(mutex_);
        fresh.swap(inbox_);
        if (stop_at_ && !stopping_) {
            stopping_ = true;
            last_moment_ = *stop_at_ - kReserve;
        }
    }
    for (const JobPtr& job : fresh) Begin(job);
}

void Worker::Begin(const JobPtr& job) {
    jobs_.push_back(job);
    const std::size_t count = job->ordered() ? 1 : job->size();
    for (std::size_t i = 0; i < count; ++i) Enqueue(job, i);
}

void Worker::Finish(const JobPtr& job, std::size_t index, const Outcome& outcome) {
    if (!job->is_open(index)) return;
    job->Finish(index, outcome);
    if (!job->ordered() || job->is_done()) return;
    if (outcome.is_delivered()) return Enqueue(job, index + 1);
    job->FinishOpen(Outcome::not_attempted("an event before it in the order was not delivered"));
}

void Worker::Wait() {
    polled_.assign(1, {wake_.get(), POLLIN, 0});
    AddPolled(polled_);
    if (::poll(polled_.data(), polled_.size(), TimeoutMs(Clock::now())) < 0) return;
    if (polled_[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
    }
    Advance(std::span<const pollfd>(polled_).subspan(1), Clock::now());
}

int Worker::TimeoutMs(Deadline now) const {
    Deadline next = stopping_ ? last_moment_ : Deadline::max();
    for (const JobPtr& job : jobs_) next = std::min(next, job->deadline());
    next = std::min(next, NextWake(now));
    if (next == Deadline::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60000));
}

// Want of memory, most likely. The host has what is dropped here.
void Worker::GiveUp(const char* why) {
    host_.error("deliveries were given back after a failure", {{"error", why}});
    Drop();
    for (const JobPtr& job : jobs_) job->FinishOpen(Outcome::retry("an internal failure"));
    jobs_.clear();
}

}  // namespace fanfare::plugins::net
