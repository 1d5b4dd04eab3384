// The pages of a database that SQLite may refuse: as the last commit left them, from the file and its write-ahead log.
// Of the log every page counts whose own check sum is right. SQLite stops at the first that is wrong, and all that was
// acknowledged behind it would be lost with it.
// Source: sqlite.org/fileformat2.html (1.3, 1.5, 4.1 to 4.4), read for 3.40.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace fanfare::store::sqlite {

inline constexpr std::size_t kPageBytes = 8192;  // of every version of the store
using PageBytes = std::array<unsigned char, kPageBytes>;

inline std::uint32_t ReadBig32(const unsigned char* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}
inline std::uint32_t ReadBig16(const unsigned char* at) { return std::uint32_t{at[0]} << 8 | at[1]; }

// Owns: the two files, open for reading only. Threads: one at a time.
class Pages {
public:
    // kNotFound: there is no such database; kIo.
    static base::Result<std::unique_ptr<Pages>> Open(const std::string& database);

    // They are numbered from 1 to this.
    std::uint32_t count() const { return count_; }
    // False: it is beyond the end of the file, or the disk does not give it.
    bool Read(std::uint32_t number, PageBytes& to) const;

    struct Header {
        std::uint32_t application_id = 0;
        std::uint32_t version = 0;
        std::uint32_t first_free = 0;  // page that lists free ones; 0: none
    };
    // Nothing if page 1 does not begin as a database does.
    const std::optional<Header>& header() const { return header_; }
    // Of the log: pages whose check sum is wrong.
    std::uint64_t broken_frames() const { return broken_frames_; }

private:
    Pages() = default;
    void ReadLog();
    void ReadHeader();

    base::Descriptor file_;
    base::Descriptor log_;
    std::uint32_t count_ = 0;
    std::unordered_map<std::uint32_t, std::int64_t> in_log_;  // where the newest of a page stands
    std::uint64_t broken_frames_ = 0;
    std::optional<Header> header_;
};

}  // namespace fanfare::store::sqlite
