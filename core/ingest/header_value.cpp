#include "ingest/header_value.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace fanfare::ingest {
namespace {

base::Error Invalid(std::string message) { return base::MakeError(base::Code::kInvalid, std::move(message)); }

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

base::Result<std::string> Unquote(std::string_view value) {
    std::string out;
    for (std::size_t i = 1; i < value.size(); ++i) {
        if (value[i] == '"') {
            if (i + 1 == value.size()) return out;
            return Invalid("has text behind a quoted string");
        }
        if (value[i] == '\\' && ++i == value.size()) break;
        out += value[i];
    }
    return Invalid("is a quoted string without its closing quote");
}

base::Result<std::string> DecodePercent(std::string text) {
    std::size_t to = text.find('%');
    if (to == std::string::npos) return text;
    for (std::size_t from = to; from < text.size(); ++to) {
        if (text[from] != '%') {
            text[to] = text[from++];
            continue;
        }
        const int high = from + 2 < text.size() ? HexValue(text[from + 1]) : -1;
        const int low = high >= 0 ? HexValue(text[from + 2]) : -1;
        if (low < 0) return Invalid("has a '%' without two hexadecimal digits behind it; a '%' itself is sent as %25");
        text[to] = static_cast<char>(high << 4 | low);
        from += 3;
    }
    text.resize(to);
    if (!base::IsUtf8(text)) return Invalid("is not UTF-8 once its percent-encoding is undone");
    return text;
}

}  // namespace

base::Result<std::string> DecodeHeaderValue(std::string_view value) {
    const auto bad = std::find_if(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; });
    if (bad != value.end()) {
        const std::string hex = base::EncodeHex({&*bad, 1});
        return Invalid("has a byte that is not printable ASCII, 0x" + hex +
                       "; CloudEvents wants it percent-encoded as %" + hex);
    }
    if (!value.starts_with('"')) return DecodePercent(std::string(value));
    auto plain = Unquote(value);
    if (!plain) return plain;
    return DecodePercent(*std::move(plain));
}

}  // namespace fanfare::ingest
