#include "frame.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace fanfare::plugins::amqp {
namespace {

constexpr std::size_t kAround = 8;  // head and end of a frame
constexpr char kEnd = static_cast<char>(AMQP_FRAME_END);

template <class Number>
void AppendNumber(std::string& out, Number value) {
    for (int shift = static_cast<int>(sizeof value - 1) * 8; shift >= 0; shift -= 8) {
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
    }
}

}  // namespace

void FrameWriter::AppendFrame(std::string& out, std::uint8_t type, amqp_channel_t channel, std::string_view payload) {
    out += static_cast<char>(type);
    AppendNumber<std::uint16_t>(out, channel);
    AppendNumber(out, static_cast<std::uint32_t>(payload.size()));
    out += payload;
    out += kEnd;
}

void FrameWriter::AppendMethod(std::string& out, amqp_channel_t channel, amqp_method_number_t id, void* decoded) {
    std::string payload;
    AppendNumber(payload, id);
    const int size = amqp_encode_method(id, decoded, {scratch_.size(), scratch_.data()});
    if (size < 0 || payload.size() + static_cast<std::size_t>(size) + kAround > frame_max_) {
        throw std::runtime_error("what is to be declared does not fit into a frame; give fewer or shorter arguments");
    }
    payload.append(scratch_, 0, static_cast<std::size_t>(size));
    AppendFrame(out, AMQP_FRAME_METHOD, channel, payload);
}

bool FrameWriter::AppendContent(std::string& out, amqp_channel_t channel, amqp_method_number_t id, void* decoded,
                                amqp_basic_properties_t& properties, std::string_view body) {
    const std::size_t before = out.size();
    AppendMethod(out, channel, id, decoded);
    const int size = amqp_encode_properties(AMQP_BASIC_CLASS, &properties, {scratch_.size(), scratch_.data()});
    constexpr std::size_t kFixed = 12;  // class, weight, size of the body
    if (size < 0 || kFixed + static_cast<std::size_t>(size) + kAround > frame_max_) {
        out.resize(before);
        return false;
    }
    out += static_cast<char>(AMQP_FRAME_HEADER);
    AppendNumber<std::uint16_t>(out, channel);
    AppendNumber(out, static_cast<std::uint32_t>(kFixed + static_cast<std::size_t>(size)));
    AppendNumber<std::uint16_t>(out, AMQP_BASIC_CLASS);
    AppendNumber<std::uint16_t>(out, 0);
    AppendNumber<std::uint64_t>(out, body.size());
    out.append(scratch_, 0, static_cast<std::size_t>(size));
    out += kEnd;
    for (std::size_t at = 0; at < body.size(); at += frame_max_ - kAround) {
        AppendFrame(out, AMQP_FRAME_BODY, channel, body.substr(at, frame_max_ - kAround));
    }
    return true;
}

void FrameWriter::AppendHeartbeat(std::string& out) { AppendFrame(out, AMQP_FRAME_HEARTBEAT, 0, {}); }

FrameReader::FrameReader() : state_(amqp_new_connection()) {
    if (!state_) throw std::bad_alloc();
}

void FrameReader::SetFrameMax(std::uint32_t frame_max) {
    if (amqp_tune_connection(state_.get(), 0, static_cast<int>(frame_max), 0) != AMQP_STATUS_OK) throw std::bad_alloc();
}

bool FrameReader::Next(std::string_view& bytes, amqp_frame_t& frame) {
    amqp_maybe_release_buffers(state_.get());
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max());
        const int used = amqp_handle_input(state_.get(), Bytes(bytes.substr(0, size)), &frame);
        if (used == AMQP_STATUS_NO_MEMORY) throw std::bad_alloc();
        if (used <= 0) throw std::runtime_error("it does not speak AMQP 0-9-1; see that the port is that of AMQP");
        bytes.remove_prefix(static_cast<std::size_t>(used));
        if (frame.frame_type != 0) return true;
    }
    return false;
}

}  // namespace fanfare::plugins::amqp
