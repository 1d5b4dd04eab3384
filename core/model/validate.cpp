#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"
#include "model/event.hpp"
#include "model/media_type.hpp"
#include "model/quote.hpp"
#include "model/timestamp.hpp"

namespace fanfare::model {
namespace {

// Limits of the house: what is stored, indexed and sent as a header must have a bound.
constexpr std::size_t kLongestType = 256;
constexpr std::size_t kLongestAttribute = 1024;
constexpr std::size_t kLongestExtension = 8192;  // as much as one header field may hold
constexpr std::size_t kMostExtensions = 64;
// CloudEvents 3.1 says that names should have at most 20 characters; senders exist that do not.
constexpr std::size_t kLongestName = 64;

constexpr std::array<std::string_view, 10> kReservedNames = {
    "id", "source", "type", "subject", "time", "specversion", "datacontenttype", "dataschema", "data", "data_base64"};

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The code point at the head of well-formed UTF-8, which is removed.
std::uint32_t TakeCodePoint(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    text.remove_prefix(length);
    return point;
}

// CloudEvents 3.1.1, type String: no control characters, no noncharacters (surrogates are not UTF-8 anyway).
bool IsForbidden(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0xFDD0 && point <= 0xFDEF) ||
           (point & 0xFFFE) == 0xFFFE;
}

// What is wrong with `text` as a CloudEvents String; empty if nothing is.
std::string StringFault(std::string_view text) {
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    if (ascii) return {};
    if (!base::IsUtf8(text)) return "is not UTF-8";
    while (!text.empty()) {
        const std::uint32_t point = TakeCodePoint(text);
        if (!IsForbidden(point)) continue;
        constexpr std::string_view kHex = "0123456789ABCDEF";
        std::string name = "U+";
        for (int shift = point > 0xFFFFF ? 20 : point > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4) {
            name += kHex[point >> shift & 15];
        }
        return "has a character that CloudEvents forbids: " + name;
    }
    return {};
}

// RFC 3986, 2: the characters a URI is made of; '%' stands before two hexadecimal digits. Where they may stand is left
// to whoever follows the URI.
std::string UriFault(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (IsAlpha(c) || IsDigit(c)) continue;
        if (c == '%') {
            if (text.size() - i < 3 || !IsHex(text[i + 1]) || !IsHex(text[i + 2])) {
                return "is not a URI: '%' without two hexadecimal digits behind it";
            }
            continue;
        }
        if (c == '\0' || std::string_view("-._~:/?#[]@!$&'()*+,;=").find(c) == std::string_view::npos) {
            return "is not a URI: " + Quote({&c, 1}) + " must be percent-encoded";
        }
    }
    return {};
}

// RFC 3986, 3.1 and 4.3.
bool HasScheme(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon + 1 == text.size() || !IsAlpha(text.front())) return false;
    const std::string_view scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(),
                       [](char c) { return IsAlpha(c) || IsDigit(c) || c == '+' || c == '-' || c == '.'; });
}

bool IsAttributeName(std::string_view name) {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c); });
}

// CloudEvents 3.1.1, type Integer: signed, 32 bits, decimal.
bool IsInteger(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 10 || !std::all_of(text.begin(), text.end(), IsDigit)) return false;
    if (text.size() > 1 && text.front() == '0') return false;
    std::int64_t value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value <= (negative ? 0x80000000LL : 0x7FFFFFFFLL);
}

class Checker {
public:
    explicit Checker(const Envelope& envelope) : event_(envelope.event), realm_(envelope.realm) {}

    std::vector<Fault> Run() {
        // CloudEvents 3.1.1, required attributes: non-empty; source is a URI-reference.
        if (Required("/id", event_.id, kLongestAttribute)) Text("/id", event_.id);
        if (Required("/source", event_.source, kLongestAttribute)) Report("/source", UriFault(event_.source));
        if (Required("/type", event_.type, kLongestType)) Text("/type", event_.type);
        // CloudEvents 3.1.2, optional attributes.
        if (Short("/subject", event_.subject)) Text("/subject", event_.subject);
        Time();
        ContentType();
        DataSchema();
        Extensions();
        Realm();
        return std::move(faults_);
    }

private:
    // Each check returns whether all was well.
    bool Report(std::string_view pointer, std::string message) {
        if (message.empty()) return true;
        faults_.push_back({std::string(pointer), std::move(message)});
        return false;
    }

