// One event loop: one thread, one epoll, the connections it took or was handed, a mailbox for the other threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/descriptor.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/connection.hpp"
#include "http/shared.hpp"

namespace fanfare::http::impl {

// Lives as long as the last Exchange: a request's bytes stay until it is answered, even after the server has stopped.
class Loop : public std::enable_shared_from_this<Loop> {
public:
    // `listener` must outlive Run. Errors: kIo.
    static base::Result<std::shared_ptr<Loop>> Make(std::shared_ptr<Shared> shared, Listener& listener);
    ~Loop();

    // Until stopped. Threads: the one that becomes the loop's.
    void Run();

    // Threads: safe from every thread.
    void Stop(base::SteadyTime until);
    void Answer(std::uint64_t connection, Response response);
    std::size_t connection_count() const { return open_.load(std::memory_order_relaxed); }
    const Counters& counters() const { return counters_; }

    // For its connections. Threads: the loop's.
    Shared& shared() { return *shared_; }
    const Limits& limits() const { return shared_->limits; }
    Counters& counters() { return counters_; }
    TimerWheel& timers() { return timers_; }
    BlockPool& blocks() { return blocks_; }
    Link& waiting() { return waiting_; }  // connections that may be evicted, the longest waiting first
    base::SteadyTime now() const { return now_; }
    std::string_view date() { return date_.Get(std::time(nullptr)); }
    bool is_stopping() const { return stop_until_.has_value(); }
    std::optional<Response> AskAboutHead(const RequestHead& head);
    void Handle(const Request& request, std::uint64_t connection);
    void TellWhenGone(std::uint64_t connection, std::function<void()> gone);
    void RunLater(std::uint64_t connection) { turns_.push_back(connection); }
    // A connection's socket is closed.
    void Closed();
    // Nothing refers to the connection any more.
    void Free(std::uint64_t connection);

private:
    struct Taken {
        base::Descriptor socket;
        std::string peer;
        AddressPlace place;
    };
    struct Answered {
        std::uint64_t connection;
        Response response;
    };
    using Letter = std::variant<Answered, Taken, base::SteadyTime>;  // the last: stop until then

    Loop(std::shared_ptr<Shared> shared, Listener& listener, int epoll, int wake);

    void Post(Letter letter);
    bool MayWait();
    int WaitTime() const;
    void OpenMail();
    void Open(Letter& letter);
    void Deliver(Answered answered);
    void TakeTurns();
    void OnEvent(std::uint64_t id, std::uint32_t events);
    void Accept();
    void Place(Incoming incoming);
    void Adopt(Taken taken);
    bool EvictOne();
    bool Listen();
    void PauseListening();
    void BeginStop(base::SteadyTime until);
    bool IsDone() const;
    void CloseAll();
    Connection* Find(std::uint64_t connection);
    std::uint64_t NewId();

    const std::shared_ptr<Shared> shared_;
    Listener& listener_;
    base::Descriptor epoll_;
    base::Descriptor wake_;

    std::mutex mutex_;
    std::vector<Letter> mail_;       // guarded by mutex_
    bool waiting_for_mail_ = false;  // guarded by mutex_: the loop sleeps and must be woken
    bool closed_ = false;            // guarded by mutex_

    std::vector<Letter> opened_;
    std::vector<Answered> own_answers_;  // given on the loop's thread, to another request than the one being handled
    std::vector<std::uint64_t> turns_;
    BlockPool blocks_;
    base::SteadyTime now_;
    TimerWheel timers_;
    Link waiting_;
    std::vector<std::unique_ptr<Connection>> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::atomic<std::size_t> open_{0};  // with those on their way here
    Counters counters_;
    DateCache date_;
    bool listening_ = false;
    base::SteadyTime listen_again_ = base::SteadyTime::max();
    std::optional<base::SteadyTime> stop_until_;
};

}  // namespace fanfare::http::impl
