#include "schema/iso8601.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace fanfare::schema {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWord(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool IsSeparator(char c) { return c == '.' || c == ','; }

// Positions are offsets into the text. What begins with "After" returns where a part ends, kNone if it is not there.
constexpr std::size_t kNone = std::string_view::npos;

class Matcher {
public:
    explicit Matcher(std::string_view text) : text_(text) {}

    bool Run() const {
        const std::size_t sign = At(0) == '+' || At(0) == '-' ? 1 : 0;
        if (!AreDigits(sign, 4)) return false;
        const std::size_t year = sign + 4;
        // (?!\d{2}\b): six digits alone would be a month without a hyphen, or a day without a century.
        if (AreDigits(year, 2) && !IsWord(At(year + 2))) return false;
        if (year == text_.size()) return true;
        const std::vector<std::size_t> ends = DateEnds(year);
        return std::any_of(ends.begin(), ends.end(), [this](std::size_t end) { return IsTime(end); });
    }

private:
    // NUL past the end; a NUL in the text is no part of anything either.
    char At(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

    bool Is(std::size_t at, char from, char to) const { return At(at) >= from && At(at) <= to; }

    bool AreDigits(std::size_t at, std::size_t count) const {
        for (std::size_t i = at; i < at + count; ++i) {
            if (!IsDigit(At(i))) return false;
        }
        return true;
    }

    // Two digits, the number between `least` and `most`.
    bool IsNumber(std::size_t at, int least, int most) const {
        if (!AreDigits(at, 2)) return false;
        const int number = (At(at) - '0') * 10 + (At(at + 1) - '0');
        return number >= least && number <= most;
    }

    // Where a date that begins at `at`, after the year, may end.
    std::vector<std::size_t> DateEnds(std::size_t at) const {
        const bool hyphen = At(at) == '-';
        const std::size_t date = at + (hyphen ? 1 : 0);
        std::vector<std::size_t> ends;
        if (IsNumber(date, 1, 12)) {
            ends.push_back(date + 2);
            const std::size_t day = date + 2 + (hyphen ? 1 : 0);
            if ((!hyphen || At(date + 2) == '-') && IsNumber(day, 1, 31)) ends.push_back(day + 2);
        }
        if (At(date) == 'W' && IsNumber(date + 1, 0, 52)) {
            ends.push_back(date + 3);
            const std::size_t day = date + 3 + (At(date + 3) == '-' ? 1 : 0);
            if (Is(day, '1', '7')) ends.push_back(day + 1);
        }
        if (IsOrdinal(date)) ends.push_back(date + 3);
        return ends;
    }

    // 00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6]): 360 is not among them.
    bool IsOrdinal(std::size_t at) const {
        if (!AreDigits(at, 3)) return false;
        const int day = (At(at) - '0') * 100 + (At(at + 1) - '0') * 10 + (At(at + 2) - '0');
        return day >= 1 && day <= 366 && day != 360;
    }

    bool IsTime(std::size_t at) const {
        if (at == text_.size()) return true;
        const std::size_t time = AfterT(at);
        if (time == kNone) return false;
        if (IsZone(time)) return true;
        if (At(time) == '2' && At(time + 1) == '4') {
            const std::size_t zeros = time + 2 + (At(time + 2) == ':' ? 1 : 0);
            return At(zeros) == '0' && At(zeros + 1) == '0' && IsFractionAndZone(zeros + 2);
        }
        if (!IsNumber(time, 0, 23)) return false;
        return IsFractionAndZone(time + 2) || IsAfterHour(time + 2);
    }

    // Minutes, and with them what may follow only where there are minutes.
    bool IsAfterHour(std::size_t at) const {
        const bool colon = At(at) == ':';
        const std::size_t minute = at + (colon ? 1 : 0);
        if (!IsNumber(minute, 0, 59)) return false;
        const std::size_t end = minute + 2;
        if (IsFractionAndZone(end)) return true;
        if (!colon) return (IsNumber(end, 0, 59) && IsFractionAndZone(end + 2)) || IsFractionBeforeSeconds(end);
        return At(end) == ':' && IsNumber(end + 1, 0, 59) && IsFractionAndZone(end + 3);
    }

    // A fraction of a minute of which the last two digits are seconds with a fraction of their own: "T1530.130.5".
    bool IsFractionBeforeSeconds(std::size_t at) const {
        const std::size_t end = AfterFraction(at);
        if (end == kNone || end - at < 4 || !Is(end - 2, '0', '5') || !IsSeparator(At(end))) return false;
        return IsFractionAndZone(end);
    }

    bool IsFractionAndZone(std::size_t at) const {
        const std::size_t end = AfterFraction(at);
        return IsZone(end == kNone ? at : end);
    }

    std::size_t AfterFraction(std::size_t at) const {
        if (!IsSeparator(At(at)) || !IsDigit(At(at + 1))) return kNone;
        std::size_t end = at + 1;
        while (IsDigit(At(end))) ++end;
        return end;
    }

    // A zone or nothing, and then the end.
    bool IsZone(std::size_t at) const {
        if (at == text_.size()) return true;
        if (At(at) == 'z' || At(at) == 'Z') return at + 1 == text_.size();
        if ((At(at) != '+' && At(at) != '-') || !IsNumber(at + 1, 0, 23)) return false;
        std::size_t end = at + 3;
        if (At(end) == ':') ++end;
        if (IsNumber(end, 0, 59)) end += 2;
        return end == text_.size();
    }

    // [T\s]
    std::size_t AfterT(std::size_t at) const {
        static constexpr std::array<std::string_view, 25> kSpaces{
            "T",      "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u00a0", "\u1680",
            "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
            "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
        constexpr std::string_view kByteOrderMark = "\ufeff";
        const std::string_view rest = text_.substr(at);
        for (const std::string_view space : kSpaces) {
            if (rest.starts_with(space)) return at + space.size();
        }
        return rest.starts_with(kByteOrderMark) ? at + kByteOrderMark.size() : kNone;
    }

    const std::string_view text_;
};

}  // namespace

bool IsIso8601(std::string_view text) { return Matcher(text).Run(); }

}  // namespace fanfare::schema