    bool Required(std::string_view pointer, std::string_view value, std::size_t limit) {
        if (value.empty()) return Report(pointer, "is required and must not be empty");
        return AtMost(pointer, value, limit);
    }
    bool Short(std::string_view pointer, std::string_view value) { return AtMost(pointer, value, kLongestAttribute); }
    bool AtMost(std::string_view pointer, std::string_view value, std::size_t limit) {
        if (value.size() <= limit) return true;
        return Report(pointer, "has " + std::to_string(value.size()) + " bytes; at most " + std::to_string(limit) +
                                   " are allowed");
    }
    bool Text(std::string_view pointer, std::string_view value) { return Report(pointer, StringFault(value)); }

    void Time() {
        if (event_.time.empty() || !Short("/time", event_.time)) return;
        if (!IsTimestamp(event_.time)) {
            Report("/time", Quote(event_.time) + " is not a time as RFC 3339 has it, like 2026-01-31T23:59:59Z");
        }
    }

    // CloudEvents 3.1.2: "MUST adhere to the format specified in RFC 2046".
    void ContentType() {
        if (event_.content_type.empty() || !Short("/datacontenttype", event_.content_type)) return;
        if (!ParseMediaType(event_.content_type)) {
            Report("/datacontenttype", Quote(event_.content_type) + " is not a media type, like application/json");
        }
    }

    // CloudEvents 3.1.2: "MUST be a non-empty URI", which is absolute (RFC 3986, 4.3).
    void DataSchema() {
        if (event_.data_schema.empty() || !Short("/dataschema", event_.data_schema)) return;
        if (!Report("/dataschema", UriFault(event_.data_schema))) return;
        if (!HasScheme(event_.data_schema)) {
            Report("/dataschema",
                   Quote(event_.data_schema) + " is not an absolute URI, like https://example.com/schema");
        }
    }

    void Extensions() {
        const std::vector<Attribute>& extensions = event_.extensions;
        if (extensions.size() > kMostExtensions) {
            Report("", "the event has " + std::to_string(extensions.size()) + " extension attributes; at most " +
                           std::to_string(kMostExtensions) + " are allowed");
            return;
        }
        for (auto it = extensions.begin(); it != extensions.end(); ++it) {
            if (!ExtensionName(it->name)) continue;
            const auto same = [&](const Attribute& other) { return other.name == it->name; };
            if (std::any_of(extensions.begin(), it, same)) Report("/" + it->name, "stands there twice");
            ExtensionValue(*it);
        }
    }

    // CloudEvents 3.1: lower-case ASCII letters and digits; "data" must not be a name.
    bool ExtensionName(const std::string& name) {
        if (!IsAttributeName(name)) {
            return Report("", Quote(name) + " is not the name of an attribute: only a-z and 0-9 are allowed");
        }
        if (name.size() > kLongestName) {
            return Report(
                "", "the name " + Quote(name) + " is longer than " + std::to_string(kLongestName) + " characters");
        }
        if (std::find(kReservedNames.begin(), kReservedNames.end(), name) == kReservedNames.end()) return true;
        return Report("/" + name, "is a name that CloudEvents keeps for itself");
    }

    void ExtensionValue(const Attribute& attribute) {
        const std::string pointer = "/" + attribute.name;
        const std::string& value = attribute.value;
        switch (attribute.kind) {
            case AttributeKind::kString:
                if (AtMost(pointer, value, kLongestExtension)) Text(pointer, value);
                return;
            case AttributeKind::kInteger:
                if (!IsInteger(value)) Report(pointer, Quote(value) + " is not an integer of 32 bits");
                return;
            case AttributeKind::kBoolean:
                if (value != "true" && value != "false") Report(pointer, Quote(value) + " is neither true nor false");
                return;
        }
    }

    void Realm() {
        if (realm_.empty() || base::IsName(realm_)) return;
        Report("/realm",
               Quote(realm_) + " is not the name of a realm: 1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit");
    }

    const Event& event_;
    const std::string& realm_;
    std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> Validate(const Envelope& envelope) { return Checker(envelope).Run(); }

}  // namespace fanfare::model
