#include "http/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>

#include "http/loop.hpp"

namespace fanfare::http::impl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kReadsPerTurn = 16;                  // then the others have their turn
constexpr std::size_t kBytesPerSecond = 64 << 10;  // what each further second of patience costs the client
constexpr milliseconds kLingerTime{2000};
constexpr milliseconds kPauseTime{1000};
constexpr milliseconds kPauseCheck{20};

base::SteadyTime Patience(base::SteadyTime start, milliseconds time, std::uint64_t bytes) {
    return start + time + seconds(bytes / kBytesPerSecond);
}

}  // namespace

Connection::Connection(Loop& loop) : loop_(loop), parser_(loop.limits()) {}

void Connection::Open(std::uint64_t id, Poco::Net::StreamSocket socket, std::unique_ptr<TlsStream> tls,
                      std::string peer, AddressPlace place) {
    id_ = id;
    socket_.emplace(std::move(socket));
    tls_ = std::move(tls);
    peer_ = std::move(peer);
    place_ = std::move(place);
    request_.head.peer = peer_;
    phase_ = tls_ ? Phase::kHandshake : Phase::kIdle;
    phase_start_ = loop_.now();
    readable_ = writable_ = peer_ending_ = ended_ = client_closes_ = turn_asked_ = false;
    drained_ = 0;
    parser_.Start();
    Settle();
}

void Connection::OnEvents(std::uint32_t events) {
    if (tls_) events = tls_->Translate(events);
    if (events & EPOLLOUT) writable_ = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) readable_ = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) peer_ending_ = true;
    if (peer_ending_ && phase_ == Phase::kHandling) TellGone();
    const bool is_gone = events & (EPOLLHUP | EPOLLERR);
    if (is_gone && (phase_ == Phase::kHandling || phase_ == Phase::kClosing)) return Break();
    Run();
}

void Connection::Run() {
    if (phase_ == Phase::kHandshake && !ShakeHands()) return Settle();
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
            case RequestParser::Step::kMore:
                return AwaitMore();
            case RequestParser::Step::kHead:
                if (!AcceptHead()) return;
                break;
            case RequestParser::Step::kComplete:
                Dispatch();
                break;
            case RequestParser::Step::kRefused:
                return Refuse(parser_.refusal());
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
    gone_.reset();
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
        case Phase::kHead:
            return unsent() <= kMaxUnsent;
        case Phase::kBody:
            return !paused_;
        case Phase::kLingering:
            return true;
        case Phase::kHandshake:
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned:
            return false;
    }
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
        case Phase::kBody:
            return Refuse({400, "The connection ended in the middle of the request."});
        case Phase::kLingering:
            return Disconnect();
        case Phase::kHandshake:
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned:
            break;
    }
}

void Connection::Settle() {
    if (!is_open()) return;
    if (loop_.is_stopping()) CloseIfIdle();
    if (!is_open()) return;
    loop_.timers().Set(*this, Deadline());
    const bool has_begun = phase_ == Phase::kHead || phase_ == Phase::kHandshake;
    if (has_begun && waiting_.linked()) return;
    if (waiting_.linked()) waiting_.Unlink();
    if (has_begun || phase_ == Phase::kIdle) waiting_.AppendTo(loop_.waiting());
}

void Connection::CloseIfIdle() {
    if ((phase_ == Phase::kIdle || phase_ == Phase::kHandshake) && unsent() == 0) Disconnect();
}

base::SteadyTime Connection::Deadline() const {
    return unsent() > 0 ? std::min(PhaseDeadline(), SendDeadline()) : PhaseDeadline();
}

// Counted from the last progress: the kernel takes the first megabytes from us whether the client reads or not.
base::SteadyTime Connection::SendDeadline() const { return send_progress_ + loop_.limits().body_time; }

base::SteadyTime Connection::PhaseDeadline() const {
    const Limits& limits = loop_.limits();
    switch (phase_) {
        case Phase::kIdle:
            return unsent() > 0 ? base::SteadyTime::max() : phase_start_ + limits.idle_time;
        case Phase::kHandshake:
        case Phase::kHead:
            return phase_start_ + limits.head_time;
        case Phase::kBody:
            return paused_ ? loop_.now() + kPauseCheck : Patience(phase_start_, limits.body_time, parser_.body_size());
        case Phase::kLingering:
            return phase_start_ + kLingerTime;
        case Phase::kFree:
        case Phase::kHandling:
        case Phase::kClosing:
        case Phase::kAbandoned:
            break;
    }
    return base::SteadyTime::max();
}

void Connection::OnDeadline() {
    if (unsent() > 0 && loop_.now() >= SendDeadline()) return Cut();
    switch (phase_) {
        case Phase::kHandshake:
        case Phase::kIdle:
        case Phase::kLingering:
            return Disconnect();
        case Phase::kHead:
            Refuse({408, "The head of the request took too long to arrive."});
            break;
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
        case Phase::kAbandoned:
            break;
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

}  // namespace fanfare::http::impl
