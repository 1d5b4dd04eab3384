#include "store/sqlite/codec.hpp"

#include <libdeflate.h>

#include "base/packed.hpp"

namespace fanfare::store::sqlite {
namespace {

constexpr char kMetaFormat = 2;
constexpr char kMetaFormatOfVersion5 = 1;  // alike, but the check sum of its row covers meta and body alone

}  // namespace

std::uint32_t Crc32(std::string_view bytes, std::uint32_t so_far) {
    // A null pointer asks libdeflate for the sum of nothing at all.
    return bytes.empty() ? so_far : libdeflate_crc32(so_far, bytes.data(), bytes.size());
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

std::uint32_t CrcOf(const EventColumns& row) {
    const std::uint32_t content = Crc32(row.body, Crc32(row.meta));
    if (!row.meta.empty() && row.meta.front() == kMetaFormatOfVersion5) return content;
    std::string rest;
    rest.reserve(64 + row.id.size() + row.source.size() + row.type.size() + row.destinations.size());
    base::PackNumber(rest, row.seq);
    base::PackNumber(rest, row.realm);
    base::PackNumber(rest, static_cast<std::uint64_t>(row.recv_us));
    base::PackText(rest, row.id);
    base::PackText(rest, row.source);
    base::PackText(rest, row.type);
    base::PackText(rest, row.destinations);
    return Crc32(rest, content);
}

bool DecodeMeta(std::string_view meta, model::Event& event) {
    if (meta.empty() || (meta.front() != kMetaFormat && meta.front() != kMetaFormatOfVersion5)) return false;
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
