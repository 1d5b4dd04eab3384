#include "connection.hpp"

#include <algorithm>
#include <stdexcept>

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

using namespace std::chrono_literals;

// Ours; the broker may ask for less. Debian's RabbitMQ has the same.
constexpr std::uint32_t kFrameMax = 131072;
constexpr std::uint32_t kLeastFrameMax = 4096;  // AMQP 0-9-1, 4.2.3
constexpr std::chrono::seconds kReopenLimit = 10s;

template <class Method>
const Method& As(const amqp_method_t& method) {
    return *static_cast<const Method*>(method.decoded);
}

amqp_table_entry_t Entry(const char* name, std::string_view text) {
    amqp_field_value_t value = {};
    value.kind = AMQP_FIELD_KIND_UTF8;
    value.value.bytes = Bytes(text);
    return {amqp_cstring_bytes(name), value};
}

amqp_table_entry_t Capability(const char* name) {
    amqp_field_value_t value = {};
    value.kind = AMQP_FIELD_KIND_BOOLEAN;
    value.value.boolean = 1;
    return {amqp_cstring_bytes(name), value};
}

// `list`: words with spaces between.
bool Offers(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::string_view first = list.substr(0, list.find(' '));
        if (first == word) return true;
        list.remove_prefix(std::min(list.size(), first.size() + 1));
    }
    return false;
}

std::string Said(int code, std::string_view text) { return std::to_string(code) + " " + first_line(text, 300); }

std::string DeliveryOf(const amqp_basic_properties_t& properties) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return {};
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& entry = properties.headers.entries[i];
        if (View(entry.key) == kDeliveryHeader && entry.value.kind == AMQP_FIELD_KIND_UTF8) {
            return std::string(View(entry.value.value.bytes));
        }
    }
    return {};
}

}  // namespace

Connection::Connection(Endpoint endpoint, const Options& options, const Config& config, ChannelOwner& owner,
                       Deadline limit)
    : options_(options),
      config_(config),
      owner_(owner),
      limit_(limit),
      link_(std::move(endpoint), options.tls, limit),
      writer_(kFrameMax),
      steps_(ChannelSteps(options)) {}

void Connection::Fail(const std::string& why) {
    fault_ = link_.endpoint().text() + ": " + first_line(why, 400);
    state_ = State::kFailed;
}

// A broker that wants TLS, or does not like the login and has no word for it, ends the connection.
void Connection::FailOfLink() {
    std::string why = link_.fault();
    if (state_ == State::kStart && !link_.endpoint().tls) why += "; see whether it wants TLS (amqps://)";
    if (state_ == State::kStart && link_.endpoint().tls && options_.tls->certificate.empty()) {
        why += "; see whether it wants a certificate of ours (tls.certificate)";
    }
    if (state_ == State::kTune) why += "; see user and password";
    Fail(why);
}

std::string Connection::fault_by_now() const { return link_.endpoint().text() + ": " + link_.WhatIsMissing(); }

Deadline Connection::wake(Deadline now) const {
    if (has_failed()) return Deadline::max();
    Deadline next = link_.wake(now);
    if (!is_ready()) next = std::min(next, limit_);
    if (heartbeat_ > 0s) next = std::min({next, heard_at_ + 2 * heartbeat_, spoke_at_ + heartbeat_ / 2});
    return next;
}

void Connection::Advance(short events, Deadline now) {
    if (has_failed()) return;
    try {
        link_.Advance(events, now);
        if (state_ == State::kLink && link_.is_open()) Begin();
        std::string_view bytes = link_.in();
        amqp_frame_t frame = {};
        while (!has_failed() && reader_.Next(bytes, frame)) Handle(frame);
        link_.in().clear();
        if (has_failed()) return;
        if (link_.has_failed()) return FailOfLink();
        CheckTime(now);
        if (!has_failed()) link_.Flush();
    } catch (const std::runtime_error& e) {
        Fail(e.what());
    }
}

void Connection::CheckTime(Deadline now) {
    if (heard_total_ != link_.received_total()) heard_at_ = now;
    heard_total_ = link_.received_total();
    if (spoke_total_ != link_.sent_total()) spoke_at_ = now;
    spoke_total_ = link_.sent_total();
    if (!is_ready() && now >= limit_) return Fail(link_.WhatIsMissing());
    if (heartbeat_ > 0s) Beat(now);
}

// AMQP 0-9-1, 4.2.7: any traffic is as good as a heartbeat; a peer that is silent for two intervals is gone.
void Connection::Beat(Deadline now) {
    if (now >= heard_at_ + 2 * heartbeat_) {
        return Fail("it was silent for " + std::to_string(2 * heartbeat_.count()) +
                    " s (heartbeat); see that it runs, and the network");
    }
    if (now < spoke_at_ + heartbeat_ / 2) return;
    // While it takes nothing, one more that waits says nothing.
    if (link_.backlog() == 0) FrameWriter::AppendHeartbeat(link_.out());
    spoke_at_ = now;
}

