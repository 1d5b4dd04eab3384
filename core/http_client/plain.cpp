#include "http_client/plain.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/text.hpp"
#include "http_client/head.hpp"
#include "http_client/scrub.hpp"

namespace fanfare::http_client {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
// In one go, before the other connections have their turn.
constexpr int kReads = 4;
constexpr std::size_t kMostSpare = 64;
constexpr std::chrono::seconds kPruneEvery{10};
// No server is tired of an idle connection before; what has been so for longer is looked at once more.
constexpr std::chrono::seconds kWarm{1};

bool IsWouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

std::string_view WithoutBrackets(std::string_view host) {
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

// Of a host that needs no lookup.
std::vector<std::string> AddressesOf(const Target& target) {
    // RFC 6761, section 6.3
    if (base::EqualsIgnoreCase(target.host, "localhost")) return {"::1", "127.0.0.1"};
    return {std::string(WithoutBrackets(target.host))};
}

iovec Part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

bool Plain::Carries(const Target& target) const {
    if (target.https || !target.unix_socket.empty() || settings_.proxies.For(target) != nullptr) return false;
    // Old forms of addresses, like 127.1, are libcurl's to read.
    const bool is_usual = target.NeedsLookup() || base::EqualsIgnoreCase(target.host, "localhost") ||
                          base::ParseAddress(WithoutBrackets(target.host));
    return is_usual && settings_.http_version != HttpVersion::kTwo && settings_.max_connections == 0;
}

void Plain::Begin(Waiting waiting, Target target, std::vector<std::string> addresses, std::chrono::milliseconds left,
                  base::Secret authorization) {
    std::unique_ptr<Job> made;
    if (spare_.empty()) {
        made = std::make_unique<Job>();
    } else {
        made = std::move(spare_.back());
        spare_.pop_back();
    }
    Job& job = *made;
    job.waiting = std::move(waiting);
    job.target = std::move(target);
    job.authorization = std::move(authorization);
    job.addresses = std::move(addresses);
    job.left = left;
    job.sends = 0;
    job.slot = jobs_.size();
    jobs_.push_back(std::move(made));
    WriteHead(job.waiting.request, job.target, user_agent_, job.authorization.Reveal(), job.head);
    NoteDue(job.waiting.request.deadline);

    const auto now = std::chrono::steady_clock::now();
    job.line = TakeKept(job.target.Name(), now);
    job.on_kept_line = job.line != nullptr;
    if (!job.on_kept_line) return Connect(job, now);
    job.line->set_job(&job);
    Send(job);
}

void Plain::Connect(Job& job, base::SteadyTime now) {
    job.on_kept_line = false;
    job.connect_until = now + settings_.connect_timeout;
    job.dial = std::make_unique<Dial>(sockets_, *this, settings_.policy, job.target,
                                      job.target.NeedsLookup() ? job.addresses : AddressesOf(job.target));
    AfterDial(job, job.dial->Start(&job, now));
}

void Plain::AfterDial(Job& job, Dial::State state) {
    if (state == Dial::State::kOpen) return NoteDue(job);
    if (state == Dial::State::kFailed) return Finish(job, CURLE_COULDNT_CONNECT, job.dial->system_error());
    job.line = job.dial->Take();
    job.dial.reset();
    Send(job);
}

void Plain::Send(Job& job) {
    ++job.sends;
    job.sent = 0;
    job.send_error = 0;
    job.answer.Start(job.waiting.request.max_response_bytes);
    job.reader.Start(job.answer, job.waiting.request.method == "HEAD");
    Write(job);
}

void Plain::Write(Job& job) {
    const std::string_view head = job.head;
    const std::string_view body = job.waiting.request.body;
    while (!job.is_sent()) {
        const std::size_t of_head = std::min(job.sent, head.size());
        std::array<iovec, 2> parts = {Part(head.substr(of_head)), Part(body.substr(job.sent - of_head))};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t sent = ::sendmsg(job.line->fd(), &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            job.sent += static_cast<std::size_t>(sent);
            continue;
        }
        if (IsWouldBlock(errno)) return job.line->Want(EPOLLIN | EPOLLOUT);
        // It may have been answered before it was whole, and this says why.
        job.send_error = errno;
        job.line->Want(EPOLLIN);
        return Read(job);
    }
    job.line->Want(EPOLLIN);
}

void Plain::OnLine(Line& line, std::uint32_t events) {
    if (line.job() == nullptr) return Drop(line);
    Job& job = *line.job();
    if (job.dial) return AfterDial(job, job.dial->OnLine(line, std::chrono::steady_clock::now()));
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) return Read(job);
    if (!job.is_sent() && job.send_error == 0) Write(job);
}

// A job that ends, or is to begin anew, has its line no more.
void Plain::Read(Job& job) {
    std::array<char, kReadBytes> bytes;
    const Line* const line = job.line.get();
    for (int i = 0; i < kReads && job.line.get() == line; ++i) {
        const ssize_t got = ::recv(line->fd(), bytes.data(), bytes.size(), 0);
        if (got < 0) {
            const int error = errno;
            if (!IsWouldBlock(error)) return Broke(job, CURLE_RECV_ERROR, error);
            if (job.send_error != 0) Broke(job, CURLE_SEND_ERROR, job.send_error);
            return;
        }
        if (got == 0) return TakeEnd(job);
        TakeBytes(job, {bytes.data(), static_cast<std::size_t>(got)});
        if (static_cast<std::size_t>(got) < bytes.size()) return;
    }
}

void Plain::TakeBytes(Job& job, std::string_view bytes) {
    switch (job.reader.Take(bytes)) {
        case AnswerReader::Step::kMore:
            return;
        case AnswerReader::Step::kDone:
            return Finish(job, CURLE_OK);
        case AnswerReader::Step::kBroken:
            return Finish(job, job.reader.failure());
    }
}

void Plain::TakeEnd(Job& job) {
    if (job.reader.Close() == AnswerReader::Step::kDone) return Finish(job, CURLE_OK);
    Broke(job, job.reader.failure(), 0);
}

void Plain::Broke(Job& job, CURLcode result, int system_error) {
    if (!job.on_kept_line || job.reader.has_line() || job.sends >= kMaxSends) return Finish(job, result, system_error);
    job.line.reset();
    Connect(job, std::chrono::steady_clock::now());
}

void Plain::Finish(Job& job, CURLcode result, int system_error) {
    const std::string denied = job.dial ? job.dial->denied() : std::string();
    const Failure failure{
        .result = result,
        .sends = job.sends,
        .system_error = system_error,
        .detail = {},
        .left = job.left,
        .connect_left = settings_.connect_timeout,
        .denied = result == CURLE_COULDNT_CONNECT ? std::string_view(denied) : std::string_view(),
    };
    Response response = job.answer.Conclude(failure, job.target);
    if (!job.authorization.empty()) Scrub(CredentialOf(job.authorization), response);
    if (job.line) response.remote = job.line->remote();
    job.dial.reset();
    std::unique_ptr<Line> line = std::move(job.line);
    if (line && result == CURLE_OK && job.is_sent() && job.reader.keeps_connection()) Keep(std::move(line));

    std::swap(jobs_[job.slot], jobs_.back());
    jobs_[job.slot]->slot = job.slot;
    over_.push_back({std::move(jobs_.back()), std::move(response)});
    jobs_.pop_back();
}

void Plain::Keep(std::unique_ptr<Line> line) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_prune_) Prune(now);
    line->set_job(nullptr);
    line->set_idle_since(now);
    Lines& lines = idle_[line->host()];
    lines.push_back(std::move(line));
}

