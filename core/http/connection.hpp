// One client: what was received, the request being read or answered, what is still to be sent.
//
// Edge-triggered: readiness is remembered here, so that no epoll_ctl is needed after the first.
// Threads: its loop's only.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/address_counts.hpp"
#include "http/buffer.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"
#include "http/timer_wheel.hpp"
#include "http/tls_stream.hpp"

namespace fanfare::http::impl {

class Connection;

struct WaitingLink : Link {
    explicit WaitingLink(Connection& the_connection) : connection(the_connection) {}
    Connection& connection;
};

class Connection : public Timer {
public:
    explicit Connection(Loop& loop);

    // `tls`: null for a connection in the clear.
    void Open(std::uint64_t id, Poco::Net::StreamSocket socket, std::unique_ptr<TlsStream> tls, std::string peer,
              AddressPlace place);

    void OnEvents(std::uint32_t events);
    void OnDeadline();
    // The turn it was cut short in goes on.
    void OnTurn();
    // REQUIRES: a request is outstanding. Within OnRequest it is kept until that returns.
    void OnAnswer(Response response);

    // Called once, as soon as the client goes before it has the answer. REQUIRES: is_dispatching().
    void TellWhenGone(std::function<void()> gone);

    // Closes it if no request has begun and nothing is left to send.
    void CloseIfIdle();
    // Closes at once, whatever it is doing; an outstanding request keeps its bytes until it is answered.
    void Break();

    std::uint64_t id() const { return id_; }
    bool is_open() const { return phase_ != Phase::kFree && phase_ != Phase::kAbandoned; }
    bool is_outstanding() const { return phase_ == Phase::kHandling || phase_ == Phase::kAbandoned; }
    bool is_dispatching() const { return dispatching_; }

private:
    // Bytes of pipelined answers; above it no further request is read.
    static constexpr std::size_t kMaxUnsent = 256 << 10;

    enum class Phase {
        kFree,
        kHandshake,  // of TLS
        kIdle,       // no byte of a request yet
        kHead,       // reading a head
        kBody,       // reading a body
        kHandling,   // the handler has it
        kClosing,    // the last answer is being sent
        kLingering,  // all sent; reads on so that the client gets to see it (RFC 9112, 9.6)
        kAbandoned,  // the client has gone, the handler still has the request
    };

    void Run();
    bool ShakeHands();
    void AskForTurn();
    void Parse();
    bool CanParse() const;
    bool AcceptHead();
    void Dispatch();
    void AwaitMore();
    bool WantsBytes() const;
    int ReceiveSome(char* to, std::size_t room);
    int SendSome();
    bool Receive();
    bool Drain();
    bool TookBytes(int count, std::size_t room);
    std::size_t RoomWanted() const;
    void OnEnd();
    void Reply(const Response& response);
    void Refuse(const Refusal& refusal);
    void Flush();
    void FinishSending();
    void TellGone();
    void Settle();
    void CheckPause();

    base::SteadyTime Deadline() const;
    base::SteadyTime PhaseDeadline() const;
    base::SteadyTime SendDeadline() const;

    void ChargeBody();
    void ReleaseBody();
    void Cut();
    void Disconnect();
    std::size_t unsent() const { return out_.size() - sent_; }

    Loop& loop_;
    WaitingLink waiting_{*this};  // in the loop's ring while it may be evicted
    std::uint64_t id_ = 0;
    Phase phase_ = Phase::kFree;
    bool readable_ = false;  // as epoll last said, until a read says otherwise
    bool writable_ = false;
    bool peer_ending_ = false;    // the client has sent its last byte: read until 0
    bool ended_ = false;          // that 0 was read
    bool client_closes_ = false;  // it asked for the close, so it reads until the end
    bool dispatching_ = false;
    bool continue_due_ = false;
    bool turn_asked_ = false;
    bool paused_ = false;  // too many body bytes are buffered

    std::optional<Poco::Net::StreamSocket> socket_;
    std::unique_ptr<TlsStream> tls_;  // goes before the socket; null in the clear
    AddressPlace place_;
    std::string peer_;
    Buffer in_;
    std::string out_;
    std::size_t sent_ = 0;
    RequestParser parser_;
    Request request_;
    const char* filled_from_ = nullptr;  // where the bytes stood when request_.head was filled
    std::optional<Response> answer_;
    std::unique_ptr<std::function<void()>> gone_;  // null: nobody asked, or was told
    std::size_t charged_ = 0;
    std::size_t drained_ = 0;

    base::SteadyTime phase_start_;
    base::SteadyTime send_progress_;
    base::SteadyTime pause_start_;
};

}  // namespace fanfare::http::impl
