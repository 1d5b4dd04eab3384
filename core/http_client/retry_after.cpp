#include "http_client/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

bool IsDigits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Reads a date from left to right; after the first thing that does not fit, ok() is false and stays so.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool ok() const { return ok_; }
    bool AtEnd() const { return ok_ && rest_.empty(); }

    void Literal(std::string_view literal) {
        ok_ = ok_ && rest_.substr(0, literal.size()) == literal;
        if (ok_) rest_.remove_prefix(literal.size());
    }

    template <std::size_t N>
    unsigned OneOf(const std::array<std::string_view, N>& words) {
        for (std::size_t i = 0; ok_ && i < N; ++i) {
            if (rest_.substr(0, words[i].size()) != words[i]) continue;
            rest_.remove_prefix(words[i].size());
            return static_cast<unsigned>(i);
        }
        ok_ = false;
        return 0;
    }

    int Number(std::size_t digits) {
        int number = 0;
        ok_ = ok_ && rest_.size() >= digits && IsDigits(rest_.substr(0, digits));
        if (!ok_) return 0;
        std::from_chars(rest_.data(), rest_.data() + digits, number);
        rest_.remove_prefix(digits);
        return number;
    }

    int NumberOrSpacedDigit() {
        if (!rest_.starts_with(' ')) return Number(2);
        rest_.remove_prefix(1);
        return Number(1);
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

struct Fields {
    int year = 0, day = 0, hour = 0, minute = 0, second = 0;
    unsigned month = 0;  // from 0
};

void ReadClock(Reader& reader, Fields& fields) {
    fields.hour = reader.Number(2);
    reader.Literal(":");
    fields.minute = reader.Number(2);
    reader.Literal(":");
    fields.second = reader.Number(2);
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<Fields> ReadImfFixdate(std::string_view text) {
    Reader reader(text);
    Fields fields;
    reader.OneOf(kDays);
    reader.Literal(", ");
    fields.day = reader.Number(2);
    reader.Literal(" ");
    fields.month = reader.OneOf(kMonths);
    reader.Literal(" ");
    fields.year = reader.Number(4);
    reader.Literal(" ");
    ReadClock(reader, fields);
    reader.Literal(" GMT");
    return reader.AtEnd() ? std::optional(fields) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT. Two digits that seem more than 50 years ahead mean the century before.
std::optional<Fields> ReadRfc850(std::string_view text, int this_year) {
    Reader reader(text);
    Fields fields;
    reader.OneOf(kLongDays);
    reader.Literal(", ");
    fields.day = reader.Number(2);
    reader.Literal("-");
    fields.month = reader.OneOf(kMonths);
    reader.Literal("-");
    fields.year = this_year - this_year % 100 + reader.Number(2);
    if (fields.year > this_year + 50) fields.year -= 100;
    reader.Literal(" ");
    ReadClock(reader, fields);
    reader.Literal(" GMT");
    return reader.AtEnd() ? std::optional(fields) : std::nullopt;
}

// Sun Nov  6 08:49:37 1994
std::optional<Fields> ReadAsctime(std::string_view text) {
    Reader reader(text);
    Fields fields;
    reader.OneOf(kDays);
    reader.Literal(" ");
    fields.month = reader.OneOf(kMonths);
    reader.Literal(" ");
    fields.day = reader.NumberOrSpacedDigit();
    reader.Literal(" ");
    ReadClock(reader, fields);
    reader.Literal(" ");
    fields.year = reader.Number(4);
    return reader.AtEnd() ? std::optional(fields) : std::nullopt;
}

// second 60 is a leap second and legal.
std::optional<sys_seconds> ToTime(const Fields& fields) {
    const std::chrono::year_month_day date(std::chrono::year(fields.year), std::chrono::month(fields.month + 1),
                                           std::chrono::day(static_cast<unsigned>(fields.day)));
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(fields.hour) + std::chrono::minutes(fields.minute) +
           std::chrono::seconds(fields.second);
}

std::optional<sys_seconds> ReadDate(std::string_view text, base::Time now) {
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    std::optional<Fields> fields = ReadImfFixdate(text);
    if (!fields) fields = ReadRfc850(text, static_cast<int>(today.year()));
    if (!fields) fields = ReadAsctime(text);
    return fields ? ToTime(*fields) : std::nullopt;
}

}  // namespace

std::optional<milliseconds> ParseRetryAfter(std::string_view value, base::Time now) {
    value = base::Trim(value);
    if (IsDigits(value)) {
        long long seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc() || seconds > kMaxRetryAfter / std::chrono::seconds(1)) return kMaxRetryAfter;
        return milliseconds(std::chrono::seconds(seconds));
    }
    const std::optional<sys_seconds> date = ReadDate(value, now);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds(0), kMaxRetryAfter);
}

}  // namespace fanfare::http_client