void Connection::Begin() {
    state_ = State::kStart;
    link_.out().append("AMQP\0\0\x09\x01", 8);  // AMQP 0-9-1, 4.2.2
}

void Connection::Send(amqp_channel_t channel, amqp_method_number_t id, void* decoded) {
    writer_.AppendMethod(link_.out(), channel, id, decoded);
}

void Connection::Handle(const amqp_frame_t& frame) {
    switch (frame.frame_type) {
        case AMQP_FRAME_METHOD:
            if (frame.channel > kOurChannel) throw std::runtime_error("it speaks on a channel that is not open");
            return HandleMethod(frame.payload.method);
        case AMQP_FRAME_HEADER:
        case AMQP_FRAME_BODY:
            return HandleContent(frame);
        case AMQP_FRAME_HEARTBEAT:
            return;
        default:
            throw std::runtime_error(
                "it speaks another version of AMQP than 0-9-1; see that it is a RabbitMQ, or alike");
    }
}

void Connection::HandleMethod(const amqp_method_t& method) {
    if (content_ != Content::kNone) throw std::runtime_error("it broke off a message that it returned");
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) return OnClose(As<amqp_connection_close_t>(method));
    if (method.id == AMQP_CONNECTION_BLOCKED_METHOD) {
        const std::string reason = first_line(View(As<amqp_connection_blocked_t>(method).reason), 200);
        return owner_.OnBlocked(reason.empty() ? "no reason given" : reason);
    }
    if (method.id == AMQP_CONNECTION_UNBLOCKED_METHOD) return owner_.OnBlocked({});
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD) return OnChannelClose(As<amqp_channel_close_t>(method));
    if (state_ == State::kStart && method.id == AMQP_CONNECTION_START_METHOD) {
        return OnStart(As<amqp_connection_start_t>(method));
    }
    if (state_ == State::kTune && method.id == AMQP_CONNECTION_TUNE_METHOD) {
        return OnTune(As<amqp_connection_tune_t>(method));
    }
    if (state_ == State::kOpen && method.id == AMQP_CONNECTION_OPEN_OK_METHOD) return BeginChannel();
    if (state_ == State::kChannel && method.id == steps_[step_].answer) {
        if (++step_ == steps_.size()) {
            state_ = State::kReady;
        } else {
            steps_[step_].send(writer_, link_.out());
        }
        return;
    }
    if (state_ == State::kReady) return HandleReady(method);
    throw std::runtime_error("it answers out of turn (method " + std::to_string(method.id >> 16) + "." +
                             std::to_string(method.id & 0xFFFF) + "); see that it is a RabbitMQ, or alike");
}

void Connection::HandleReady(const amqp_method_t& method) {
    switch (method.id) {
        case AMQP_BASIC_ACK_METHOD: {
            const auto& ack = As<amqp_basic_ack_t>(method);
            return owner_.OnConfirm(ack.delivery_tag, ack.multiple != 0, true);
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto& nack = As<amqp_basic_nack_t>(method);
            return owner_.OnConfirm(nack.delivery_tag, nack.multiple != 0, false);
        }
        case AMQP_BASIC_RETURN_METHOD: {
            const auto& returned = As<amqp_basic_return_t>(method);
            return_code_ = returned.reply_code;
            return_text_ = View(returned.reply_text);
            content_ = Content::kHeader;
            return;
        }
        default:
            throw std::runtime_error("it says what nobody asked (method " + std::to_string(method.id >> 16) + "." +
                                     std::to_string(method.id & 0xFFFF) + ")");
    }
}

void Connection::HandleContent(const amqp_frame_t& frame) {
    const bool header = frame.frame_type == AMQP_FRAME_HEADER;
    if (content_ != (header ? Content::kHeader : Content::kBody)) {
        throw std::runtime_error("it sends a message that nobody asked for");
    }
    if (header) {
        const auto& properties = *static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
        return_delivery_ = DeliveryOf(properties);
        body_left_ = frame.payload.properties.body_size;
        content_ = Content::kBody;
    } else {
        body_left_ -= std::min<std::uint64_t>(body_left_, frame.payload.body_fragment.len);
    }
    if (body_left_ > 0) return;
    content_ = Content::kNone;
    owner_.OnReturn(return_delivery_, return_code_, return_text_);
}

