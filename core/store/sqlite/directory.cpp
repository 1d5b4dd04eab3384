#include "store/sqlite/directory.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "store/sqlite/codec.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;

constexpr std::size_t kHwmBytes = 32;
constexpr std::uint64_t kHwmMagic = 0x314D57485F464E46;  // "FNF_HWM1", little endian

// statfs(2) names these only in part.
constexpr long kCifsMagic = static_cast<long>(0xFF534D42);
constexpr long kSmb2Magic = static_cast<long>(0xFE534D42);

struct HwmRecord {
    std::uint64_t magic;
    std::uint64_t seq;
    std::uint64_t store_tag;
    std::uint32_t zero;
    std::uint32_t crc;  // over what stands before it
};
static_assert(sizeof(HwmRecord) == kHwmBytes);

std::uint32_t CrcOf(const HwmRecord& record) {
    return Crc32({reinterpret_cast<const char*>(&record), offsetof(HwmRecord, crc)});
}

// The whole of it or an error in errno.
bool WriteAt(int fd, const char* at, std::size_t size, off_t offset) {
    while (size > 0) {
        const ssize_t wrote = pwrite(fd, at, size, offset);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        at += wrote;
        offset += wrote;
        size -= static_cast<std::size_t>(wrote);
    }
    return true;
}

base::Error Held(int lock, const std::string& path, const std::string& remedy) {
    std::array<char, 16> pid{};
    const ssize_t size = pread(lock, pid.data(), pid.size() - 1, 0);
    const std::string who = size > 0 ? std::string(pid.data(), static_cast<std::size_t>(size)) : "unknown";
    return MakeError(Code::kBusy, "another fanfare process (pid " + who + ") uses the store " + path + "; " + remedy);
}

base::Result<std::optional<HighWater>> ReadHighWaterAt(int fd, const std::string& path) {
    HwmRecord record{};
    const ssize_t size = pread(fd, &record, sizeof record, 0);
    if (size < 0) return MakeError(Code::kIo, "cannot read the file 'hwm' in " + path + ": " + std::strerror(errno));
    if (size == 0) return std::optional<HighWater>();
    if (size != sizeof record || record.magic != kHwmMagic || record.crc != CrcOf(record)) {
        return MakeError(Code::kCorrupt, "the file 'hwm' in " + path + " is damaged");
    }
    return std::optional(HighWater{record.seq, static_cast<std::uint32_t>(record.store_tag)});
}

}  // namespace

base::Error Directory::OsError(Code code, const std::string& what) const {
    return MakeError(code, what + " " + path_ + ": " + std::strerror(errno));
}

