// Numbers and texts one behind the other, as our own files hold them: a number is a varint (7 bits a byte, lowest
// first, as short as it can be), a text its length and its bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fanfare::base {

inline void PackNumber(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

inline void PackText(std::string& out, std::string_view text) {
    PackNumber(out, text.size());
    out += text;
}

// Reads what was packed, and nothing that is not as PackNumber and PackText write it: false then, and where the bytes
// end.
class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : left_(bytes) {}

    bool Number(std::uint64_t& value) {
        value = 0;
        for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(left_.front());
            left_.remove_prefix(1);
            if (shift > 0 && byte == 0) return false;   // a longer form of a shorter number
            if (shift == 63 && byte > 1) return false;  // above 64 bits
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    bool Text(std::string& text) {
        std::uint64_t size = 0;
        if (!Number(size) || size > left_.size()) return false;
        text = left_.substr(0, size);
        left_.remove_prefix(size);
        return true;
    }

    bool empty() const { return left_.empty(); }

private:
    std::string_view left_;
};

}  // namespace fanfare::base
