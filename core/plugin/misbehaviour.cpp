#include "plugin/misbehaviour.hpp"

#include <bit>

#include "base/log.hpp"

namespace fanfare::plugin {

std::string_view Name(Wrong kind) {
    switch (kind) {
        case Wrong::kThrew: return "threw";
        case Wrong::kAnsweredTwice: return "answered-twice";
        case Wrong::kAnsweredLate: return "answered-late";
        case Wrong::kAnsweredUnknown: return "answered-unknown";
        case Wrong::kNeverAnswered: return "never-answered";
        case Wrong::kCrashed: return "crashed";
        case Wrong::kHung: return "hung";
    }
    return "unknown";
}

std::optional<Wrong> ParseWrong(std::string_view name) {
    for (const Wrong kind : {Wrong::kThrew, Wrong::kAnsweredTwice, Wrong::kAnsweredLate, Wrong::kAnsweredUnknown,
                             Wrong::kNeverAnswered, Wrong::kCrashed, Wrong::kHung}) {
        if (Name(kind) == name) return kind;
    }
    return std::nullopt;
}

void Misbehaviours::Count(const std::string& destination, Wrong kind, std::uint64_t times) {
    if (times == 0) return;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t& count = counts_[{destination, kind}];
        before = count;
        after = count += times;
    }
    if (std::bit_width(before) == std::bit_width(after)) return;
    log::Warn("plugin.misbehaved",
              {{"destination", destination}, {"kind", std::string(Name(kind))}, {"count", std::to_string(after)}});
}

std::vector<Misbehaviour> Misbehaviours::All() const {
    const std::lock_guard lock(mutex_);
    std::vector<Misbehaviour> all;
    for (const auto& [key, count] : counts_) all.push_back({key.first, std::string(Name(key.second)), count});
    return all;
}

}  // namespace fanfare::plugin
