// Who has got a mail that others have not: a delivery is tried again, also by hand, for those only.
//
// In memory for the last kMaxDeliveries such deliveries. With a file also after a restart: a line for each recipient,
// "id time address", and "id time -" when everyone has it. It is written and on disk before the delivery is
// answered. Two destinations, or the old and the new instance of one during a reload, may share a file. Lines older
// than kMaxAge count for nothing; at the start they are removed once they make up most of a large file.
//
// Threads: all. Errors: std::runtime_error, if the file cannot be read or written; what is in memory is right then,
// too.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::plugins::smtp {

class Receipts {
public:
    static constexpr std::size_t kMaxDeliveries = 10'000;
    static constexpr std::chrono::hours kMaxAge{24 * 30};
    static constexpr std::uintmax_t kLargeFile = 1u << 20;

    // path: empty for none.
    explicit Receipts(std::string path) : path_(std::move(path)) {}

    // Checks that the file can be written; shortens it.
    void Open();
    std::set<std::string> Find(std::string_view delivery);
    void Add(std::string_view delivery, const std::vector<std::string>& addresses);
    // Everyone has it.
    void Forget(std::string_view delivery);

private:
    void Remember(const std::string& delivery, std::string address);
    void Drop(const std::string& delivery);
    void CatchUp();
    void Take(std::string_view line, std::int64_t oldest);
    void Append(const std::string& lines);
    void Compact();

    const std::string path_;
    std::mutex mutex_;  // guards all below
    std::map<std::string, std::set<std::string>, std::less<>> accepted_;
    std::deque<std::string> order_;  // of deliveries, the oldest first
    // How far the file has been read, and which file that was.
    std::uint64_t inode_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace fanfare::plugins::smtp
