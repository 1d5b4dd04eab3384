#include "store/sqlite/cells.hpp"

#include <algorithm>
#include <optional>

namespace fanfare::store::sqlite {
namespace {

constexpr unsigned char kIndexInterior = 2;
constexpr unsigned char kTableInterior = 5;
constexpr unsigned char kIndexLeaf = 10;
constexpr unsigned char kTableLeaf = 13;
// Above what an event may be, many times.
constexpr std::uint64_t kMostBytes = 1u << 30;

class Reader {
public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    // SQLite's varint: highest bits first, the ninth byte whole.
    std::optional<std::uint64_t> Varint() {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 9 && i < left_.size(); ++i) {
            const auto byte = static_cast<unsigned char>(left_[i]);
            value = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7F);
            if (i == 8 || byte < 0x80) {
                left_.remove_prefix(i + 1);
                return value;
            }
        }
        return std::nullopt;
    }
    std::optional<std::string_view> Take(std::uint64_t size) {
        if (size > left_.size()) return std::nullopt;
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    bool empty() const { return left_.empty(); }
    std::string_view left() const { return left_; }

private:
    std::string_view left_;
};

std::optional<std::uint64_t> SizeOfSerial(std::uint64_t serial) {
    constexpr std::uint64_t kSizes[] = {0, 1, 2, 3, 4, 6, 8};
    if (serial < 7) return kSizes[serial];
    if (serial == 8 || serial == 9) return 0;
    if (serial >= 12) return (serial - 12) / 2;
    return std::nullopt;  // no table of ours holds a real number
}

Value ToValue(std::uint64_t serial, std::string_view bytes) {
    if (serial == 0) return {};
    if (serial == 8 || serial == 9) return {Value::Kind::kInt, static_cast<std::int64_t>(serial - 8), {}};
    if (serial >= 12) return {serial % 2 == 0 ? Value::Kind::kBlob : Value::Kind::kText, 0, bytes};
    std::uint64_t number = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return {Value::Kind::kInt, static_cast<std::int64_t>(number), {}};
}

bool Decode(std::string_view record, std::vector<Value>& values) {
    Reader whole(record);
    const auto header_size = whole.Varint();
    const std::size_t taken = record.size() - whole.left().size();
    if (!header_size || *header_size < taken || *header_size > record.size()) return false;
    Reader header(record.substr(taken, *header_size - taken));
    Reader body(record.substr(*header_size));
    while (!header.empty()) {
        const auto serial = header.Varint();
        const auto size = serial ? SizeOfSerial(*serial) : std::nullopt;
        const auto bytes = size ? body.Take(*size) : std::nullopt;
        if (!bytes) return false;
        values.push_back(ToValue(*serial, *bytes));
    }
    return body.empty();
}

// How many of a payload's bytes stand on the page itself.
std::uint64_t LocalSize(std::uint64_t payload, bool is_table) {
    const std::uint64_t most = is_table ? kPageBytes - 35 : (kPageBytes - 12) * 64 / 255 - 23;
    if (payload <= most) return payload;
    const std::uint64_t least = (kPageBytes - 12) * 32 / 255 - 23;
    const std::uint64_t wanted = least + (payload - least) % (kPageBytes - 4);
    return wanted <= most ? wanted : least;
}

// What follows `local` in the chain that begins at page `next`; false if it ends early or goes on.
bool FollowChain(const Pages& pages, std::uint32_t next, std::uint64_t left, std::string& bytes,
                 std::vector<std::uint32_t>& seen) {
    PageBytes page;
    while (left > 0) {
        if (!pages.Read(next, page)) return false;
        seen.push_back(next);
        const std::uint64_t size = std::min<std::uint64_t>(left, kPageBytes - 4);
        bytes.append(reinterpret_cast<const char*>(page.data()) + 4, size);
        left -= size;
        next = ReadBig32(page.data());
    }
    return next == 0;
}

bool ReadCell(const Pages& pages, std::string_view at, unsigned char type, Cells& cells) {
    Reader reader(at);
    if (type == kIndexInterior && !reader.Take(4)) return false;
    const auto payload = reader.Varint();
    if (!payload || *payload > kMostBytes) return false;
    Row row;
    const bool is_table = type == kTableLeaf;
    if (is_table) {
        const auto rowid = reader.Varint();
        if (!rowid) return false;
        row.rowid = static_cast<std::int64_t>(*rowid);
    }
    const std::uint64_t local = LocalSize(*payload, is_table);
    const auto bytes = reader.Take(local);
    if (!bytes) return false;
    std::string_view record = *bytes;
    if (local < *payload) {
        const auto next = reader.Take(4);
        if (!next || *payload / kPageBytes > pages.count()) return false;
        std::string& whole = cells.bytes.emplace_back(record);
        const auto first = ReadBig32(reinterpret_cast<const unsigned char*>(next->data()));
        if (!FollowChain(pages, first, *payload - local, whole, cells.overflow)) return false;
        record = whole;
    }
    if (!Decode(record, row.values)) return false;
    cells.rows.push_back(std::move(row));
    return true;
}

Cells::Kind KindOf(unsigned char type) {
    switch (type) {
        case kTableLeaf:
            return Cells::Kind::kTable;
        case kIndexLeaf:
        case kIndexInterior:
            return Cells::Kind::kIndex;
        case kTableInterior:
            return Cells::Kind::kInterior;
        default:
            return Cells::Kind::kNone;
    }
}

}  // namespace

Cells ReadCells(const Pages& pages, std::uint32_t number, const PageBytes& page) {
    Cells cells;
    const std::size_t start = number == 1 ? 100 : 0;
    const unsigned char type = page[start];
    cells.kind = KindOf(type);
    if (cells.kind == Cells::Kind::kNone || cells.kind == Cells::Kind::kInterior) return cells;
    const std::size_t pointers = start + (type == kIndexInterior ? 12 : 8);
    const std::uint32_t count = ReadBig16(page.data() + start + 3);
    // A page of bytes at random that begins as one of a b-tree: it has no cells to speak of.
    if (pointers + 2 * std::size_t{count} > kPageBytes) {
        cells.kind = Cells::Kind::kNone;
        return cells;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(page.data()), page.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t at = ReadBig16(page.data() + pointers + 2 * std::size_t{i});
        const bool inside = at >= pointers + 2 * std::size_t{count} && at < kPageBytes;
        if (!inside || !ReadCell(pages, bytes.substr(at), type, cells)) ++cells.damaged;
    }
    return cells;
}

}  // namespace fanfare::store::sqlite
