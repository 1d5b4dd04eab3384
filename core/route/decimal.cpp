#include "route/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace fanfare::route {
namespace {

constexpr std::size_t kMostDigits = 40;
constexpr int kLargestExponent = 9999;

std::string_view TakeDigits(std::string_view& rest) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
    const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(digits.size());
    return digits;
}

// Reads "e+12" or nothing; false if it is neither or too large.
bool ReadExponent(std::string_view rest, int& exponent) {
    exponent = 0;
    if (rest.empty()) return true;
    if ((rest.front() | 0x20) != 'e') return false;
    rest.remove_prefix(1);
    if (rest.starts_with('+')) {
        rest.remove_prefix(1);
        if (rest.starts_with('-')) return false;
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    return error == std::errc() && end == rest.data() + rest.size() && std::abs(exponent) <= kLargestExponent;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view number) {
    const bool negative = number.starts_with('-');
    if (negative) number.remove_prefix(1);
    const std::string_view whole = TakeDigits(number);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
    std::string_view fraction;
    if (number.starts_with('.')) {
        number.remove_prefix(1);
        fraction = TakeDigits(number);
        if (fraction.empty()) return std::nullopt;
    }
    int exponent = 0;
    // Beyond this many digits the place of the point no longer fits the exponent.
    if (!ReadExponent(number, exponent) || whole.size() + fraction.size() > kLargestExponent) return std::nullopt;
    Decimal decimal;
    if (!decimal.AppendDigits(whole) || !decimal.AppendDigits(fraction)) return std::nullopt;
    decimal.Finish(exponent - static_cast<int>(fraction.size()) + static_cast<int>(decimal.zeros_), negative);
    return decimal;
}

// Keeps leading zeros out, and trailing ones back until a digit follows that counts.
bool Decimal::AppendDigits(std::string_view digits) {
    for (const char c : digits) {
        if (c == '0') {
            zeros_ += size_ != 0;
            continue;
        }
        if (size_ + zeros_ >= kMostDigits) return false;
        size_ = static_cast<std::size_t>(std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(size_), zeros_, '0') -
                                         text_.begin());
        zeros_ = 0;
        text_[size_++] = c;
    }
    return true;
}

void Decimal::Finish(int exponent, bool negative) {
    digits_ = size_;
    if (size_ == 0) {
        text_[size_++] = '0';
        return;
    }
    exponent_ = exponent;
    negative_ = negative;
    text_[size_++] = negative ? 'n' : 'p';
    size_ = static_cast<std::size_t>(std::to_chars(text_.data() + size_, text_.data() + text_.size(), exponent).ptr -
                                     text_.data());
}

int Decimal::Compare(const Decimal& a, const Decimal& b) {
    const auto sign = [](const Decimal& one) { return one.digits_ == 0 ? 0 : one.negative_ ? -1 : 1; };
    if (sign(a) != sign(b)) return sign(a) < sign(b) ? -1 : 1;
    if (sign(a) == 0) return 0;
    // Neither has a zero before or behind its digits: where both have as many before the point, the digits decide.
    const auto whole = [](const Decimal& one) { return static_cast<int>(one.digits_) + one.exponent_; };
    int order = whole(a) < whole(b) ? -1 : whole(a) > whole(b) ? 1 : 0;
    if (order == 0) {
        const int difference = a.text().substr(0, a.digits_).compare(b.text().substr(0, b.digits_));
        order = difference < 0 ? -1 : difference > 0 ? 1 : 0;
    }
    return sign(a) * order;
}

double Decimal::ToDouble() const {
    if (digits_ == 0) return 0;
    // So few digits and no more zeros are a double exactly.
    if (exponent_ >= 0 && digits_ + static_cast<std::size_t>(exponent_) <= 15) {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < digits_; ++i) value = value * 10 + (text_[i] - '0');
        for (int i = 0; i < exponent_; ++i) value *= 10;
        return static_cast<double>(negative_ ? -value : value);
    }
    const std::string number =
        (negative_ ? "-" : "") + std::string(text().substr(0, digits_)) + "e" + std::to_string(exponent_);
    return std::strtod(number.c_str(), nullptr);
}

}  // namespace fanfare::route
