// Frames over a stream socket. Threads: one reads, one writes; not both at one time unless said so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "isolation/message.hpp"

namespace fanfare::isolation {

// Cuts what was read into frames.
class FrameReader {
public:
    enum class Read { kSome, kNothing, kEnd };

    // Reads once, without waiting if the socket does not wait. kEnd: the other side has gone, or sends what is no
    // frame.
    Read ReadFrom(int fd);
    // The next whole frame of what was read; nullopt if there is none, or it is no frame.
    std::optional<Frame> Next();

private:
    std::string bytes_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

// Appends a frame to what is to be written.
void AppendFrame(std::string& out, Kind kind, std::string_view content);
// Writes what the socket takes and removes it from `out`; false: the other side has gone.
bool WriteSome(int fd, std::string& out);

}  // namespace fanfare::isolation
