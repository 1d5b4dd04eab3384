#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace fanfare::cli {
namespace {

constexpr std::size_t kGap = 2;
// Less says nothing any more; a terminal narrower than that wraps lines.
constexpr std::size_t kLeastWidth = 6;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// In characters, not bytes: UTF-8 continuation bytes take no room.
std::size_t Width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string Cut(const std::string& text, std::size_t width) {
    if (Width(text) <= width) return text;
    std::string out;
    std::size_t kept = 0;
    for (const char c : text) {
        if (!IsContinuation(c) && kept++ == width - 1) break;
        out += c;
    }
    return out + "…";
}

void Fit(std::vector<std::size_t>& widths, std::size_t room) {
    const std::size_t gaps = kGap * (widths.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), gaps) > room) {
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= kLeastWidth) return;
        --*widest;
    }
}

std::string_view ColourOf(std::string_view state) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kColours = {{
        {"dead", "\x1b[31m"},
        {"unreachable", "\x1b[31m"},
        {"absent", "\x1b[31m"},
        {"paused", "\x1b[33m"},
        {"waiting", "\x1b[33m"},
        {"sending", "\x1b[36m"},
        {"sent", "\x1b[32m"},
        {"open", "\x1b[32m"},
        {"cancelled", "\x1b[2m"},
        {"disabled", "\x1b[2m"},
    }};
    const auto found =
        std::find_if(kColours.begin(), kColours.end(), [&](const auto& one) { return one.first == state; });
    return found == kColours.end() ? std::string_view() : found->second;
}

// Characters of two or three bytes that steer: C1 (U+0080 to U+009F), and U+200E, U+200F, U+202A to E, U+2066 to 9.
std::size_t SteeringLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
    if (byte(0) != 0xE2) return 0;
    const bool direction =
        byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE));
    const bool isolate = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    return direction || isolate ? 3 : 0;
}

}  // namespace

std::string Printable(const std::string& text) {
    const bool is_text = base::IsUtf8(text);
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t steering = SteeringLength(std::string_view(text).substr(i));
        if (steering > 0) {
            out += '?';
            i += steering;
            continue;
        }
        out += c < 0x20 || c == 0x7f || (c >= 0x80 && !is_text) ? '?' : text[i];
        ++i;
    }
    return out;
}

std::string PrintableLines(const std::string& text) {
    std::string out;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        out += (from == 0 ? "" : "\n") + Printable(text.substr(from, end - from));
        from = end + 1;
    }
    return out;
}

Table::Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }

void Table::Add(std::vector<std::string> cells) {
    std::transform(cells.begin(), cells.end(), cells.begin(), Printable);
    rows_.push_back(std::move(cells));
}

std::string Table::Format(const Look& look) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
    }
    if (look.width > 0) Fit(widths, look.width);
    std::string out;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        for (std::size_t i = 0; i < rows_[row].size(); ++i) {
            const std::string cell = Cut(rows_[row][i], widths[i]);
            const bool is_state = look.colour && row > 0 && rows_[0][i] == "STATE";
            const std::string_view colour = is_state ? ColourOf(cell) : std::string_view();
            out += std::string(colour) + cell + (colour.empty() ? "" : "\x1b[0m");
            if (i + 1 < rows_[row].size()) out.append(widths[i] - Width(cell) + kGap, ' ');
        }
        out += '\n';
    }
    return out;
}

void Table::Print() const { std::fputs(Format(LookOfStdout()).c_str(), stdout); }

}  // namespace fanfare::cli
