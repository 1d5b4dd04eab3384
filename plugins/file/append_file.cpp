#include "append_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace fanfare::plugins::file {
namespace {

constexpr mode_t kMode = 0640;

std::string Advice(int error, const std::string& path) {
    switch (error) {
        case ENOENT:
            return "create the directory of " + path;
        case EACCES:
        case EPERM:
        case EROFS:
            return "let the user that fanfare runs as write there (a systemd unit needs it in ReadWritePaths=, too)";
        case ENOSPC:
        case EDQUOT:
            return "free some space";
        case EISDIR:
        case ENOTDIR:
            return "give the path of a file";
        case EFBIG:
            return "rotate the file";
        default:
            return "see that " + path + " is sound";
    }
}

// "cannot append to /var/log/events.jsonl: No space left on device; free some space"
[[noreturn]] void Fail(const std::string& what, const std::string& path, int error) {
    throw std::runtime_error(what + " " + path + ": " + std::generic_category().message(error) + "; " +
                             Advice(error, path));
}

int Retry(int (*call)(int), int fd) {
    int result;
    do {
        result = call(fd);
    } while (result < 0 && errno == EINTR);
    return result;
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

void AppendFile::Ensure() {
    if (fd_.is_open() && IsStillNamed()) return;
    fd_ = Descriptor();
    Open();
}

bool AppendFile::IsStillNamed() const {
    struct stat named = {};
    struct stat held = {};
    return ::stat(path_.c_str(), &named) == 0 && ::fstat(fd_.get(), &held) == 0 && named.st_dev == held.st_dev &&
           named.st_ino == held.st_ino;
}

void AppendFile::Open() {
    // Readable, to see whether a crash left a part of a line; non-blocking, not to hang on a FIFO before it is refused.
    Descriptor fd(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kMode));
    if (!fd.is_open()) Fail("cannot open", path_, errno);
    struct stat info = {};
    if (::fstat(fd.get(), &info) != 0) Fail("cannot look at", path_, errno);
    if (!S_ISREG(info.st_mode)) {
        throw std::runtime_error(path_ + " is not a regular file; give the path of a file");
    }
    if (sync_) SyncDirectory();
    torn_ = EndsInsideALine(fd.get());
    fd_ = std::move(fd);
}

bool AppendFile::EndsInsideALine(int fd) {
    const off_t end = ::lseek(fd, 0, SEEK_END);
    char last = '\n';
    return end > 0 && ::pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

void AppendFile::Append(std::string_view lines) {
    if (torn_) {
        WriteAll("\n");
        torn_ = false;
    }
    WriteAll(lines);
    if (sync_ && Retry(&::fsync, fd_.get()) != 0) {
        const int error = errno;
        // What an fsync has failed for is not tried again by the kernel: start over with a fresh descriptor.
        fd_ = Descriptor();
        Fail("cannot bring to disk", path_, error);
    }
}

void AppendFile::WriteAll(std::string_view bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t n = ::write(fd_.get(), bytes.data() + written, bytes.size() - written);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int error = n < 0 ? errno : ENOSPC;
            TakeBack(written);
            Fail("cannot append to", path_, error);
        }
        written += static_cast<std::size_t>(n);
    }
}

// Cuts off what is ours, if it still stands at the end. If not, the next line starts on a line of its own.
void AppendFile::TakeBack(std::size_t written) noexcept {
    if (written == 0) return;
    const off_t end = ::lseek(fd_.get(), 0, SEEK_CUR);
    struct stat info = {};
    const bool ours_is_last = end >= 0 && ::fstat(fd_.get(), &info) == 0 && info.st_size == end;
    torn_ = !ours_is_last || ::ftruncate(fd_.get(), end - static_cast<off_t>(written)) != 0;
}

void AppendFile::SyncDirectory() const {
    const std::string directory = path_.substr(0, path_.rfind('/') + 1);
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open() || Retry(&::fsync, fd.get()) != 0) Fail("cannot bring to disk the directory of", path_, errno);
}

}  // namespace fanfare::plugins::file