void Connection::OnStart(const amqp_connection_start_t& start) {
    const std::string_view mechanism = options_.external ? "EXTERNAL" : "PLAIN";
    if (!Offers(View(start.mechanisms), mechanism)) {
        return Fail("it offers the logins " + first_line(View(start.mechanisms), 100) + ", and auth wants " +
                    std::string(mechanism) + "; change auth, or enable it there");
    }
    amqp_table_entry_t capabilities[] = {Capability("publisher_confirms"), Capability("basic.nack"),
                                         Capability("connection.blocked"), Capability("authentication_failure_close")};
    amqp_field_value_t table = {};
    table.kind = AMQP_FIELD_KIND_TABLE;
    table.value.table = {static_cast<int>(std::size(capabilities)), capabilities};
    amqp_table_entry_t properties[] = {Entry("product", "Fanfare"),
                                       Entry("version", FANFARE_PLUGIN_VERSION),
                                       Entry("connection_name", "fanfare"),
                                       {amqp_cstring_bytes("capabilities"), table}};
    std::string response;
    if (!options_.external) {
        const auto password = config_.find_secret("/password");
        if (!password && options_.user != "guest") return Fail("password cannot be read; see where it is kept");
        response.append(1, '\0').append(options_.user).append(1, '\0');  // RFC 4616
        response += password ? password->reveal() : "guest";
    }
    amqp_connection_start_ok_t answer = {};
    answer.client_properties = {static_cast<int>(std::size(properties)), properties};
    answer.mechanism = Bytes(mechanism);
    answer.response = Bytes(response);
    answer.locale = amqp_cstring_bytes("en_US");
    Send(0, AMQP_CONNECTION_START_OK_METHOD, &answer);
    writer_.Wipe();
    Secret::wipe(response.data(), response.size());
    state_ = State::kTune;
}

// 0 stands for no limit, and for no heartbeat of the broker.
void Connection::OnTune(const amqp_connection_tune_t& tune) {
    const std::uint32_t frame_max = tune.frame_max == 0 ? kFrameMax : std::min(tune.frame_max, kFrameMax);
    if (frame_max < kLeastFrameMax) throw std::runtime_error("it takes no frames of 4096 bytes, as it must");
    writer_ = FrameWriter(frame_max);
    reader_.SetFrameMax(frame_max);
    const auto ours = static_cast<std::uint16_t>(options_.heartbeat.count());
    const std::uint16_t agreed = tune.heartbeat == 0 ? ours : std::min(ours, tune.heartbeat);
    amqp_connection_tune_ok_t answer = {};
    answer.channel_max = kOurChannel;
    answer.frame_max = frame_max;
    answer.heartbeat = agreed;
    Send(0, AMQP_CONNECTION_TUNE_OK_METHOD, &answer);
    amqp_connection_open_t open = {};
    open.virtual_host = Bytes(options_.vhost);
    Send(0, AMQP_CONNECTION_OPEN_METHOD, &open);
    heartbeat_ = std::chrono::seconds(agreed);
    heard_at_ = spoke_at_ = std::chrono::steady_clock::now();
    state_ = State::kOpen;
}

void Connection::OnClose(const amqp_connection_close_t& close) {
    const std::string said = Said(close.reply_code, View(close.reply_text));
    amqp_connection_close_ok_t answer = {};
    Send(0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer);
    link_.Flush();
    switch (state_) {
        case State::kTune:
            return Fail("it refuses the login: " + said + "; see user and password");
        case State::kOpen:
            return Fail("it refuses the virtual host '" + first_line(options_.vhost, 255) + "': " + said +
                        "; see vhost, and the permissions of the user there");
        default:
            return Fail("it has closed the connection: " + said);
    }
}

void Connection::OnChannelClose(const amqp_channel_close_t& close) {
    const std::string text(View(close.reply_text));
    if (state_ == State::kChannel) {
        return Fail("it refuses to " + steps_[step_].what + ": " + Said(close.reply_code, text) +
                    "; see the exchange, the queue and the permissions of the user there");
    }
    amqp_channel_close_ok_t answer = {};
    Send(kOurChannel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
    const int code = close.reply_code;
    limit_ = std::chrono::steady_clock::now() + kReopenLimit;
    BeginChannel();
    owner_.OnChannelClosed(code, text);
}

void Connection::BeginChannel() {
    state_ = State::kChannel;
    step_ = 0;
    steps_[0].send(writer_, link_.out());
}

bool Connection::Publish(const Message& message) {
    amqp_basic_publish_t method = {};
    method.exchange = Bytes(options_.exchange);
    method.routing_key = Bytes(message.routing_key);
    method.mandatory = options_.mandatory;
    amqp_basic_properties_t properties = message.properties;
    return writer_.AppendContent(link_.out(), kOurChannel, AMQP_BASIC_PUBLISH_METHOD, &method, properties,
                                 message.body);
}

void Connection::Close() {
    if (!is_ready()) return;
    amqp_connection_close_t method = {};
    method.reply_code = AMQP_REPLY_SUCCESS;
    method.reply_text = amqp_cstring_bytes("fanfare lets go of it");
    Send(0, AMQP_CONNECTION_CLOSE_METHOD, &method);
    link_.Flush();
}

}  // namespace fanfare::plugins::amqp
