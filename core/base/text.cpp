#include "base/text.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace fanfare::base {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<signed char, 256> MakeBase64Values() {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kBase64.size(); ++i) values[static_cast<unsigned char>(kBase64[i])] = static_cast<signed char>(i);
    return values;
}
constexpr auto kBase64Values = MakeBase64Values();

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Length of the well-formed sequence that starts at `at`, 0 if there is none (Unicode, table 3-7).
std::size_t SequenceLength(const unsigned char* at, std::size_t left) {
    const auto continues = [&](std::size_t i) { return i < left && (at[i] & 0xC0) == 0x80; };
    const unsigned char lead = at[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return continues(1) ? 2 : 0;
    if (lead < 0xF0) {
        if (!continues(1) || !continues(2)) return 0;
        if (lead == 0xE0 && at[1] < 0xA0) return 0;
        if (lead == 0xED && at[1] > 0x9F) return 0;
        return 3;
    }
    if (lead > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && at[1] < 0x90) return 0;
    if (lead == 0xF4 && at[1] > 0x8F) return 0;
    return 4;
}

// Insertions, deletions, replacements and swaps of neighbours: the ways in which a finger slips.
std::size_t EditDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j - 1] + (a[i - 1] != b[j - 1]), last[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

bool IsUtf8(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t left = text.size();
    while (left > 0) {
        std::uint64_t word;
        if (left >= sizeof word) {
            std::memcpy(&word, at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                left -= sizeof word;
                continue;
            }
        }
        const std::size_t length = SequenceLength(at, left);
        if (length == 0) return false;
        at += length;
        left -= length;
    }
    return true;
}

std::string EncodeBase64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        out += kBase64[group >> 18];
        out += kBase64[group >> 12 & 63];
        out += i + 1 < bytes.size() ? kBase64[group >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? kBase64[group & 63] : '=';
    }
    return out;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_padding = i >= text.size() - padding;
        const int value = is_padding ? 0 : kBase64Values[static_cast<unsigned char>(text[i])];
        if (value < 0) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(value);
        if (i % 4 != 3) continue;
        out += static_cast<char>(group >> 16);
        out += static_cast<char>(group >> 8 & 0xFF);
        out += static_cast<char>(group & 0xFF);
        group = 0;
    }
    for (std::size_t i = 0; i < padding; ++i) {
        if (out.back() != '\0') return std::nullopt;  // trailing bits that encode nothing
        out.pop_back();
    }
    return out;
}

std::string EncodeHex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string EncodeBase64Url(std::string_view bytes) {
    std::string out = EncodeBase64(bytes);
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

std::optional<std::string> DecodeHex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned byte = 0;
        for (const char c : text.substr(i, 2)) {
            const std::size_t digit = kHex.find(LowerOf(c));
            if (digit == std::string_view::npos) return std::nullopt;
            byte = byte << 4 | static_cast<unsigned>(digit);
        }
        out += static_cast<char>(byte);
    }
    return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return LowerOf(x) == LowerOf(y); });
}

std::string ToLower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), LowerOf);
    return out;
}

std::string_view Trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    std::size_t best_distance = std::min<std::size_t>(3, word.size() / 2) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = EditDistance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

bool IsName(std::string_view text) {
    if (text.empty() || text.size() > 64 || !IsAlphanumeric(text.front())) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

std::string MakeUuidV7() {
    // 12 bits of counter under the millisecond keep ids of one process in order (RFC 9562, section 6.2, method 1).
    static std::atomic<std::uint64_t> last{0};
    const auto millis = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    std::uint64_t seen = last.load(std::memory_order_relaxed);
    std::uint64_t stamp;
    do {
        stamp = std::max(millis << 12, seen + 1);
    } while (!last.compare_exchange_weak(seen, stamp, std::memory_order_relaxed));

    thread_local std::array<unsigned char, 1024> pool;
    thread_local std::size_t used = pool.size();
    if (used == pool.size()) {
        if (getrandom(pool.data(), pool.size(), 0) != static_cast<ssize_t>(pool.size())) std::abort();
        used = 0;
    }
    std::array<unsigned char, 16> bytes;
    for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(stamp >> (52 - 8 * i));
    bytes[6] = static_cast<unsigned char>(0x70 | (stamp >> 8 & 0x0F));
    bytes[7] = static_cast<unsigned char>(stamp);
    std::memcpy(bytes.data() + 8, pool.data() + used, 8);
    used += 8;
    bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3F));

    const std::string hex = EncodeHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace fanfare::base
