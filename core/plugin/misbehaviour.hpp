// Counts what plugins did against the contract.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/catalog.hpp"

namespace fanfare::plugin {

enum class Wrong {
    kThrew,            // an exception came out of a call
    kAnsweredTwice,    // an event that was answered already
    kAnsweredLate,     // an event that the host had taken back
    kAnsweredUnknown,  // no such batch or event, or an answer that cannot be read
    kNeverAnswered,    // an event not answered by its deadline, or by the end of stop
    kCrashed,          // its process ended by itself (only with isolation)
    kHung,             // a call that does not return, or more unanswered batches than the host keeps
};
std::string_view Name(Wrong kind);
std::optional<Wrong> ParseWrong(std::string_view name);

// Threads: safe from every thread.
class Misbehaviours {
public:
    // Logs the first time and whenever the count has doubled.
    void Count(const std::string& destination, Wrong kind, std::uint64_t times = 1);
    std::vector<Misbehaviour> All() const;

private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, Wrong>, std::uint64_t> counts_;
};

}  // namespace fanfare::plugin
