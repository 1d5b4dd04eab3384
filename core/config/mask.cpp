#include "config/mask.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/file.hpp"

namespace fanfare::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array kSecretParts = {"secret"sv, "token"sv,   "passw"sv,  "passphrase"sv, "credential"sv,
                                     "apikey"sv, "authori"sv, "privat"sv, "cookie"sv};
constexpr std::array kSecretWords = {"key"sv, "keys"sv, "pass"sv, "pwd"sv, "auth"sv, "pat"sv, "dsn"sv};
constexpr std::array kOftenMistyped = {"secret"sv, "secrets"sv, "token"sv, "tokens"sv, "password"sv, "credential"sv};
constexpr std::array kSecretTexts = {"whsec_"sv, "Bearer "sv, "Basic "sv};

// One letter too many, too few or wrong, or two neighbours swapped.
bool IsSlipOf(std::string_view word, std::string_view meant) {
    std::size_t front = 0;
    while (front < word.size() && front < meant.size() && word[front] == meant[front]) ++front;
    word.remove_prefix(front);
    meant.remove_prefix(front);
    while (!word.empty() && !meant.empty() && word.back() == meant.back()) {
        word.remove_suffix(1);
        meant.remove_suffix(1);
    }
    if (word.size() <= 1 && meant.size() <= 1) return true;
    return word.size() == 2 && meant.size() == 2 && word[0] == meant[1] && word[1] == meant[0];
}

bool IsSecretWord(std::string_view word) {
    const auto contained = [&](std::string_view part) { return word.find(part) != std::string_view::npos; };
    const auto slipped = [&](std::string_view meant) { return IsSlipOf(word, meant); };
    return std::any_of(kSecretParts.begin(), kSecretParts.end(), contained) ||
           std::find(kSecretWords.begin(), kSecretWords.end(), word) != kSecretWords.end() ||
           std::any_of(kOftenMistyped.begin(), kOftenMistyped.end(), slipped);
}

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool IsKeyCharacter(char c) { return IsLetterOrDigit(c) || c == '_' || c == '-' || c == '.'; }

// `key` as written, dotted or not: is one of its words that of a secret?
bool IsSecretKey(std::string_view key) {
    const std::string lower = base::ToLower(key);
    std::string_view rest = lower;
    while (!rest.empty()) {
        const auto end = std::find_if_not(rest.begin(), rest.end(), IsLetterOrDigit);
        const auto length = static_cast<std::size_t>(end - rest.begin());
        if (length > 0 && IsSecretWord(rest.substr(0, length))) return true;
        rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    return false;
}

// "scheme://user:password@host"
bool HasUrlPassword(std::string_view text) {
    for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
        const std::string_view rest = text.substr(at + 3);
        const std::string_view authority = rest.substr(0, rest.find_first_of("/\"' \t"));
        if (authority.find('@') != std::string_view::npos) return true;
    }
    return false;
}

bool HasSecretText(std::string_view text) {
    const auto found = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
    return std::any_of(kSecretTexts.begin(), kSecretTexts.end(), found) || HasUrlPassword(text);
}

std::size_t SkipBlanks(std::string_view line, std::size_t at) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    return at;
}

// Byte of the first value behind a secret's key, whatever quotes are around; npos if there is none. Where a quote is
// missing or too many, nothing else tells a key from a text.
std::size_t FindAssignedSecret(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = at;
        while (end < line.size() && IsKeyCharacter(line[end])) ++end;
        if (end > at && IsSecretKey(line.substr(at, end - at))) {
            const std::size_t sign = std::min(line.find_first_not_of(" \t\"'", end), line.size());
            const bool assigned = sign < line.size() && (line[sign] == '=' || line[sign] == ':');
            if (assigned) return SkipBlanks(line, sign + 1);
        }
        at = end + 1;
    }
    return std::string_view::npos;
}

// Follows the text line by line and knows where a statement, a string or a list goes on to the next line. It must also
// cope with text that is not TOML: those are the very lines that a syntax error shows.
class Scanner {
public:
    explicit Scanner(bool long_strings) : long_strings_(long_strings) {}

    // Byte at which the line must be cut off, or npos.
    std::size_t CutOf(std::string_view line) {
        std::size_t start = SkipBlanks(line, 0);
        const bool header = AtStatement() && start < line.size() && line[start] == '[';
        if (header) start = EnterSection(line, start);
        if (unclosed_ && (header || line.find('=') != std::string_view::npos)) hidden_ = unclosed_ = false;
        std::size_t cut = !header && (section_hidden_ || hidden_) ? start : std::string_view::npos;
        for (std::size_t at = start; at < line.size();) at = Step(line, at, cut);
        if (const std::size_t from = FindAssignedSecret(line); from < cut) Hide(from, cut);
        if (cut == line.size()) cut = std::string_view::npos;
        if (AtStatement() && !unclosed_) hidden_ = false;
        return cut;
    }

