#include "isolation/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace fanfare::isolation {
namespace {

constexpr std::size_t kHead = 5;
// A batch of the largest events; what claims to be more is no frame.
constexpr std::size_t kLargest = std::size_t{1} << 31;

}  // namespace

FrameReader::Read FrameReader::ReadFrom(int fd) {
    if (broken_) return Read::kEnd;
    std::array<char, 64 << 10> buffer;
    const ssize_t count = recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Read::kNothing : Read::kEnd;
    if (count == 0) return Read::kEnd;
    if (at_ == bytes_.size()) {
        bytes_.clear();
        at_ = 0;
    }
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
    return Read::kSome;
}

std::optional<Frame> FrameReader::Next() {
    if (bytes_.size() - at_ < kHead) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length |= std::size_t{static_cast<std::uint8_t>(bytes_[at_ + i])} << (8 * i);
    broken_ = length > kLargest;
    if (broken_ || bytes_.size() - at_ - kHead < length) return std::nullopt;
    Frame frame{static_cast<Kind>(bytes_[at_ + 4]), bytes_.substr(at_ + kHead, length)};
    at_ += kHead + length;
    return frame;
}

void AppendFrame(std::string& out, Kind kind, std::string_view content) {
    for (std::size_t i = 0; i < 4; ++i) out += static_cast<char>(content.size() >> (8 * i));
    out += static_cast<char>(kind);
    out += content;
}

bool WriteSome(int fd, std::string& out) {
    std::size_t done = 0;
    bool alive = true;
    while (done < out.size()) {
        const ssize_t count = send(fd, out.data() + done, out.size() - done, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        alive = count >= 0 || errno == EAGAIN;
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    out.erase(0, done);
    return alive;
}

}  // namespace fanfare::isolation
