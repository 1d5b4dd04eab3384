// A number by its decimal value, exactly: 1, 1.0 and 10e-1 are one, 9007199254740993 and ...992 are two. No double in
// between (RELIABILITY A14).
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace fanfare::route {

class Decimal {
public:
    // nullopt: not a JSON number, or one that no number of a rule can equal: more than 40 digits that count, or an
    // exponent beyond 9999.
    static std::optional<Decimal> Parse(std::string_view number);

    // One text for each value: equal values, equal text.
    std::string_view text() const { return {text_.data(), size_}; }

    // -1, 0 or 1.
    static int Compare(const Decimal& a, const Decimal& b);
    // The nearest double; an infinity where there is none.
    double ToDouble() const;

private:
    bool AppendDigits(std::string_view digits);
    void Finish(int exponent, bool negative);

    std::array<char, 48> text_{};
    std::size_t size_ = 0;
    int exponent_ = 0;  // of the last digit in text_
    std::size_t digits_ = 0;
    bool negative_ = false;
    std::size_t zeros_ = 0;  // behind the last digit in text_ that is not 0
};

}  // namespace fanfare::route