base::Result<std::unique_ptr<Directory>> Directory::Open(const std::string& path) {
    std::unique_ptr<Directory> self(new Directory(path));
    const bool made = mkdir(path.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return self->OsError(Code::kConfig, "cannot make the store's directory");
    if (made) {
        const base::Descriptor parent(open((path + "/..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!parent || fsync(parent.get()) != 0) return self->OsError(Code::kIo, "cannot sync the directory above");
    }
    self->dir_ = base::Descriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!self->dir_) return self->OsError(Code::kConfig, "cannot open the store's directory");
    if (base::Status status = self->Check(); !status) return std::move(status).error();
    if (base::Status status = self->Lock(); !status) return std::move(status).error();
    return self;
}

base::Status Directory::Check() {
    struct stat info {};
    if (fstat(dir_.get(), &info) != 0) return OsError(Code::kIo, "cannot look at the store's directory");
    if (info.st_uid != geteuid()) {
        return MakeError(Code::kConfig, "the store's directory " + path_ + " belongs to uid " + std::to_string(info.st_uid) +
                                            ", but fanfare runs as uid " + std::to_string(geteuid()) + "; chown it");
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return MakeError(Code::kConfig, "others may write to the store's directory " + path_ + "; run: chmod 0700 " + path_);
    }
    struct statfs system {};
    if (fstatfs(dir_.get(), &system) != 0) return OsError(Code::kIo, "cannot look at the file system of");
    const auto type = static_cast<long>(system.f_type);
    if (type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == kCifsMagic || type == kSmb2Magic) {
        return MakeError(Code::kConfig, "the store's directory " + path_ + " is on a network file system, which keeps neither the locks " +
                                            "nor the write order that a store needs; put [store] path on a local disk");
    }
    return {};
}

base::Status Directory::Lock() {
    lock_ = base::Descriptor(openat(dir_.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock_) return OsError(Code::kConfig, "cannot open the file 'lock' in");
    if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return OsError(Code::kIo, "cannot lock");
        return Held(lock_.get(), path_, "stop it, or give this one another [store] path");
    }
    const std::string pid = std::to_string(getpid());
    if (ftruncate(lock_.get(), 0) != 0 || !WriteAt(lock_.get(), pid.data(), pid.size(), 0)) {
        // A full disk must not keep the store from being opened: the lock holds without the pid.
        if (errno != ENOSPC && errno != EDQUOT) return OsError(Code::kIo, "cannot write the file 'lock' in");
    }
    return {};
}

base::Result<std::uint64_t> Directory::FreeBytes() const {
    struct statvfs info {};
    if (fstatvfs(dir_.get(), &info) != 0) return OsError(Code::kIo, "cannot see how much space is left for");
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

std::uint64_t Directory::BallastBytes() const {
    struct stat info {};
    return fstatat(dir_.get(), "ballast", &info, AT_SYMLINK_NOFOLLOW) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

void Directory::DropBallast() { unlinkat(dir_.get(), "ballast", 0); }

base::Status Directory::MakeBallast(std::uint64_t bytes) {
    if (bytes == 0) {
        DropBallast();
        return {};
    }
    const base::Descriptor file(openat(dir_.get(), "ballast", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return OsError(Code::kIo, "cannot make the file 'ballast' in");
    struct stat info {};
    if (fstat(file.get(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) == bytes) return {};
    int failed = ftruncate(file.get(), 0) == 0 ? 0 : errno;
    if (failed == 0) failed = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
    if (failed == 0) return {};
    DropBallast();
    errno = failed;
    return OsError(failed == ENOSPC || failed == EDQUOT ? Code::kFull : Code::kIo, "cannot set space aside in");
}

base::Result<std::optional<HighWater>> Directory::ReadHighWater() {
    if (!hwm_) hwm_ = base::Descriptor(openat(dir_.get(), "hwm", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!hwm_) return OsError(Code::kIo, "cannot open the file 'hwm' in");
    return ReadHighWaterAt(hwm_.get(), path_);
}

base::Result<base::Descriptor> Directory::HoldToRead(const std::string& path) {
    base::Descriptor lock(open((path + "/lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!lock && errno == ENOENT) return lock;
    if (!lock) return MakeError(Code::kIo, "cannot open the file 'lock' in " + path + ": " + std::strerror(errno));
    if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return MakeError(Code::kIo, "cannot lock " + path + ": " + std::strerror(errno));
    return Held(lock.get(), path, "stop it first");
}

base::Result<std::optional<HighWater>> Directory::ReadHighWaterOf(const std::string& path) {
    const base::Descriptor file(open((path + "/hwm").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return std::optional<HighWater>();
    if (!file) return MakeError(Code::kIo, "cannot open the file 'hwm' in " + path + ": " + std::strerror(errno));
    return ReadHighWaterAt(file.get(), path);
}

base::Status Directory::WriteHighWater(const HighWater& mark) {
    HwmRecord record{kHwmMagic, mark.seq, mark.store_tag, 0, 0};
    record.crc = CrcOf(record);
    if (!WriteAt(hwm_.get(), reinterpret_cast<const char*>(&record), sizeof record, 0)) {
        return OsError(Code::kIo, "cannot write the file 'hwm' in");
    }
    return {};
}

base::Status Directory::Sync() {
    if (fsync(dir_.get()) != 0) return OsError(Code::kIo, "cannot sync the directory");
    return {};
}

}  // namespace fanfare::store::sqlite
