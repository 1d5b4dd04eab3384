#include "http/connection.hpp"

#include <Poco/Exception.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "http/loop.hpp"

namespace fanfare::http::impl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kReadsPerTurn = 16;                  // then the others have their turn
constexpr std::size_t kHeadRoom = 2048;
constexpr std::size_t kBodyRoom = 64 << 10;
constexpr std::size_t kMaxUnsent = 256 << 10;      // of pipelined answers; above it no further request is read
constexpr std::size_t kKeptOutBytes = 64 << 10;
constexpr std::size_t kBytesPerSecond = 64 << 10;  // what each further second of patience costs the client
constexpr milliseconds kLingerTime{2000};
constexpr std::size_t kLingerBytes = 16 << 20;
constexpr milliseconds kPauseTime{1000};
constexpr milliseconds kPauseCheck{20};

constexpr int kAgain = -1;
constexpr int kBroken = -2;

// Poco 1.11 throws where a non-blocking send would block, but returns -1 where a receive would.
int Meaning(const Poco::Exception& problem) {
    const bool would_block = problem.code() == EAGAIN || dynamic_cast<const Poco::TimeoutException*>(&problem);
    return would_block ? kAgain : kBroken;
}

int ReceiveSome(Poco::Net::StreamSocket& socket, char* to, std::size_t room) {
    try {
        return socket.receiveBytes(to, static_cast<int>(std::min<std::size_t>(room, INT_MAX)));
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

int SendSome(Poco::Net::StreamSocket& socket, const char* from, std::size_t size) {
    try {
        return socket.sendBytes(from, static_cast<int>(std::min<std::size_t>(size, INT_MAX)), MSG_NOSIGNAL);
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

base::SteadyTime Patience(base::SteadyTime start, milliseconds time, std::uint64_t bytes) {
    return start + time + seconds(bytes / kBytesPerSecond);
}

}  // namespace

Connection::Connection(Loop& loop) : loop_(loop), parser_(loop.limits()) {}

void Connection::Open(std::uint64_t id, Poco::Net::StreamSocket socket, std::string peer, AddressPlace place) {
    id_ = id;
    socket_.emplace(std::move(socket));
    peer_ = std::move(peer);
    place_ = std::move(place);
    request_.head.peer = peer_;
    phase_ = Phase::kIdle;
    phase_start_ = loop_.now();
    readable_ = writable_ = peer_ending_ = ended_ = client_closes_ = turn_asked_ = false;
    drained_ = 0;
    parser_.Start();
    Settle();
}

void Connection::OnEvents(std::uint32_t events) {
    if (events & EPOLLOUT) writable_ = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) readable_ = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) peer_ending_ = true;
    const bool is_gone = events & (EPOLLHUP | EPOLLERR);
    if (is_gone && (phase_ == Phase::kHandling || phase_ == Phase::kClosing)) return Break();
    Run();
}

void Connection::Run() {
    if (unsent() > 0) Flush();
    Parse();
    for (int reads = 0; readable_ && WantsBytes(); ++reads) {
        if (reads == kReadsPerTurn) {
            AskForTurn();
            break;
        }
        if (!(phase_ == Phase::kLingering ? Drain() : Receive())) break;
        Parse();
    }
    const bool was_full = unsent() > kMaxUnsent;
    Flush();
    if (was_full && unsent() <= kMaxUnsent) AskForTurn();
    if (phase_ == Phase::kLingering && readable_) AskForTurn();
    Settle();
}

void Connection::OnTurn() {
    turn_asked_ = false;
    Run();
}

void Connection::AskForTurn() {
    if (turn_asked_) return;
    turn_asked_ = true;
    loop_.RunLater(id_);
}

bool Connection::CanParse() const {
    const bool reading = phase_ == Phase::kIdle || phase_ == Phase::kHead || phase_ == Phase::kBody;
    return reading && !in_.empty() && unsent() <= kMaxUnsent;
}

void Connection::Parse() {
    while (CanParse()) {
        std::size_t size = in_.size();
        const RequestParser::Step step = parser_.Advance(in_.data(), size);
        in_.Resize(size);
        switch (step) {
            case RequestParser::Step::kMore: return AwaitMore();
            case RequestParser::Step::kHead:
                if (!AcceptHead()) return;
                break;
            case RequestParser::Step::kComplete: Dispatch(); break;
            case RequestParser::Step::kRefused: return Refuse(parser_.refusal());
        }
    }
}

bool Connection::AcceptHead() {
    loop_.counters().requests.Raise();
    parser_.FillHead(in_.data(), request_.head);
    filled_from_ = in_.data();
    std::optional<Response> refusal = loop_.AskAboutHead(request_.head);
    if (refusal) {
        refusal->close = true;
        Reply(*refusal);
        return false;
    }
    continue_due_ = parser_.expects_continue() && parser_.has_body();
    return true;
}

// The request is incomplete and everything received is read.
void Connection::AwaitMore() {
    const Phase phase = parser_.head_done() ? Phase::kBody : Phase::kHead;
    if (phase != phase_) phase_start_ = loop_.now();
    phase_ = phase;
    if (phase == Phase::kHead) return;
    ChargeBody();
    if (!paused_ && loop_.shared().IsOverBodyLimit()) {
        paused_ = true;
        pause_start_ = loop_.now();
    }
    if (continue_due_ && !paused_) {
        continue_due_ = false;
        if (parser_.body_size() == 0) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
}

void Connection::Dispatch() {
    ChargeBody();
    if (filled_from_ != in_.data()) parser_.FillHead(in_.data(), request_.head);
    request_.body = parser_.Body(in_.data());
    phase_ = Phase::kHandling;
    dispatching_ = true;
    loop_.Handle(request_, id_);
    dispatching_ = false;
    if (!answer_) return;
    const Response answer = std::move(*answer_);
    answer_.reset();
    Reply(answer);
}

void Connection::OnAnswer(Response response) {
    if (phase_ == Phase::kAbandoned) {
        ReleaseBody();
        in_.Clear(loop_.blocks());
        phase_ = Phase::kFree;
        loop_.Free(id_);
    } else if (dispatching_) {
        answer_ = std::move(response);
    } else {
        Reply(response);
        Run();
    }
}

void Connection::Reply(const Response& response) {
    const bool keep = parser_.keep_alive() && !response.close && !loop_.is_stopping();
    if (unsent() == 0) send_progress_ = loop_.now();
    AppendResponse(out_, response, {.close = !keep, .head_only = parser_.is_head_request()}, loop_.date());
    ReleaseBody();
    phase_start_ = loop_.now();
    if (keep) {
        in_.Consume(parser_.consumed());
        parser_.Start();
        phase_ = Phase::kIdle;
    } else {
        const bool read_all = phase_ == Phase::kHandling && in_.size() == parser_.consumed();
        client_closes_ = !parser_.keep_alive() && read_all;
        in_.Resize(0);
        phase_ = Phase::kClosing;
    }
    if (in_.empty()) in_.Clear(loop_.blocks());
}

void Connection::Refuse(const Refusal& refusal) {
    loop_.counters().refused.Raise();
    Reply(ToResponse(refusal));
}

bool Connection::WantsBytes() const {
    switch (phase_) {
        case Phase::kIdle:
        case Phase::kHead: return unsent() <= kMaxUnsent;
        case Phase::kBody: return !paused_;
        case Phase::kLingering: return true;
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned: return false;
    }
    return false;
}

std::size_t Connection::RoomWanted() const {
    if (phase_ != Phase::kBody) return kHeadRoom;
    const std::uint64_t length = request_.head.content_length.value_or(UINT64_MAX);
    // One more than is missing, so that a read that gets it all is seen to have emptied the socket.
    const std::uint64_t missing = length - parser_.body_size();
    return static_cast<std::size_t>(std::min<std::uint64_t>(missing, kBodyRoom - 1) + 1);
}

bool Connection::Receive() {
    in_.Reserve(RoomWanted(), loop_.blocks());
    const std::size_t room = in_.spare_size();
    const int count = ReceiveSome(*socket_, in_.spare(), room);
    if (!TookBytes(count, room)) return false;
    in_.Added(static_cast<std::size_t>(count));
    return true;
}

bool Connection::Drain() {
    std::array<char, 32 << 10> sink;
    const int count = ReceiveSome(*socket_, sink.data(), sink.size());
    if (!TookBytes(count, sink.size())) return false;
    drained_ += static_cast<std::size_t>(count);
    if (drained_ <= kLingerBytes) return true;
    Disconnect();
    return false;
}

bool Connection::TookBytes(int count, std::size_t room) {
    if (count > 0) {
        // Less than there was room for: the socket is empty, epoll tells when it no longer is. Unless the end has
        // been announced already: it is not announced again.
        if (static_cast<std::size_t>(count) < room && !peer_ending_) readable_ = false;
        return true;
    }
    readable_ = false;
    if (count == 0) OnEnd();
    if (count == kBroken) Break();
    if (count == kAgain && in_.empty()) in_.Clear(loop_.blocks());
    return false;
}

void Connection::OnEnd() {
    ended_ = true;
    switch (phase_) {
        case Phase::kIdle:
            if (unsent() == 0) return Disconnect();
            phase_ = Phase::kClosing;
            break;
        case Phase::kHead:
        case Phase::kBody: return Refuse({400, "The connection ended in the middle of the request."});
        case Phase::kLingering: return Disconnect();
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned: break;
    }
}

void Connection::Flush() {
    while (unsent() > 0 && writable_ && is_open()) {
        const int count = SendSome(*socket_, out_.data() + sent_, unsent());
        if (count == kBroken) return Break();
        if (count == kAgain) {
            writable_ = false;
            if (sent_ > kMaxUnsent) {
                out_.erase(0, sent_);
                sent_ = 0;
            }
            return;
        }
        sent_ += static_cast<std::size_t>(count);
        send_progress_ = loop_.now();
    }
    if (unsent() > 0) return;
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > kKeptOutBytes) out_.shrink_to_fit();
    if (phase_ == Phase::kClosing) FinishSending();
}

void Connection::FinishSending() {
    if (client_closes_ || ended_) return Disconnect();
    try {
        socket_->shutdownSend();
        phase_ = Phase::kLingering;
        phase_start_ = loop_.now();
    } catch (const Poco::Exception&) {
        Disconnect();
    }
}

void Connection::Settle() {
    if (!is_open()) return;
    if (loop_.is_stopping()) CloseIfIdle();
    if (!is_open()) return;
    loop_.timers().Set(*this, Deadline());
    if (phase_ == Phase::kHead && waiting_.linked()) return;
    if (waiting_.linked()) waiting_.Unlink();
    if (phase_ == Phase::kIdle || phase_ == Phase::kHead) waiting_.AppendTo(loop_.waiting());
}

void Connection::CloseIfIdle() {
    if (phase_ == Phase::kIdle && unsent() == 0) Disconnect();
}

base::SteadyTime Connection::Deadline() const {
    return unsent() > 0 ? std::min(PhaseDeadline(), SendDeadline()) : PhaseDeadline();
}

// Counted from the last progress: the kernel takes the first megabytes from us whether the client reads or not.
base::SteadyTime Connection::SendDeadline() const { return send_progress_ + loop_.limits().body_time; }

base::SteadyTime Connection::PhaseDeadline() const {
    const Limits& limits = loop_.limits();
    switch (phase_) {
        case Phase::kIdle: return unsent() > 0 ? base::SteadyTime::max() : phase_start_ + limits.idle_time;
        case Phase::kHead: return phase_start_ + limits.head_time;
        case Phase::kBody:
            return paused_ ? loop_.now() + kPauseCheck : Patience(phase_start_, limits.body_time, parser_.body_size());
        case Phase::kLingering: return phase_start_ + kLingerTime;
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned: break;
    }
    return base::SteadyTime::max();
}

void Connection::OnDeadline() {
    if (unsent() > 0 && loop_.now() >= SendDeadline()) return Cut();
    switch (phase_) {
        case Phase::kIdle:
        case Phase::kLingering: return Disconnect();
        case Phase::kHead: Refuse({408, "The head of the request took too long to arrive."}); break;
        case Phase::kBody:
            if (paused_) {
                CheckPause();
            } else {
                Refuse({408, "The body of the request took too long to arrive."});
            }
            break;
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned: break;
    }
    Run();
}

void Connection::CheckPause() {
    const auto paused_for = loop_.now() - pause_start_;
    if (!loop_.shared().IsOverBodyLimit()) {
        paused_ = false;
        phase_start_ += paused_for;
        AwaitMore();
    } else if (paused_for >= std::min<milliseconds>(kPauseTime, loop_.limits().body_time)) {
        paused_ = false;
        Refuse({503, "Too many request bodies are waiting to be stored. Try again later."});
    }
}

void Connection::ChargeBody() {
    const std::size_t size = parser_.body_size();
    if (size == charged_) return;
    loop_.shared().buffered_body_bytes.fetch_add(size - charged_, std::memory_order_relaxed);
    charged_ = size;
}

void Connection::ReleaseBody() {
    if (charged_ > 0) loop_.shared().buffered_body_bytes.fetch_sub(charged_, std::memory_order_relaxed);
    charged_ = 0;
    paused_ = false;
}

// For a client that does not read: without this the kernel would keep what is unsent for minutes.
void Connection::Cut() {
    try {
        socket_->setLinger(true, 0);
    } catch (const Poco::Exception&) {
        // It is closed all the same.
    }
    Break();
}

void Connection::Break() {
    if (phase_ != Phase::kHandling) return Disconnect();
    Disconnect();
    phase_ = Phase::kAbandoned;
}

// The bytes of an outstanding request stay: the handler reads them.
void Connection::Disconnect() {
    const bool outstanding = phase_ == Phase::kHandling;
    loop_.timers().Clear(*this);
    if (waiting_.linked()) waiting_.Unlink();
    socket_.reset();
    place_ = AddressPlace();
    out_ = std::string();
    sent_ = 0;
    phase_ = Phase::kFree;
    loop_.Closed();
    if (outstanding) return;
    ReleaseBody();
    in_.Clear(loop_.blocks());
    loop_.Free(id_);
}

}  // namespace fanfare::http::impl
