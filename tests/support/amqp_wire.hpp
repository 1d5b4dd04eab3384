// AMQP 0-9-1 as a broker reads and writes it (4.2, 2.3.5): for tests, without the library that the plugin uses.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace fanfare::tests::amqp {

template <class Number>
std::string Big(Number value) {
    std::string out;
    for (int shift = static_cast<int>(sizeof value - 1) * 8; shift >= 0; shift -= 8) {
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
    }
    return out;
}
inline std::string U8(std::uint8_t value) { return Big(value); }
inline std::string U16(std::uint16_t value) { return Big(value); }
inline std::string U32(std::uint32_t value) { return Big(value); }
inline std::string U64(std::uint64_t value) { return Big(value); }
inline std::string Short(const std::string& text) { return U8(static_cast<std::uint8_t>(text.size())) + text; }
inline std::string Long(const std::string& text) { return U32(static_cast<std::uint32_t>(text.size())) + text; }

inline std::string Frame(std::uint8_t type, std::uint16_t channel, const std::string& payload) {
    return U8(type) + U16(channel) + Long(payload) + '\xCE';
}
inline std::string Method(std::uint16_t channel, std::uint16_t class_id, std::uint16_t id,
                          const std::string& arguments) {
    return Frame(1, channel, U16(class_id) + U16(id) + arguments);
}

class Cursor {
public:
    explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t Number(std::size_t size) {
        std::uint64_t value = 0;
        for (const char c : Take(size)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string Short() { return std::string(Take(Number(1))); }
    std::string Long() { return std::string(Take(Number(4))); }
    std::string_view Take(std::size_t size) {
        if (size > bytes_.size()) std::abort();
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    bool is_empty() const { return bytes_.empty(); }

private:
    std::string_view bytes_;
};

// A field table as text: strings as they are, numbers in decimal, "true" and "false"; of a table in it the members as
// "outer.inner".
inline std::map<std::string, std::string> Table(const std::string& bytes, const std::string& prefix = {}) {
    std::map<std::string, std::string> out;
    for (Cursor cursor(bytes); !cursor.is_empty();) {
        const std::string name = prefix + cursor.Short();
        const char kind = static_cast<char>(cursor.Number(1));
        if (kind == 'S') {
            out[name] = cursor.Long();
        } else if (kind == 't') {
            out[name] = cursor.Number(1) != 0 ? "true" : "false";
        } else if (kind == 'I') {
            out[name] = std::to_string(static_cast<std::int32_t>(cursor.Number(4)));
        } else if (kind == 'l') {
            out[name] = std::to_string(static_cast<std::int64_t>(cursor.Number(8)));
        } else if (kind == 'F') {
            out.merge(Table(cursor.Long(), name + "."));
        } else {
            std::abort();
        }
    }
    return out;
}

// The properties of class basic by name, in the order of their flags (1.8.1 and 4.2.6.1); "headers" are apart.
inline std::map<std::string, std::string> Properties(Cursor& cursor, std::map<std::string, std::string>& headers) {
    static constexpr const char* kNames[] = {
        "content-type", "content-encoding", "headers",   "delivery-mode", "priority", "correlation-id", "reply-to",
        "expiration",   "message-id",       "timestamp", "type",          "user-id",  "app-id"};
    std::map<std::string, std::string> out;
    const std::uint64_t flags = cursor.Number(2);
    for (unsigned i = 0; i < std::size(kNames); ++i) {
        if ((flags >> (15 - i) & 1) == 0) continue;
        const std::string_view name = kNames[i];
        if (name == "headers") {
            headers = Table(cursor.Long());
        } else if (name == "delivery-mode" || name == "priority") {
            out[kNames[i]] = std::to_string(cursor.Number(1));
        } else if (name == "timestamp") {
            out[kNames[i]] = std::to_string(cursor.Number(8));
        } else {
            out[kNames[i]] = cursor.Short();
        }
    }
    return out;
}

}  // namespace fanfare::tests::amqp