// Hosts that are asked for nothing any more keep no connection.
void Plain::Prune(base::SteadyTime now) {
    next_prune_ = now + kPruneEvery;
    for (auto& [host, lines] : idle_) std::erase_if(lines, [now](const auto& line) { return line->IsStale(now); });
    std::erase_if(idle_, [](const auto& host) { return host.second.empty(); });
}

std::unique_ptr<Line> Plain::TakeKept(const std::string& host, base::SteadyTime now) {
    const auto lines = idle_.find(host);
    if (lines == idle_.end()) return nullptr;
    std::unique_ptr<Line> line;
    while (!lines->second.empty() && !line) {
        std::unique_ptr<Line> last = std::move(lines->second.back());
        lines->second.pop_back();
        const bool is_warm = now - last->idle_since() < kWarm;
        if (!last->IsStale(now) && (is_warm || !last->HasWord())) line = std::move(last);
    }
    return line;
}

// The far side closed it, or says what nobody asked for.
void Plain::Drop(const Line& idle) {
    const auto lines = idle_.find(idle.host());
    std::erase_if(lines->second, [&](const auto& each) { return each.get() == &idle; });
    if (lines->second.empty()) idle_.erase(lines);
}

const Plain::Lines* Plain::LongestIdle() const {
    const Lines* longest = nullptr;
    for (const auto& [host, lines] : idle_) {
        const bool is_first = longest == nullptr;
        if (!lines.empty() && (is_first || lines.front()->idle_since() < longest->front()->idle_since()))
            longest = &lines;
    }
    return longest;
}

std::optional<base::SteadyTime> Plain::idle_since() const {
    const Lines* const longest = LongestIdle();
    if (longest == nullptr) return std::nullopt;
    return longest->front()->idle_since();
}

void Plain::CloseIdle() {
    if (const Lines* const longest = LongestIdle()) Drop(*longest->front());
}

void Plain::NoteDue(base::SteadyTime time) {
    if (!due_ || time < *due_) due_ = time;
}

void Plain::NoteDue(const Job& job) {
    NoteDue(job.waiting.request.deadline);
    if (job.dial) NoteDue(std::min(job.connect_until, job.dial->next()));
}

void Plain::OnTimer(base::SteadyTime now) {
    if (!due_ || now < *due_) return;
    due_.reset();
    for (std::size_t slot = jobs_.size(); slot-- > 0;) {
        if (slot < jobs_.size()) CheckTime(*jobs_[slot], now);
    }
}

void Plain::CheckTime(Job& job, base::SteadyTime now) {
    const bool is_late = now >= job.waiting.request.deadline || (job.dial && now >= job.connect_until);
    if (is_late) return Finish(job, CURLE_OPERATION_TIMEDOUT);
    job.dial ? AfterDial(job, job.dial->OnTimer(now)) : NoteDue(job);
}

void Plain::Collect(const Ended& ended) {
    for (Over& over : std::exchange(over_, {})) {
        Job& job = *over.job;
        ended(std::move(job.waiting), job.authorization, std::move(over.response));
        job.waiting = {};
        job.authorization = base::Secret();
        if (spare_.size() < kMostSpare) spare_.push_back(std::move(over.job));
    }
}

std::vector<Done> Plain::GiveUp() {
    std::vector<Done> open;
    for (const auto& job : jobs_) open.push_back(std::move(job->waiting.done));
    for (const Over& over : over_) open.push_back(std::move(over.job->waiting.done));
    jobs_.clear();
    over_.clear();
    return open;
}

}  // namespace fanfare::http_client
