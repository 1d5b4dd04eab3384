#include "model/event.hpp"

#include "model/base32.hpp"

namespace fanfare::model {
namespace {

constexpr std::string_view kPrefix = "msg_";
constexpr std::size_t kSeqDigits = 12;  // 60 bits
constexpr std::size_t kTagDigits = 7;   // 35 bits

}  // namespace

std::string ToText(const EventKey& key) {
    std::string text(kPrefix);
    AppendBase32(text, key.seq, kSeqDigits);
    AppendBase32(text, key.store_tag, kTagDigits);
    return text;
}

base::Result<EventKey> ParseEventKey(std::string_view text) {
    if (text.size() == kPrefix.size() + kSeqDigits + kTagDigits && text.starts_with(kPrefix)) {
        const auto seq = ParseBase32(text.substr(kPrefix.size(), kSeqDigits));
        const auto tag = ParseBase32(text.substr(kPrefix.size() + kSeqDigits));
        if (seq && tag) return EventKey{*seq, static_cast<std::uint32_t>(*tag)};
    }
    return base::MakeError(base::Code::kNotFound, "'" + std::string(text.substr(0, 64)) + "' is not the key of an event");
}

bool IsSameContent(const Event& a, const Event& b) {
    if (a == b) return true;
    Event left = a;
    Event right = b;
    for (Event* const one : {&left, &right}) {
        std::erase_if(one->extensions, [](const Attribute& extension) { return IsTraceAttribute(extension.name); });
    }
    return left == right;
}

}  // namespace fanfare::model
