// The directory of a store and the small files beside the database: lock, ballast, high-water mark.
//
//   lock      held with flock while a process uses the store; holds its pid
//   ballast   bytes that are given up when the disk is full, so that what is in flight can still be recorded
//   hwm       the last seq that was acknowledged. Written after each commit and never synced: it can only be too low, so
//             a database that ends before it has lost its tail
// Only plain libc calls: what is written here can be recorded and cut short by a test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace fanfare::store::sqlite {

struct HighWater {
    std::uint64_t seq = 0;
    std::uint32_t store_tag = 0;
};

// Threads: one at a time.
class Directory {
public:
    // Makes it (0700) if it is not there. kConfig: it is unsafe or unfit; kBusy: another process holds it.
    static base::Result<std::unique_ptr<Directory>> Open(const std::string& path);

    // Holds the lock of a store that is only to be read: writes nothing, not even the pid. Nothing is held where there is no
    // lock file, as no fanfare ever used that. kBusy: another process holds it.
    static base::Result<base::Descriptor> HoldToRead(const std::string& path);
    // Of such a one. Answers as ReadHighWater does.
    static base::Result<std::optional<HighWater>> ReadHighWaterOf(const std::string& path);

    const std::string& path() const { return path_; }
    std::string FilePath(const char* name) const { return path_ + "/" + name; }

    base::Result<std::uint64_t> FreeBytes() const;
    std::uint64_t BallastBytes() const;  // zero: there is none
    bool HasBallast() const { return BallastBytes() > 0; }
    void DropBallast();
    base::Status MakeBallast(std::uint64_t bytes);

    // nullopt: never written. kCorrupt: there is one, but it is damaged.
    base::Result<std::optional<HighWater>> ReadHighWater();
    base::Status WriteHighWater(const HighWater& mark);

    base::Status Sync();

private:
    explicit Directory(std::string path) : path_(std::move(path)) {}
    base::Status Check();
    base::Status Lock();
    base::Error OsError(base::Code code, const std::string& what) const;

    std::string path_;
    base::Descriptor dir_;
    base::Descriptor lock_;
    base::Descriptor hwm_;
};

}  // namespace fanfare::store::sqlite
