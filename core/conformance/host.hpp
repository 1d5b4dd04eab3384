// The host that a plugin is tried on: that of fanfare/testing.hpp, with a judge of every answer, and able to be older or
// newer than this fanfare.
//
// Memory: a batch is freed with its last answer, as there, so that AddressSanitizer sees who reads on.
// Threads: answers and logs from every thread; all else belongs to the thread of the test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fanfare/testing.hpp>

namespace fanfare::conformance {

using Event = fanfare::testing::TestEvent;
using Reply = fanfare::testing::FakeHttp::Reply;
using Steady = std::chrono::steady_clock;

enum class Age {
    kOurs,
    kPast,   // minor 0: every struct ends where it ended then, and there are no extensions
    kFuture  // every growing struct is longer, filled with what no one knows; flags and minor too
};

struct Given {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
    fanfare_outcome outcome = FANFARE_UNSET;
    std::int64_t retry_after_ms = 0;
    std::string reason;
};

std::string NameOf(fanfare_outcome outcome);

class Host : public fanfare::testing::FakeHost {
public:
    // Batches are numbered from `first_batch` on, so that those of two hosts cannot be taken for each other.
    explicit Host(Age age, std::uint64_t first_batch = 1);
    ~Host();

    const fanfare_host* border() const { return reinterpret_cast<const fanfare_host*>(table_bytes_.data()); }

    const fanfare_batch* Open(std::vector<Event> events, std::uint32_t flags, Steady::time_point deadline);
    // The plugin said BUSY: nothing of it may be answered.
    void TakeBack(std::uint64_t batch);
    // No answer is in order any more.
    void Close();

    std::size_t open_events() const;
    std::size_t open_events(std::uint64_t batch) const;
    std::vector<Given> given() const;
    // Breaches of the contract, one sentence each, in the order they were seen.
    std::vector<std::string> faults() const;
    void Fault(std::string sentence);
    // Until something is answered, or for so long.
    void Wait(std::chrono::milliseconds limit);
    bool asked_for_http() const { return asked_.count(FANFARE_EXT_HTTP) > 0; }
    const std::set<std::string>& asked() const { return asked_; }

private:
    class Handed;
    struct Batch {
        std::unique_ptr<Handed> memory;  // null once all is answered or taken back
        std::vector<unsigned> answers;   // to each event
        std::size_t open = 0;
        bool taken_back = false;
    };

    static Host& Of(fanfare_ctx* ctx);
    void MakeTable();
    void MakeHttp();
    const void* Extension(std::string_view id);
    void Take(std::uint64_t batch, const fanfare_result* result);
    void TakeAll(std::uint64_t batch, const fanfare_result* result);
    // Under mutex_.
    std::unique_ptr<Handed> Record(std::uint64_t id, std::uint32_t index, const fanfare_result& result);
    void Judge(const fanfare_result& result);

    const Age age_;
    std::vector<std::uint64_t> table_bytes_;  // of fanfare_host, as long as the age has it
    std::vector<std::uint64_t> http_bytes_;
    std::set<std::string> asked_;

    mutable std::mutex mutex_;
    std::condition_variable answered_;
    std::uint64_t next_batch_;
    std::map<std::uint64_t, Batch> batches_;
    std::vector<Given> given_;
    std::vector<std::string> faults_;
    bool closed_ = false;
};

}  // namespace fanfare::conformance
