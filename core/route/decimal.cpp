#include "route/decimal.hpp"

#include <algorithm>
#include <charconv>

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
    if (size_ == 0) {
        text_[size_++] = '0';
        return;
    }
    text_[size_++] = negative ? 'n' : 'p';
    size_ = static_cast<std::size_t>(std::to_chars(text_.data() + size_, text_.data() + text_.size(), exponent).ptr -
                                     text_.data());
}

}  // namespace fanfare::route
