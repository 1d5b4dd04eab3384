// Frames of AMQP 0-9-1, out and in. librabbitmq encodes and decodes what is in them.
//
// Source: AMQP 0-9-1, 2.3.5 and 4.2 (frame: type, channel, size, payload, end 0xCE; a content is a method, a header and
// bodies of at most frame-max).
// Threads: one.
#pragma once

#include <amqp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <fanfare/host.hpp>

namespace fanfare::plugins::amqp {

inline amqp_bytes_t Bytes(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
inline std::string_view View(amqp_bytes_t bytes) { return {static_cast<const char*>(bytes.bytes), bytes.len}; }

class FrameWriter {
public:
    // The most that a frame may have, head and end included. Both sides must take 4096 (AMQP 0-9-1, 4.2.3).
    explicit FrameWriter(std::uint32_t frame_max) : frame_max_(frame_max), scratch_(frame_max, '\0') {}

    void AppendMethod(std::string& out, amqp_channel_t channel, amqp_method_number_t id, void* decoded);
    // A method that carries a content: its header and bodies follow. False, and nothing is appended, if the properties
    // do not fit into a frame.
    [[nodiscard]] bool AppendContent(std::string& out, amqp_channel_t channel, amqp_method_number_t id, void* decoded,
                                     amqp_basic_properties_t& properties, std::string_view body);
    static void AppendHeartbeat(std::string& out);
    // Forgets what was encoded last.
    void Wipe() noexcept { Secret::wipe(scratch_.data(), scratch_.size()); }

private:
    static void AppendFrame(std::string& out, std::uint8_t type, amqp_channel_t channel, std::string_view payload);

    std::uint32_t frame_max_;
    std::string scratch_;
};

class FrameReader {
public:
    // Errors: std::bad_alloc.
    FrameReader();

    // The most that a frame may have from now on. Between two frames. Errors: std::bad_alloc.
    void SetFrameMax(std::uint32_t frame_max);

    // Takes bytes from the front of `bytes`. True: `frame` is a whole one, and borrows until the next call. False: more
    // is needed. Errors: std::runtime_error if it is not AMQP.
    bool Next(std::string_view& bytes, amqp_frame_t& frame);

private:
    struct Free {
        void operator()(amqp_connection_state_t_* state) const noexcept { amqp_destroy_connection(state); }
    };

    std::unique_ptr<amqp_connection_state_t_, Free> state_;
};

}  // namespace fanfare::plugins::amqp
