#include "receipts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace fanfare::plugins::smtp {
namespace {

std::int64_t Now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::int64_t OldestThatCounts() { return Now() - std::chrono::seconds(Receipts::kMaxAge).count(); }

[[noreturn]] void Fail(const char* what, const std::string& path) {
    throw std::runtime_error("receipts '" + path + "' cannot be " + what + ": " +
                             std::generic_category().message(errno) +
                             ": its directory must be there, and the daemon allowed to write to it");
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

// Open and locked against others who write. The name may have gone to a shorter file while we waited for the lock.
int OpenLocked(const std::string& path) {
    for (;;) {
        const int fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) Fail("opened", path);
        struct stat opened {};
        struct stat named {};
        const bool locked = ::flock(fd, LOCK_EX) == 0 && ::fstat(fd, &opened) == 0;
        if (locked && ::stat(path.c_str(), &named) == 0 && named.st_ino == opened.st_ino) return fd;
        const int error = errno;
        ::close(fd);
        errno = error;
        if (!locked) Fail("locked", path);
    }
}

void WriteAll(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) Fail("written", path);
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fdatasync(fd) != 0) Fail("written", path);
}

std::string ReadFrom(int fd, std::uint64_t offset, const std::string& path) {
    std::string bytes;
    char piece[65536];
    for (;;) {
        const ssize_t got = ::pread(fd, piece, sizeof piece, static_cast<off_t>(offset + bytes.size()));
        if (got < 0 && errno != EINTR) Fail("read", path);
        if (got == 0) return bytes;
        if (got > 0) bytes.append(piece, static_cast<std::size_t>(got));
    }
}

std::string LineOf(std::string_view delivery, std::string_view address) {
    return std::string(delivery)
        .append(1, ' ')
        .append(std::to_string(Now()))
        .append(1, ' ')
        .append(address)
        .append(1, '\n');
}

}  // namespace

void Receipts::Open() {
    if (path_.empty()) return;
    const std::lock_guard lock(mutex_);
    CatchUp();
    Compact();
}

std::set<std::string> Receipts::Find(std::string_view delivery) {
    const std::lock_guard lock(mutex_);
    CatchUp();
    const auto found = accepted_.find(delivery);
    return found == accepted_.end() ? std::set<std::string>() : found->second;
}

void Receipts::Add(std::string_view delivery, const std::vector<std::string>& addresses) {
    const std::lock_guard lock(mutex_);
    std::string lines;
    for (const std::string& address : addresses) {
        Remember(std::string(delivery), address);
        lines += LineOf(delivery, address);
    }
    Append(lines);
}

void Receipts::Forget(std::string_view delivery) {
    const std::lock_guard lock(mutex_);
    if (accepted_.find(delivery) == accepted_.end()) return;
    Drop(std::string(delivery));
    Append(LineOf(delivery, "-"));
}

void Receipts::Remember(const std::string& delivery, std::string address) {
    const auto [found, is_new] = accepted_.try_emplace(delivery);
    found->second.insert(std::move(address));
    if (!is_new) return;
    order_.push_back(delivery);
    if (order_.size() > kMaxDeliveries) Drop(std::string(order_.front()));
}

void Receipts::Drop(const std::string& delivery) {
    accepted_.erase(delivery);
    std::erase(order_, delivery);
}

// Reads what was appended since, by whomever.
void Receipts::CatchUp() {
    if (path_.empty()) return;
    struct stat named {};
    const bool is_there = ::stat(path_.c_str(), &named) == 0;
    if (is_there && named.st_ino == inode_ && static_cast<std::uint64_t>(named.st_size) == offset_) return;
    const Descriptor file(OpenLocked(path_));
    struct stat opened {};
    if (::fstat(file.get(), &opened) != 0) Fail("read", path_);
    if (opened.st_ino != inode_ || static_cast<std::uint64_t>(opened.st_size) < offset_) offset_ = 0;
    inode_ = opened.st_ino;
    const std::string bytes = ReadFrom(file.get(), offset_, path_);
    offset_ += bytes.size();
    const std::int64_t oldest = OldestThatCounts();
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        Take(std::string_view(bytes).substr(at, end - at), oldest);
        at = end + 1;
    }
}

// A line that a crash cut short is none.
void Receipts::Take(std::string_view line, std::int64_t oldest) {
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return;
    std::int64_t time = 0;
    std::from_chars(line.data() + first + 1, line.data() + second, time);
    const std::string delivery(line.substr(0, first));
    const std::string address(line.substr(second + 1));
    if (address == "-") {
        Drop(delivery);
    } else if (time >= oldest) {
        Remember(delivery, address);
    }
}

void Receipts::Append(const std::string& lines) {
    if (path_.empty() || lines.empty()) return;
    const Descriptor file(OpenLocked(path_));
    struct stat before {};
    if (::fstat(file.get(), &before) != 0) Fail("written", path_);
    // What a crash cut short must not be the beginning of ours.
    char last = '\n';
    const bool is_cut = before.st_size > 0 && ::pread(file.get(), &last, 1, before.st_size - 1) == 1 && last != '\n';
    WriteAll(file.get(), is_cut ? "\n" + lines : lines, path_);
    const bool seen_all = before.st_ino == inode_ && static_cast<std::uint64_t>(before.st_size) == offset_;
    if (seen_all) offset_ += lines.size() + (is_cut ? 1 : 0);
}

void Receipts::Compact() {
    const Descriptor file(OpenLocked(path_));
    std::string lines;
    for (const auto& [delivery, addresses] : accepted_) {
        for (const std::string& address : addresses) lines += LineOf(delivery, address);
    }
    struct stat now {};
    if (::fstat(file.get(), &now) != 0) Fail("read", path_);
    const auto size = static_cast<std::uint64_t>(now.st_size);
    if (size != offset_ || size < kLargeFile || lines.size() > size / 2) return;
    const std::string shorter = path_ + ".new";
    {
        const Descriptor made(::open(shorter.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (made.get() < 0) Fail("shortened", path_);
        WriteAll(made.get(), lines, path_);
    }
    if (::rename(shorter.c_str(), path_.c_str()) != 0) Fail("shortened", path_);
    inode_ = 0;
}

}  // namespace fanfare::plugins::smtp
