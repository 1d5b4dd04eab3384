#include "header.hpp"

#include <algorithm>

#include <fanfare/base64.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::smtp {
namespace {

constexpr std::size_t kLine = 76;
// A word that cannot be folded is encoded from here on: far from 998, and no word of a structured field is this long.
constexpr std::size_t kMaxPlainWord = 800;
constexpr std::string_view kOpen = "=?UTF-8?B?";
constexpr std::string_view kClose = "?=";

// UTF-8 without control characters.
std::string OneLine(std::string_view value) {
    std::string line = to_utf8(value, value.size() * 3);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) return {};
    return line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

bool NeedsEncoding(std::string_view line) {
    if (!IsAscii(line) || line.find("=?") != std::string_view::npos) return true;
    std::size_t word = 0;
    for (const char c : line) {
        word = c == ' ' ? 0 : word + 1;
        if (word > kMaxPlainWord) return true;
    }
    return false;
}

// Where the current line stands; breaks it before what does not fit.
class Fold {
public:
    explicit Fold(std::string& out) : out_(out), line_(out.size() - (out.rfind('\n') + 1)) {}

    // `word` after `space`, which becomes the fold if the line is full.
    void Add(std::string_view space, std::string_view word) {
        if (line_ > 1 && line_ + space.size() + word.size() > kLine) {
            out_ += "\r\n";
            line_ = 0;
            if (space.empty()) space = " ";
        }
        out_.append(space).append(word);
        line_ += space.size() + word.size();
    }
    std::size_t room() const { return line_ < kLine ? kLine - line_ : 0; }

private:
    std::string& out_;
    std::size_t line_;
};

void AppendPlain(Fold& fold, std::string_view line) {
    std::size_t at = 0;
    while (at < line.size()) {
        const std::size_t word = line.find_first_not_of(' ', at);
        const std::size_t end = std::min(line.find(' ', word), line.size());
        fold.Add(at == 0 ? " " : line.substr(at, word - at), line.substr(word, end - word));
        at = end;
    }
}

// Encoded words, no character cut in two; the white space between them is not part of the text (RFC 2047, 6.2).
void AppendEncoded(Fold& fold, std::string_view line) {
    constexpr std::size_t kFrame = kOpen.size() + kClose.size();
    constexpr std::size_t kMostBytes = (75 - kFrame) / 4 * 3;
    constexpr std::size_t kLongestCharacter = 4;
    std::size_t at = 0;
    while (at < line.size()) {
        const std::size_t room = fold.room() > kFrame + 1 ? (fold.room() - kFrame - 1) / 4 * 3 : 0;
        const std::size_t most = room < kLongestCharacter ? kMostBytes : std::min(room, kMostBytes);
        std::size_t end = at;
        while (end < line.size()) {
            const std::size_t next = end + std::max<std::size_t>(utf8_sequence(line, end), 1);
            if (next - at > most) break;
            end = next;
        }
        std::string word(kOpen);
        append_base64(word, line.substr(at, end - at));
        word += kClose;
        fold.Add(" ", word);
        at = end;
    }
}

// A display name as atoms, as a quoted string, or encoded.
void AppendPhrase(Fold& fold, const std::string& name) {
    constexpr std::size_t kMaxQuoted = 200;
    if (NeedsEncoding(name) || name.size() > kMaxQuoted) return AppendEncoded(fold, name);
    const bool atoms = std::all_of(name.begin(), name.end(), [](char c) {
        return c == ' ' || c == '-' || (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
    });
    if (atoms) return AppendPlain(fold, name);
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    fold.Add(" ", quoted += '"');
}

}  // namespace

void AppendTextHeader(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(1, ':');
    const std::string line = OneLine(value);
    Fold fold(out);
    if (line.empty()) {
        out += ' ';
    } else if (NeedsEncoding(line)) {
        AppendEncoded(fold, line);
    } else {
        AppendPlain(fold, line);
    }
    out += "\r\n";
}

void AppendAddressHeader(std::string& out, std::string_view name, const std::vector<Mailbox>& mailboxes) {
    if (mailboxes.empty()) return;
    out.append(name).append(1, ':');
    Fold fold(out);
    for (const Mailbox& mailbox : mailboxes) {
        const std::string_view comma = &mailbox == &mailboxes.back() ? "" : ",";
        const std::string display = OneLine(mailbox.name);
        if (display.empty()) {
            fold.Add(" ", mailbox.address + std::string(comma));
        } else {
            AppendPhrase(fold, display);
            fold.Add(" ", "<" + mailbox.address + ">" + std::string(comma));
        }
    }
    out += "\r\n";
}

}  // namespace fanfare::plugins::smtp
