#include "plugin/text.hpp"

#include "base/text.hpp"

namespace fanfare::plugin {
namespace {

// A shorter secret would blank out ordinary words.
constexpr std::size_t kShortestMask = 4;
constexpr std::string_view kMask = "***";
constexpr std::string_view kCut = "...";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::size_t SecretAt(std::string_view text, std::span<const base::Secret> secrets) {
    std::size_t longest = 0;
    for (const base::Secret& secret : secrets) {
        const std::string& value = secret.Reveal();
        if (value.size() >= kShortestMask && value.size() > longest && text.starts_with(value)) longest = value.size();
    }
    return longest;
}

std::size_t CharacterAt(std::string_view text) {
    for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
        if (base::IsUtf8(text.substr(0, length))) return length;
    }
    return 0;
}

std::string Escape(char c) {
    if (c == '\n') return "\\n";
    if (c == '\t') return "\\t";
    return "\\x" + base::EncodeHex({&c, 1});
}

}  // namespace

std::string Clean(std::string_view text, std::size_t limit, std::span<const base::Secret> secrets) {
    std::string out;
    std::size_t room_for_cut = 0;  // size of `out` at which "..." still fits
    while (!text.empty()) {
        std::size_t taken = SecretAt(text, secrets);
        const auto byte = static_cast<unsigned char>(text.front());
        if (taken > 0) {
            out += kMask;
        } else if (byte < 0x20 || byte == 0x7F) {
            taken = 1;
            out += Escape(text.front());
        } else if (taken = CharacterAt(text); taken > 0) {
            out.append(text, 0, taken);
        } else {
            taken = 1;
            out += kReplacement;
        }
        if (out.size() > limit) {
            out.resize(room_for_cut);
            return out.append(kCut, 0, limit - room_for_cut);
        }
        text.remove_prefix(taken);
        if (out.size() + kCut.size() <= limit) room_for_cut = out.size();
    }
    return out;
}

}  // namespace fanfare::plugin
