#include "power/log.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>

namespace fanfare::power {

RecordLog::RecordLog(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || fstat(fd, &info) != 0) throw std::runtime_error("cannot read the record " + path);
    size_ = static_cast<std::size_t>(info.st_size);
    map_ = size_ == 0 ? nullptr : mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map_ == nullptr || map_ == MAP_FAILED) throw std::runtime_error("the record " + path + " is empty");
    const char* base = static_cast<const char*>(map_);
    for (std::size_t at = 0; at + sizeof(power_record) <= size_;) {
        Entry entry;
        std::memcpy(&entry.head, base + at, sizeof entry.head);
        at += sizeof entry.head;
        if (at + entry.head.size > size_) break;
        entry.payload = {base + at, entry.head.size};
        at += entry.head.size;
        entries_.push_back(entry);
    }
}

RecordLog::~RecordLog() {
    if (map_ != nullptr && map_ != MAP_FAILED) munmap(map_, size_);
}

std::vector<std::size_t> AckPlaces(const RecordLog& log, bool before_commit) {
    std::vector<std::size_t> places;
    std::map<std::uint64_t, bool> is_wal;
    std::deque<std::size_t> commits{0, 0};  // ends of the last two syncs of a write-ahead log
    for (std::size_t i = 0; i < log.entries().size(); ++i) {
        const Entry& entry = log.entries()[i];
        if (entry.head.op == POWER_OPEN) is_wal[entry.head.handle] = entry.payload.ends_with("-wal");
        if (entry.head.op == POWER_SYNC_END && is_wal[entry.head.handle]) {
            commits.pop_front();
            commits.push_back(i);
        }
        if (entry.head.op == POWER_ACK) places.push_back(before_commit ? commits.front() : i);
    }
    return places;
}

}  // namespace fanfare::power
