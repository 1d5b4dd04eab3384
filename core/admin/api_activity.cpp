#include <chrono>

#include "admin/activity.hpp"
#include "admin/answer.hpp"
#include "admin/api.hpp"

namespace fanfare::admin {
namespace {

constexpr std::size_t kUsualLimit = 1000;

json::Value Or(const std::string& text) { return text.empty() ? json::Value(nullptr) : json::Value(text); }

json::Value Render(const ActivityEntry& entry) {
    json::Value out{{"n", entry.n},
                    {"time", base::FormatTime(entry.time)},
                    {"kind", Name(entry.kind)},
                    {"destination", entry.destination},
                    {"state", entry.state},
                    {"reason", Or(entry.reason)}};
    if (entry.kind == Happening::kGate) return out;
    out["delivery"] = entry.delivery;
    out["event_id"] = entry.event_id;
    out["type"] = entry.type;
    out["attempts"] = entry.attempts;
    out["code"] = entry.code;
    if (entry.took) out["took_ms"] = std::chrono::duration<double, std::milli>(*entry.took).count();
    return out;
}

}  // namespace

void Api::Activity(const Call& call, http::Exchange exchange) {
    const auto after = Number(call, "after", 0, std::numeric_limits<std::int64_t>::max());
    if (!after) return exchange.Respond(http::Problem(after.error()));
    const auto limit = Number(call, "limit", 1, admin::Activity::kKept);
    if (!limit) return exchange.Respond(http::Problem(limit.error()));
    std::optional<std::uint64_t> behind;
    if (*after) behind = static_cast<std::uint64_t>(**after);
    const auto page = probes_.activity->Read(behind, *limit ? static_cast<std::size_t>(**limit) : kUsualLimit);
    json::Value list = json::Value::array();
    for (const auto& entry : page.entries) list.push_back(Render(*entry));
    exchange.Respond(Json({{"activity", std::move(list)}, {"next", page.next}}));
}

}  // namespace fanfare::admin
