// A connection to one broker with one channel in confirm mode: login, heartbeats, publishing, and what the broker says.
// Never waits.
//
// Sources: AMQP 0-9-1, 1.4 (start, tune, open, close), 4.2.7 (heartbeat); RabbitMQ, "Blocked Connection Notifications",
// "Authentication Failure Notifications" (capabilities of the client), "Detecting Dead TCP Connections with
// Heartbeats".
//
// Threads: one. Errors: a connection that failed stays failed; fault() says at which broker, why, and what to do.
#pragma once

#include <poll.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/host.hpp>

#include "frame.hpp"
#include "link.hpp"
#include "message.hpp"
#include "options.hpp"
#include "topology.hpp"

namespace fanfare::plugins::amqp {

// What the broker has to say about what was published. Called from within Advance.
class ChannelOwner {
public:
    virtual void OnConfirm(std::uint64_t tag, bool multiple, bool accepted) = 0;
    // A mandatory message reaches no queue. Its confirm follows.
    virtual void OnReturn(std::string_view delivery, int code, std::string_view text) = 0;
    // The broker has closed the channel because of a message; all that is not confirmed is lost or not, who knows. The
    // connection opens a new one, whose tags begin with 1.
    virtual void OnChannelClosed(int code, std::string_view text) = 0;
    // Empty: not any more.
    virtual void OnBlocked(std::string_view reason) = 0;

protected:
    ~ChannelOwner() = default;
};

class Connection {
public:
    // All but the endpoint outlive it. limit: when it must be ready.
    Connection(Endpoint endpoint, const Options& options, const Config& config, ChannelOwner& owner, Deadline limit);

    bool is_ready() const { return state_ == State::kReady; }
    bool has_failed() const { return state_ == State::kFailed; }
    const std::string& fault() const { return fault_; }
    // What its fault were, if there were no more time.
    std::string fault_by_now() const;
    const std::string& remote() const { return link_.remote(); }

    pollfd wanted() const { return link_.wanted(); }
    Deadline wake(Deadline now) const;
    void Advance(short events, Deadline now);

    // Once it is ready. False: the properties do not fit into a frame, nothing is sent. Flush sends what the socket
    // takes.
    [[nodiscard]] bool Publish(const Message& message);
    void Flush() { link_.Flush(); }
    std::size_t backlog() const { return link_.backlog(); }
    // Bytes since the connection began, to tell what has not left.
    std::uint64_t queued_total() const { return link_.queued_total(); }
    std::uint64_t sent_total() const { return link_.sent_total(); }
    // Says good-bye, as far as the socket takes it at once.
    void Close();

private:
    // kStart, kTune, kOpen: the next method that the broker owes us. kChannel: that of steps_[step_].
    enum class State { kLink, kStart, kTune, kOpen, kChannel, kReady, kFailed };
    enum class Content { kNone, kHeader, kBody };

    void Fail(const std::string& why);
    void FailOfLink();
    void CheckTime(Deadline now);
    void Beat(Deadline now);
    void Begin();
    void Handle(const amqp_frame_t& frame);
    void HandleMethod(const amqp_method_t& method);
    void HandleReady(const amqp_method_t& method);
    void HandleContent(const amqp_frame_t& frame);
    void OnStart(const amqp_connection_start_t& start);
    void OnTune(const amqp_connection_tune_t& tune);
    void OnClose(const amqp_connection_close_t& close);
    void OnChannelClose(const amqp_channel_close_t& close);
    void BeginChannel();
    void Send(amqp_channel_t channel, amqp_method_number_t id, void* decoded);

    const Options& options_;
    const Config config_;
    ChannelOwner& owner_;
    Deadline limit_;
    Link link_;
    FrameWriter writer_;
    FrameReader reader_;
    State state_ = State::kLink;
    std::string fault_;
    std::vector<Step> steps_;
    std::size_t step_ = 0;

    std::chrono::seconds heartbeat_{0};
    Deadline heard_at_{};
    Deadline spoke_at_{};
    std::uint64_t heard_total_ = 0;
    std::uint64_t spoke_total_ = 0;

    // A message that comes back: its method, then its header and body.
    Content content_ = Content::kNone;
    int return_code_ = 0;
    std::string return_text_;
    std::string return_delivery_;
    std::uint64_t body_left_ = 0;
};

}  // namespace fanfare::plugins::amqp
