#include "http/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "http/loop_ids.hpp"

namespace fanfare::http::impl {
namespace {

constexpr int kEventsPerWait = 256;

thread_local const Loop* current_loop = nullptr;

}  // namespace

base::Result<std::shared_ptr<Loop>> Loop::Make(std::shared_ptr<Shared> shared, Listener& listener) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    const int wake = epoll < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    std::shared_ptr<Loop> loop(new Loop(std::move(shared), listener, epoll, wake));
    // Edge-triggered: each write wakes once, nobody has to read it empty.
    if (wake < 0 || !AddToEpoll(epoll, wake, EPOLLIN | EPOLLET, kWakeId) || !loop->Listen()) {
        return base::MakeError(base::Code::kIo,
                               "cannot set up an event loop: " + std::generic_category().message(errno) +
                                   "; raise the limit of open files (LimitNOFILE)");
    }
    return loop;
}

Loop::Loop(std::shared_ptr<Shared> shared, Listener& listener, int epoll, int wake)
    : shared_(std::move(shared)),
      listener_(listener),
      epoll_(epoll),
      wake_(wake),
      now_(std::chrono::steady_clock::now()),
      timers_(now_) {}

Loop::~Loop() = default;

void Loop::Run() {
    base::NameThisThread("http");
    current_loop = this;
    std::array<epoll_event, kEventsPerWait> events;
    while (!IsDone()) {
        const int time = MayWait() ? WaitTime() : 0;
        const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerWait, time);
        now_ = std::chrono::steady_clock::now();
        OpenMail();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            OnEvent(event.data.u64, event.events);
        }
        TakeTurns();
        timers_.Expire(now_, [](Timer& timer) { static_cast<Connection&>(timer).OnDeadline(); });
        if (now_ >= listen_again_) Listen();
    }
    CloseAll();
    current_loop = nullptr;
}

void Loop::OnEvent(std::uint64_t id, std::uint32_t events) {
    if (id == kWakeId) return;
    if (id == kListenerId) return Accept();
    Connection* const connection = Find(id);
    if (connection && connection->is_open()) connection->OnEvents(events);
}

// False if there is mail: whoever posts from now on wakes the loop.
bool Loop::MayWait() {
    const std::lock_guard lock(mutex_);
    waiting_for_mail_ = mail_.empty();
    return waiting_for_mail_;
}

int Loop::WaitTime() const {
    if (!turns_.empty() || !own_answers_.empty()) return 0;
    base::SteadyTime until = std::min(listen_again_, timers_.Next().value_or(base::SteadyTime::max()));
    if (stop_until_) until = std::min(until, *stop_until_);
    if (until == base::SteadyTime::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now_);
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void Loop::Post(Letter letter) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        wake = waiting_for_mail_ && mail_.empty();
        mail_.push_back(std::move(letter));
    }
    if (!wake) return;
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the loop is awake.
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

void Loop::OpenMail() {
    {
        const std::lock_guard lock(mutex_);
        waiting_for_mail_ = false;
        opened_.swap(mail_);
    }
    for (Letter& letter : opened_) Open(letter);
    opened_.clear();
}

void Loop::Open(Letter& letter) {
    if (auto* const answered = std::get_if<Answered>(&letter)) {
        Deliver(std::move(*answered));
    } else if (auto* const taken = std::get_if<Taken>(&letter)) {
        Adopt(std::move(*taken));
    } else {
        BeginStop(std::get<base::SteadyTime>(letter));
    }
}

void Loop::Answer(std::uint64_t connection, Response response) {
    if (current_loop != this) return Post(Answered{connection, std::move(response)});
    Connection* const found = Find(connection);
    if (found && found->is_dispatching()) return found->OnAnswer(std::move(response));
    // Later, so that no handler is entered while it is inside a call of its own.
    own_answers_.push_back({connection, std::move(response)});
}

void Loop::Deliver(Answered answered) {
    Connection* const connection = Find(answered.connection);
    if (connection && connection->is_outstanding()) connection->OnAnswer(std::move(answered.response));
}

void Loop::TakeTurns() {
    std::vector<std::uint64_t> turns;
    turns.swap(turns_);
    for (const std::uint64_t id : turns) {
        Connection* const connection = Find(id);
        if (connection && connection->is_open()) connection->OnTurn();
    }
    std::vector<Answered> answers;
    answers.swap(own_answers_);
    for (Answered& answered : answers) Deliver(std::move(answered));
}

std::optional<Response> Loop::AskAboutHead(const RequestHead& head) {
    try {
        return shared_->handler.OnHead(head);
    } catch (const std::exception& problem) {
        log::Error("request.failed", {{"path", std::string(head.path)}, {"reason", problem.what()}});
        return Problem(500, Reason(500), "This server failed to look at the request.");
    }
}

void Loop::Handle(const Request& request, std::uint64_t connection) {
    try {
        shared_->handler.OnRequest(request, Exchange(shared_from_this(), connection));
    } catch (const std::exception& problem) {
        log::Error("request.failed", {{"path", std::string(request.head.path)}, {"reason", problem.what()}});
    }
}

void Loop::TellWhenGone(std::uint64_t connection, std::function<void()> gone) {
    Connection* const found = Find(connection);
    if (found && found->is_dispatching()) found->TellWhenGone(std::move(gone));
}

void Loop::Stop(base::SteadyTime until) { Post(until); }

void Loop::BeginStop(base::SteadyTime until) {
    stop_until_ = until;
    if (listening_) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.descriptor(), nullptr);
    listening_ = false;
    listen_again_ = base::SteadyTime::max();
    for (const auto& connection : slots_) {
        if (connection->is_open()) connection->CloseIfIdle();
    }
}

bool Loop::IsDone() const { return stop_until_ && (connection_count() == 0 || now_ >= *stop_until_); }

void Loop::CloseAll() {
    for (const auto& connection : slots_) {
        if (connection->is_open()) connection->Break();
    }
    std::vector<Letter> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(mail_);
}

}  // namespace fanfare::http::impl