    bool in_long_string() const { return !quote_.empty(); }

private:
    bool AtStatement() const { return quote_.empty() && depth_ == 0; }

    // A table within a destination may itself be named like a secret: [destination.x.tokens]. Returns the end of the
    // path, from where the line is read as any other: "[destination.x token = 'abc'" shows nothing either.
    std::size_t EnterSection(std::string_view line, std::size_t start) {
        const std::size_t end = std::min(line.find_first_of("] \t", start), line.size());
        const std::string_view path = line.substr(start, end - start);
        const std::size_t first = path.find('.');
        const std::size_t second = first == std::string_view::npos ? first : path.find('.', first + 1);
        section_hidden_ = second != std::string_view::npos && IsSecretKey(path.substr(second));
        return end;
    }

    void Hide(std::size_t from, std::size_t& cut) {
        hidden_ = true;
        cut = std::min(cut, from);
    }

    // Handles what stands at `at` and returns where to go on.
    std::size_t Step(std::string_view line, std::size_t at, std::size_t& cut) {
        if (!quote_.empty()) return LeaveLongString(line, at, cut);
        const char c = line[at];
        if (c == '"' || c == '\'') return TakeString(line, at, cut);
        if (IsKeyCharacter(c)) return TakeWord(line, at, cut);
        if (c == '[' || c == '{') ++depth_;
        if ((c == ']' || c == '}') && depth_ > 0) --depth_;
        if (c == '#') return TakeComment(line, at, cut);
        return at + 1;
    }

    std::size_t LeaveLongString(std::string_view line, std::size_t at, std::size_t& cut) {
        const std::size_t end = line.find(quote_, at);
        if (HasSecretText(line.substr(at, end == std::string_view::npos ? end : end - at))) Hide(at, cut);
        if (end == std::string_view::npos) return line.size();
        const std::size_t next = end + quote_.size();
        quote_.clear();
        return next;
    }

    std::size_t TakeString(std::string_view line, std::size_t at, std::size_t& cut) {
        const char mark = line[at];
        if (long_strings_ && line.substr(at).starts_with(std::string(3, mark))) {
            quote_ = std::string(3, mark);
            return LeaveLongString(line, at + 3, cut);
        }
        std::size_t end = at + 1;
        while (end < line.size() && line[end] != mark) end += (mark == '"' && line[end] == '\\') ? 2 : 1;
        unclosed_ = end >= line.size();
        end = std::min(end, line.size());
        const std::string_view content = line.substr(at + 1, end - at - 1);
        if (HasSecretText(content)) Hide(at, cut);
        const std::size_t next = SkipBlanks(line, std::min(end + 1, line.size()));
        if (next < line.size() && line[next] == '=' && IsSecretKey(content)) Hide(SkipBlanks(line, next + 1), cut);
        return std::min(end + 1, line.size());
    }

    std::size_t TakeWord(std::string_view line, std::size_t at, std::size_t& cut) {
        std::size_t end = at;
        while (end < line.size() && IsKeyCharacter(line[end])) ++end;
        const std::string_view word = line.substr(at, end - at);
        if (HasSecretText(word)) Hide(at, cut);
        if (IsSecretKey(word)) {
            std::size_t value = SkipBlanks(line, end);
            if (value < line.size() && line[value] == '=') value = SkipBlanks(line, value + 1);
            Hide(value, cut);
        }
        return end;
    }

    std::size_t TakeComment(std::string_view line, std::size_t at, std::size_t& cut) {
        const std::string_view comment = line.substr(at);
        if (HasSecretText(comment) || IsSecretKey(comment)) cut = std::min(cut, at + 1);
        return line.size();
    }

    const bool long_strings_;
    std::string quote_;  // of the long string that we are in
    std::size_t depth_ = 0;
    bool hidden_ = false;          // the rest of this statement
    bool unclosed_ = false;        // a line ended within a plain string: the next one may be the rest of it
    bool section_hidden_ = false;  // every statement up to the next header
};

std::size_t CountCharacters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

ShownLine Cut(std::string_view line, std::size_t cut) {
    if (cut == std::string_view::npos) return {std::string(line), 0};
    const std::string_view kept = line.substr(0, cut);
    return {std::string(kept) + "***", CountCharacters(kept) + 1};
}

}  // namespace

std::vector<ShownLine> ShowLines(std::string_view text) {
    std::vector<ShownLine> shown;
    const std::vector<std::string_view> lines = SplitLines(text);
    // A long string that never ends would swallow the keys behind it: then three quotes are read as plain ones.
    for (const bool long_strings : {true, false}) {
        shown.clear();
        Scanner scanner(long_strings);
        for (const std::string_view line : lines) shown.push_back(Cut(line, scanner.CutOf(line)));
        if (!scanner.in_long_string()) break;
    }
    return shown;
}

}  // namespace fanfare::config
