#include "base/log.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log_limit.hpp"

namespace fanfare::log {
namespace {

// A masked value shorter than this would blank out ordinary words.
constexpr std::size_t kShortestMask = 4;

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v";
constexpr const char* kJsonPattern = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%fZ\",%v";

// Of one event, from info on: what happens to thousands of deliveries at once is told of some, with the number of the rest.
// Who asks for debug or trace gets all of it.
constexpr double kBurst = 200;
constexpr double kPerSecond = 50;

struct State {
    std::shared_ptr<spdlog::logger> logger;
    std::atomic<Format> format{Format::kText};
    std::mutex mutex;  // guards masks
    std::vector<std::string> masks;
    std::mutex limits_mutex;  // guards limits
    std::map<std::string, LogLimit, std::less<>> limits;  // by event
};

spdlog::level::level_enum ToSpdlog(Level level) {
    switch (level) {
        case Level::kTrace: return spdlog::level::trace;
        case Level::kDebug: return spdlog::level::debug;
        case Level::kInfo: return spdlog::level::info;
        case Level::kWarn: return spdlog::level::warn;
        case Level::kError: return spdlog::level::err;
        case Level::kOff: return spdlog::level::off;
    }
    return spdlog::level::off;
}

State& Get() {
    // Never destroyed: threads may log until the process ends.
    static State* const state = [] {
        auto* made = new State;
        made->logger = std::make_shared<spdlog::logger>("fanfare", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>());
        made->logger->set_pattern(kTextPattern, spdlog::pattern_time_type::utc);
        return made;
    }();
    return *state;
}

bool NeedsQuotes(std::string_view text) {
    if (text.empty()) return true;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '\\' || c == '=') return true;
    }
    return false;
}

std::string Text(std::string_view event, std::span<const Field> fields) {
    std::string line(event);
    for (const Field& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        if (NeedsQuotes(field.value)) {
            base::AppendJsonString(line, field.value);
        } else {
            line += field.value;
        }
    }
    return line;
}

std::string Json(Level level, std::string_view event, std::span<const Field> fields) {
    static constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
    std::string line = "\"level\":\"";
    line += kLevels[static_cast<int>(level)];
    line += "\",\"event\":";
    base::AppendJsonString(line, event);
    for (const Field& field : fields) {
        line += ",\"";
        line += field.name;
        line += "\":";
        base::AppendJsonString(line, field.value);
    }
    return line + "}";
}

// The number of lines left out before this one; nullopt if it must not pass.
std::optional<std::uint64_t> Pass(State& state, Level level, std::string_view event) {
    if (level < Level::kInfo) return 0;
    const std::lock_guard lock(state.limits_mutex);
    auto limit = state.limits.find(event);
    if (limit == state.limits.end()) limit = state.limits.try_emplace(std::string(event), kBurst, kPerSecond).first;
    return limit->second.Pass(base::SystemClock().SteadyNow());
}

void HideMasks(State& state, std::string& line) {
    const std::lock_guard lock(state.mutex);
    for (const std::string& mask : state.masks) {
        for (std::size_t at = line.find(mask); at != std::string::npos; at = line.find(mask, at + 3)) {
            line.replace(at, mask.size(), "***");
        }
    }
}

}  // namespace

void Configure(Level level, Format format) {
    State& state = Get();
    state.logger->set_level(ToSpdlog(level));
    if (state.format.exchange(format) == format) return;
    state.logger->set_pattern(format == Format::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc);
}

bool Enabled(Level level) { return Get().logger->should_log(ToSpdlog(level)); }

void Mask(std::string_view secret) {
    if (secret.size() < kShortestMask) return;
    State& state = Get();
    const std::lock_guard lock(state.mutex);
    state.masks.emplace_back(secret);
}

void Write(Level level, std::string_view event, std::span<const Field> fields) {
    State& state = Get();
    const auto left_out = Pass(state, level, event);
    if (!left_out) return;
    std::vector<Field> counted;
    if (*left_out > 0) {
        counted.assign(fields.begin(), fields.end());
        counted.push_back({"left_out_before", std::to_string(*left_out)});
        fields = counted;
    }
    std::string line = state.format == Format::kJson ? Json(level, event, fields) : Text(event, fields);
    HideMasks(state, line);
    state.logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace fanfare::log
