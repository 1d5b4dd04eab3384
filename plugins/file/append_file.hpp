// A file that only grows by whole lines, found again by its name when logrotate has moved it away.
//
// Owns: the descriptor. Threads: one.
// Errors: std::runtime_error; its text names the file, the system's reason and what to do.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace fanfare::plugins::file {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    int get() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

class AppendFile {
public:
    AppendFile(std::string path, bool sync) : path_(std::move(path)), sync_(sync) {}

    // Opens the file, or opens it anew if its name now stands for another file or for none.
    void Ensure();
    // Appends all of `lines`, each ending in '\n', or nothing: what a failed write left behind is cut off again. With
    // sync, returns after fsync.
    void Append(std::string_view lines);

    const std::string& path() const noexcept { return path_; }

private:
    bool IsStillNamed() const;
    void Open();
    void WriteAll(std::string_view bytes);
    void TakeBack(std::size_t written) noexcept;
    static bool EndsInsideALine(int fd);
    void SyncDirectory() const;

    std::string path_;
    bool sync_;
    Descriptor fd_;
    bool torn_ = false;  // the file may end in a part of a line
};

}  // namespace fanfare::plugins::file
