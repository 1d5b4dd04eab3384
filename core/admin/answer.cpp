#include "admin/answer.hpp"

#include <charconv>
#include <utility>

namespace fanfare::admin {

http::Response Json(const json::Value& value) { return {200, "application/json", {}, json::Dump(value) + "\n", false}; }

http::Response Text(std::string text) { return {200, "text/plain; charset=utf-8", {}, std::move(text), false}; }

base::Result<std::optional<std::int64_t>> Number(const Call& call, const std::string& name, std::int64_t least,
                                                 std::int64_t most) {
    const std::string text = call.Get(name);
    if (text.empty()) return std::optional<std::int64_t>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
        return base::MakeError(base::Code::kInvalid, name + " is '" + text + "'; it can be " + std::to_string(least) +
                                                         " to " + std::to_string(most));
    }
    return std::optional(number);
}

base::Status TakeAge(const Call& call, base::Time now, std::optional<base::Time>& after, std::optional<base::Time>& before) {
    const auto older = Number(call, "older_than", 0, kMostSeconds);
    if (!older) return older.error();
    if (*older) before = now - std::chrono::seconds(**older);
    const auto newer = Number(call, "newer_than", 0, kMostSeconds);
    if (!newer) return newer.error();
    if (*newer) after = now - std::chrono::seconds(**newer);
    return {};
}

}  // namespace fanfare::admin
