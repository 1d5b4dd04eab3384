#include <algorithm>

#include "base/text.hpp"
#include "config/config.hpp"
#include "config/file.hpp"
#include "config/mask.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kShownWidth = 110;  // characters of a line; a longer one is cut around its column
constexpr std::size_t kMaxFile = 64u << 20;
constexpr std::string_view kIndent = "    ";
constexpr std::string_view kGap = "...";

std::size_t LengthOfCharacter(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && length < 4 && (text[length] & 0xC0) == 0x80) ++length;
    return base::IsUtf8(text.substr(0, length)) ? length : 1;
}

bool IsControl(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }

// The characters of a line; '?' for what a terminal must not get: controls (also U+0080-U+009F) and broken UTF-8.
std::vector<std::string> Characters(std::string_view line) {
    std::vector<std::string> characters;
    while (!line.empty()) {
        const std::size_t length = LengthOfCharacter(line);
        const std::string_view character = line.substr(0, length);
        const bool is_c1 = length == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
        const bool bad = IsControl(static_cast<unsigned char>(character[0])) || is_c1 || !base::IsUtf8(character);
        characters.emplace_back(bad ? "?" : character);
        line.remove_prefix(length);
    }
    return characters;
}

std::string Clean(std::string_view text) {
    std::string out;
    for (const std::string& character : Characters(text)) out += character;
    return out;
}

// The line and the caret under it, each on a line of its own.
std::string Excerpt(const std::string& source, std::size_t column) {
    const std::vector<std::string> characters = Characters(source);
    const std::size_t caret = std::min(std::max<std::size_t>(column, 1) - 1, characters.size());
    std::size_t begin = 0;
    std::size_t end = characters.size();
    if (end > kShownWidth) {
        begin = caret > kShownWidth * 2 / 3 ? caret - kShownWidth * 2 / 3 : 0;
        end = std::min(end, begin + kShownWidth);
    }
    std::string line(kIndent);
    std::string pointer(kIndent);
    if (begin > 0) {
        line += kGap;
        pointer.append(kGap.size(), ' ');
    }
    for (std::size_t i = begin; i < end; ++i) {
        line += characters[i];
        if (i < caret) pointer += characters[i] == "\t" ? '\t' : ' ';
    }
    if (end < characters.size()) line += kGap;
    return "\n" + line + "\n" + pointer + "^";
}

std::string FormatPlace(const Position& where) {
    std::string place = Clean(where.file);
    if (where.line == 0) return place;
    place += ":" + std::to_string(where.line);
    if (where.column != 0) place += ":" + std::to_string(where.column);
    return place;
}

}  // namespace

std::string Format(const Diagnostic& diagnostic) {
    std::string out = FormatPlace(diagnostic.where);
    out += diagnostic.severity == Severity::kError ? ": error: " : ": warning: ";
    out += Clean(diagnostic.message);
    if (!diagnostic.source.empty()) out += Excerpt(diagnostic.source, diagnostic.where.column);
    if (!diagnostic.hint.empty()) out += "\nhint: " + Clean(diagnostic.hint);
    return out;
}

bool Loaded::ok() const {
    return std::none_of(diagnostics.begin(), diagnostics.end(),
                        [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

Diagnostic At(const Position& where, std::string message, std::string hint) {
    Diagnostic diagnostic{Severity::kError, where, std::move(message), std::move(hint), {}};
    const auto text = ReadFile(where.file, kMaxFile);
    if (!text) return diagnostic;
    const std::vector<ShownLine> lines = ShowLines(*text);
    if (where.line > 0 && where.line <= lines.size()) diagnostic.source = lines[where.line - 1].text;
    return diagnostic;
}

}  // namespace fanfare::config
