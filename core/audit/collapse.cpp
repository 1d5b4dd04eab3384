#include "audit/collapse.hpp"

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

namespace fanfare::audit {
namespace {

constexpr std::chrono::minutes kPause{1};

// "127.0.0.1" of "127.0.0.1:40122", "unix uid=0" of "unix uid=0 pid=71"
std::string_view HostOf(std::string_view who) {
    if (who.starts_with("unix")) return who.substr(0, who.find(" pid="));
    return who.substr(0, who.rfind(':'));
}

}  // namespace

void Collapse::Note(Entry entry) {
    if (log_ == nullptr) return;
    const std::size_t key = std::hash<std::string>()(entry.action + " " + std::string(HostOf(entry.who)));
    std::uint64_t left_out = 0;
    {
        const std::lock_guard lock(mutex_);
        Place& place = places_[key % places_.size()];
        const base::SteadyTime now = clock_.SteadyNow();
        if (place.key == key && now < place.until) {
            ++place.left_out;
            return;
        }
        if (place.key == key) left_out = place.left_out;
        place = {key, now + kPause, 0};
    }
    if (left_out > 0) entry.facts.emplace_back("left_out_before", std::to_string(left_out));
    log_->Append(std::move(entry));
}

}  // namespace fanfare::audit
