// Frames over a stream socket. Threads: one reads, one writes; not both at one time unless said so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "isolation/message.hpp"

namespace fanfare::isolation {

// A file descriptor that is closed.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    int get() const { return fd_; }

private:
    int fd_;
};

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
