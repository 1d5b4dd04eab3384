#include "config/quantity.hpp"

#include <array>
#include <charconv>

namespace fanfare::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

// From the largest to the smallest: the order that "1h30m" must keep.
constexpr std::array<Unit, 5> kTimes{
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}}};

constexpr std::array<Unit, 4> kBinarySizes{{{"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}}};
constexpr std::array<Unit, 4> kDecimalSizes{{{"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}, {"KB", 1'000}}};

// Takes the digits at the front of `text`; nullopt if there are none or too many.
std::optional<std::int64_t> TakeNumber(std::string_view& text) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::string_view TakeWord(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && (text[length] < '0' || text[length] > '9')) ++length;
    const std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

}  // namespace

std::optional<base::Duration> ParseDuration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        const auto number = TakeNumber(text);
        if (!number) return std::nullopt;
        const std::string_view word = TakeWord(text);
        while (next_unit < kTimes.size() && kTimes[next_unit].name != word) ++next_unit;
        if (next_unit == kTimes.size()) return std::nullopt;
        std::int64_t part = 0;
        if (__builtin_mul_overflow(*number, kTimes[next_unit].factor, &part)) return std::nullopt;
        if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
        ++next_unit;
    }
    return base::Duration(total);
}

std::string FormatDuration(base::Duration duration) {
    std::int64_t left = duration.count();
    std::string out;
    for (const Unit& unit : kTimes) {
        if (left < unit.factor) continue;
        out += std::to_string(left / unit.factor);
        out += unit.name;
        left %= unit.factor;
    }
    return out.empty() ? "0s" : out;
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
    const auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    if (text.empty()) return static_cast<std::uint64_t>(*number);
    for (const auto& units : {kBinarySizes, kDecimalSizes}) {
        for (const Unit& unit : units) {
            if (unit.name != text) continue;
            std::int64_t bytes = 0;
            if (__builtin_mul_overflow(*number, unit.factor, &bytes)) return std::nullopt;
            return static_cast<std::uint64_t>(bytes);
        }
    }
    return std::nullopt;
}

std::string FormatSize(std::uint64_t bytes) {
    for (const Unit& unit : kBinarySizes) {
        const auto factor = static_cast<std::uint64_t>(unit.factor);
        if (bytes >= factor && bytes % factor == 0) return std::to_string(bytes / factor) + std::string(unit.name);
    }
    return std::to_string(bytes) + "B";
}

std::optional<model::Rate> ParseRate(std::string_view text) {
    constexpr std::int64_t kMost = 1'000'000'000;
    const auto events = TakeNumber(text);
    if (!events || *events < 1 || *events > kMost || text.size() != 2 || text.front() != '/') return std::nullopt;
    for (const Unit& unit : kTimes) {
        if (unit.name == text.substr(1) && unit.name != "d") return model::Rate{*events, base::Duration(unit.factor)};
    }
    return std::nullopt;
}

}  // namespace fanfare::config
