#include "store/sqlite/pages.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace fanfare::store::sqlite {
namespace {

constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kFrameBytes = kFrameHeaderBytes + kPageBytes;
constexpr std::uint32_t kLogMagic = 0x377F0682;  // its lowest bit: sums are over big-endian words
constexpr char kMagic[] = "SQLite format 3";     // with the zero at its end

bool ReadAll(int fd, unsigned char* to, std::size_t size, std::int64_t offset) {
    while (size > 0) {
        const ssize_t got = pread(fd, to, size, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        offset += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

std::int64_t SizeOf(int fd) {
    struct stat info {};
    return fstat(fd, &info) == 0 ? static_cast<std::int64_t>(info.st_size) : 0;
}

struct Sum {
    std::uint32_t low = 0;
    std::uint32_t high = 0;

    void Add(const unsigned char* at, std::size_t size, bool big) {
        for (std::size_t i = 0; i < size; i += 8) {
            low += Word(at + i, big) + high;
            high += Word(at + i + 4, big) + low;
        }
    }
    friend bool operator==(const Sum&, const Sum&) = default;

private:
    static std::uint32_t Word(const unsigned char* at, bool big) {
        const std::uint32_t word = ReadBig32(at);
        return big ? word : __builtin_bswap32(word);
    }
};

Sum StoredSum(const unsigned char* at) { return {ReadBig32(at), ReadBig32(at + 4)}; }

// What a log says of the frames behind it. One that is damaged is believed where the first frame says the same.
struct LogHeader {
    bool big = false;
    std::uint64_t salt = 0;
    Sum sum;
};

std::uint64_t SaltAt(const unsigned char* at) { return std::uint64_t{ReadBig32(at)} << 32 | ReadBig32(at + 4); }

LogHeader ReadLogHeader(const unsigned char* bytes, const unsigned char* first_frame) {
    LogHeader header;
    header.big = ReadBig32(bytes) == (kLogMagic | 1);
    header.salt = SaltAt(bytes + 16);
    header.sum = StoredSum(bytes + kLogHeaderBytes - 8);
    Sum sum;
    sum.Add(bytes, kLogHeaderBytes - 8, header.big);
    if (sum != header.sum) header.salt = SaltAt(first_frame + 8);
    return header;
}

}  // namespace

base::Result<std::unique_ptr<Pages>> Pages::Open(const std::string& database) {
    std::unique_ptr<Pages> self(new Pages);
    self->file_ = base::Descriptor(open(database.c_str(), O_RDONLY | O_CLOEXEC));
    if (!self->file_) {
        return base::MakeError(
            errno == ENOENT ? base::Code::kNotFound : base::Code::kIo,
            "cannot read " + database + ": " + std::strerror(errno) + "; name the directory of a store with --from");
    }
    self->count_ = static_cast<std::uint32_t>((SizeOf(self->file_.get()) + kPageBytes - 1) / kPageBytes);
    const std::string log = database + "-wal";
    self->log_ = base::Descriptor(open(log.c_str(), O_RDONLY | O_CLOEXEC));
    if (!self->log_ && errno != ENOENT) {
        return base::MakeError(base::Code::kIo, "cannot read " + log + ": " + std::strerror(errno));
    }
    if (self->log_) self->ReadLog();
    self->ReadHeader();
    return self;
}

// The sum of a frame goes on from the sum stored with the one before: so one that is damaged spoils no other.
void Pages::ReadLog() {
    std::vector<unsigned char> frame(kFrameBytes);
    std::array<unsigned char, kLogHeaderBytes> start{};
    if (!ReadAll(log_.get(), start.data(), start.size(), 0)) return;
    std::int64_t at = kLogHeaderBytes;
    if (!ReadAll(log_.get(), frame.data(), frame.size(), at)) return;
    const LogHeader header = ReadLogHeader(start.data(), frame.data());
    Sum before = header.sum;
    std::vector<std::pair<std::uint32_t, std::int64_t>> open;  // behind the last commit
    std::uint64_t foreign = 0;                                 // frames of an older log, if none of this one follows
    for (; ReadAll(log_.get(), frame.data(), frame.size(), at); at += kFrameBytes) {
        const Sum stored = StoredSum(frame.data() + 16);
        Sum sum = before;
        sum.Add(frame.data(), 8, header.big);
        sum.Add(frame.data() + kFrameHeaderBytes, kPageBytes, header.big);
        before = stored;
        const std::uint32_t number = ReadBig32(frame.data());
        if (SaltAt(frame.data() + 8) != header.salt) {
            ++foreign;
            continue;
        }
        broken_frames_ += foreign;
        foreign = 0;
        if (sum != stored || number == 0) {
            ++broken_frames_;
            continue;
        }
        open.emplace_back(number, at + static_cast<std::int64_t>(kFrameHeaderBytes));
        if (ReadBig32(frame.data() + 4) == 0) continue;
        for (const auto& [page, offset] : open) {
            in_log_[page] = offset;
            count_ = std::max(count_, page);
        }
        open.clear();
    }
}

bool Pages::Read(std::uint32_t number, PageBytes& to) const {
    if (number == 0 || number > count_) return false;
    if (const auto found = in_log_.find(number); found != in_log_.end()) {
        return ReadAll(log_.get(), to.data(), to.size(), found->second);
    }
    return ReadAll(file_.get(), to.data(), to.size(),
                   static_cast<std::int64_t>(number - 1) * static_cast<std::int64_t>(kPageBytes));
}

void Pages::ReadHeader() {
    PageBytes page;
    if (!Read(1, page) || std::memcmp(page.data(), kMagic, sizeof kMagic) != 0) return;
    header_ = Header{ReadBig32(page.data() + 68), ReadBig32(page.data() + 60), ReadBig32(page.data() + 32)};
    // Only what page 1 says of a file that has lost its end is more than there is.
    const bool is_current = ReadBig32(page.data() + 24) == ReadBig32(page.data() + 92);
    const std::uint32_t said = ReadBig32(page.data() + 28);
    if (is_current && said > count_ && said / 2 <= count_ * 8) count_ = said;
}

}  // namespace fanfare::store::sqlite
