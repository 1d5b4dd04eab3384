#include "store/sqlite/codec.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "base/packed.hpp"

namespace fanfare::store::sqlite {
namespace {

constexpr char kMetaFormat = 1;

// Eight tables: eight bytes a step.
consteval std::array<std::array<std::uint32_t, 256>, 8> MakeTables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
        tables[0][i] = crc;
    }
    for (std::size_t table = 1; table < 8; ++table) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t before = tables[table - 1][i];
            tables[table][i] = before >> 8 ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}
constexpr auto kTables = MakeTables();
static_assert(std::endian::native == std::endian::little, "Crc32 reads words as little endian");

}  // namespace

std::uint32_t Crc32(std::string_view bytes, std::uint32_t so_far) {
    std::uint32_t crc = ~so_far;
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint32_t low;
        std::uint32_t high;
        std::memcpy(&low, at, 4);
        std::memcpy(&high, at + 4, 4);
        low ^= crc;
        crc = kTables[7][low & 0xFF] ^ kTables[6][low >> 8 & 0xFF] ^ kTables[5][low >> 16 & 0xFF] ^
              kTables[4][low >> 24] ^ kTables[3][high & 0xFF] ^ kTables[2][high >> 8 & 0xFF] ^
              kTables[1][high >> 16 & 0xFF] ^ kTables[0][high >> 24];
    }
    for (; left > 0; --left, ++at) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xFF];
    return ~crc;
}

std::string EncodeMeta(const model::Event& event) {
    std::string out(1, kMetaFormat);
    base::PackText(out, event.subject);
    base::PackText(out, event.time);
    base::PackText(out, event.content_type);
    base::PackText(out, event.data_schema);
    for (const model::Attribute& attribute : event.extensions) {
        out += static_cast<char>(attribute.kind);
        base::PackText(out, attribute.name);
        base::PackText(out, attribute.value);
    }
    return out;
}

bool DecodeMeta(std::string_view meta, model::Event& event) {
    if (meta.empty() || meta.front() != kMetaFormat) return false;
    base::Unpacker cursor(meta.substr(1));
    if (!cursor.Text(event.subject) || !cursor.Text(event.time)) return false;
    if (!cursor.Text(event.content_type) || !cursor.Text(event.data_schema)) return false;
    while (!cursor.empty()) {
        std::uint64_t kind = 0;
        model::Attribute& attribute = event.extensions.emplace_back();
        if (!cursor.Number(kind) || kind > static_cast<std::uint64_t>(model::AttributeKind::kBoolean)) return false;
        attribute.kind = static_cast<model::AttributeKind>(kind);
        if (!cursor.Text(attribute.name) || !cursor.Text(attribute.value)) return false;
    }
    return true;
}

std::string EncodeDestinations(const std::vector<model::NameId>& destinations) {
    std::string out;
    for (const model::NameId destination : destinations) base::PackNumber(out, destination);
    return out;
}

std::optional<std::vector<model::NameId>> DecodeDestinations(std::string_view bytes) {
    std::vector<model::NameId> destinations;
    base::Unpacker cursor(bytes);
    while (!cursor.empty()) {
        std::uint64_t destination = 0;
        if (!cursor.Number(destination) || destination > UINT32_MAX) return std::nullopt;
        destinations.push_back(static_cast<model::NameId>(destination));
    }
    return destinations;
}

}  // namespace fanfare::store::sqlite
