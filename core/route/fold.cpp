#include "route/fold.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>

namespace fanfare::route {
namespace {

// glibc has it built in since 2.35; without it only ASCII is folded.
locale_t Unicode() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

std::size_t LengthOf(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xF0) return 4;
    if (first >= 0xE0) return 3;
    return first >= 0xC0 ? 2 : 1;
}

// nothing else than UTF-8 comes here: JSON has been scanned, attributes validated
std::uint32_t CodePoint(std::string_view bytes) {
    constexpr unsigned char kFirst[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t point = static_cast<unsigned char>(bytes[0]) & kFirst[bytes.size()];
    for (const char c : bytes.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3F);
    return point;
}

void Append(std::string& out, std::uint32_t point) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

std::string Fold(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = std::min(LengthOf(first), text.size() - at);
        if (length == 1) {
            out += first >= 'A' && first <= 'Z' ? static_cast<char>(first | 0x20) : text[at];
        } else if (Unicode() == nullptr) {
            out += text.substr(at, length);
        } else {
            Append(out, ::towlower_l(static_cast<wint_t>(CodePoint(text.substr(at, length))), Unicode()));
        }
        at += length;
    }
    return out;
}

}  // namespace fanfare::route
