#include "json/reader.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "json/bytes.hpp"

namespace fanfare::json {
namespace {

constexpr std::size_t kFewMembers = 16;

// Four hexadecimal digits, known to be there.
std::uint32_t HexUnit(std::string_view digits) {
    std::uint32_t unit = 0;
    for (const char c : digits.substr(0, 4)) {
        unit = unit << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
}

void AppendUtf8(std::string& out, std::uint32_t point) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

// Undoes the escape at the head of `rest` and returns its length.
std::size_t AppendEscape(std::string& out, std::string_view rest) {
    if (rest.size() < 2) return rest.size();
    switch (rest[1]) {
        case 'b':
            out += '\b';
            return 2;
        case 'f':
            out += '\f';
            return 2;
        case 'n':
            out += '\n';
            return 2;
        case 'r':
            out += '\r';
            return 2;
        case 't':
            out += '\t';
            return 2;
        case 'u':
            break;
        default:
            out += rest[1];
            return 2;
    }
    if (rest.size() < 6) return rest.size();
    const std::uint32_t unit = HexUnit(rest.substr(2));
    if (unit < 0xD800 || unit > 0xDFFF || rest.size() < 12) {
        AppendUtf8(out, unit);
        return 6;
    }
    AppendUtf8(out, 0x10000 + ((unit & 0x3FF) << 10) + (HexUnit(rest.substr(8)) & 0x3FF));
    return 12;
}

// As it stands in the text, where control characters are escaped; cut to a length that a person reads.
std::string Show(std::string_view name) {
    constexpr std::size_t kLongest = 64;
    if (name.size() <= kLongest) return "'" + std::string(name) + "'";
    std::size_t cut = kLongest;
    while (cut > 0 && (name[cut] & 0xC0) == 0x80) --cut;
    return "'" + std::string(name.substr(0, cut)) + "...'";
}

// A member whose name an earlier one has; nullptr if there is none. Sorts where there are many, so that nobody can make
// it slow.
const Member* Duplicate(const std::vector<Member>& members) {
    const bool escaped = std::any_of(members.begin(), members.end(), [](const Member& member) {
        return member.name.find('\\') != std::string_view::npos;
    });
    if (!escaped && members.size() <= kFewMembers) {
        for (auto it = members.begin(); it != members.end(); ++it) {
            const auto same = [&](const Member& member) { return member.name == it->name; };
            if (std::any_of(members.begin(), it, same)) return &*it;
        }
        return nullptr;
    }
    std::vector<std::pair<std::string, const Member*>> names;
    names.reserve(members.size());
    for (const Member& member : members) names.emplace_back(UnescapeName(member.name), &member);
    std::sort(names.begin(), names.end());
    const auto twice =
        std::adjacent_find(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    return twice == names.end() ? nullptr : std::next(twice)->second;
}

// Finds where an object or array ends that has been entered.
class NestedEnd {
public:
    // How many bytes of the block belong to it; 0: all of them, and it goes on.
    int In(const char* block) {
        using bytes::Chunk;
        const auto bits = [&](const auto& look) { return bytes::Bits<Chunk>(block, look); };
        const std::uint64_t outside = ~strings_
                                           .In(bits([](const Chunk& chunk) { return chunk.Equal('"'); }),
                                               bits([](const Chunk& chunk) { return chunk.Equal('\\'); }))
                                           .inside;
        const std::uint64_t closing = outside & bits([](const Chunk& chunk) { return chunk.Folded().Equal('}'); });
        std::uint64_t brackets =
            closing | (outside & bits([](const Chunk& chunk) { return chunk.Folded().Equal('{'); }));
        for (; brackets != 0; brackets &= brackets - 1) {
            const int at = std::countr_zero(brackets);
            depth_ += (closing >> at & 1) != 0 ? -1 : 1;
            if (depth_ == 0) return at + 1;
        }
        return 0;
    }

private:
    bytes::Strings strings_;
    std::ptrdiff_t depth_ = 1;
};

}  // namespace

void Reader::SkipStringAtEnd() {
    while (at_ != end_) {
        const char c = *at_++;
        if (c == '"') return;
        if (c != '\\') continue;
        escaped_ = true;
        if (at_ != end_) ++at_;
    }
}

// Block by block: what brackets stand outside of strings, and where the last of them closes.
void Reader::SkipNested() {
    ++at_;
    NestedEnd end;
    for (; end_ - at_ >= bytes::kBlock; at_ += bytes::kBlock) {
        if (const int length = end.In(at_)) {
            at_ += length;
            return;
        }
    }
    char rest[bytes::kBlock] = {};
    std::memcpy(rest, at_, static_cast<std::size_t>(end_ - at_));
    const int length = end.In(rest);
    at_ = length == 0 ? end_ : at_ + length;
}

base::Result<std::vector<Member>> Members(const Raw& object) {
    std::vector<Member> members;
    members.reserve(kFewMembers);
    Reader reader(object.text);
    reader.Enter();
    for (std::string_view name; reader.NextMember(name);) members.push_back({name, reader.Take()});
    if (const Member* const twice = Duplicate(members)) {
        return base::MakeError(base::Code::kInvalid, "the member " + Show(twice->name) + " stands there twice");
    }
    return members;
}

std::vector<Raw> Elements(const Raw& array) {
    std::vector<Raw> elements;
    Reader reader(array.text);
    reader.Enter();
    while (reader.NextElement()) elements.push_back(reader.Take());
    return elements;
}

std::string Unescape(const Raw& string) {
    const std::string_view text = string.text;
    return text.size() < 2 ? std::string() : UnescapeName(text.substr(1, text.size() - 2));
}

std::string UnescapeName(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (;;) {
        const std::size_t plain = std::min(name.find('\\'), name.size());
        out += name.substr(0, plain);
        name.remove_prefix(plain);
        if (name.empty()) return out;
        name.remove_prefix(AppendEscape(out, name));
    }
}

bool NameIs(std::string_view name, std::string_view plain) {
    if (name.find('\\') == std::string_view::npos) return name == plain;
    return UnescapeName(name) == plain;
}

std::optional<Raw> Find(const Raw& value, const std::vector<std::string>& path) {
    Raw found = value;
    for (const std::string& step : path) {
        if (found.kind != Kind::kObject) return std::nullopt;
        std::optional<Raw> last;
        Reader reader(found.text);
        reader.Enter();
        for (std::string_view name; reader.NextMember(name);) {
            const Raw member = reader.Take();
            if (NameIs(name, step)) last = member;
        }
        if (!last) return std::nullopt;
        found = *last;
    }
    return found;
}

}  // namespace fanfare::json
