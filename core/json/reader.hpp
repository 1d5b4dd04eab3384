// Walks over scanned JSON text in one pass, forward only, and copies nothing. The caller keeps track of what it has
// entered; the depth is bounded by the scan.
//   Reader reader(raw.text);
//   reader.Enter();
//   for (std::string_view name; reader.NextMember(name);) Use(name, reader.Take());
// On text that was never scanned it answers nonsense, but ends and stays inside of the text.
#pragma once

#include <algorithm>
#include <bit>
#include <string_view>

#include "json/bytes.hpp"
#include "json/scan.hpp"

namespace fanfare::json {

class Reader {
public:
    // `text` must outlive the reader.
    explicit Reader(std::string_view text)
        : at_(bytes::SkipSpace(text.data(), text.data() + text.size())), end_(text.data() + text.size()) {}

    // Of the value that stands next.
    Kind kind() const;
    // Reads past the value that stands next.
    Raw Take();
    // Steps into the object or array that stands next.
    void Enter() {
        if (at_ != end_) ++at_;
    }
    // In an object: steps to the value of its next member, or out of the object if there is none.
    bool NextMember(std::string_view& name);
    // In an array: steps to its next element, or out of the array if there is none.
    bool NextElement() { return AtNext(']'); }
    // Whether the name or string that was read last has escapes.
    bool escaped() const { return escaped_; }

private:
    bool AtNext(char close);
    void SkipString();
    void SkipStringAtEnd();
    void SkipNested();
    void SkipScalar() {
        while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !bytes::IsSpace(*at_)) ++at_;
    }

    const char* at_;
    const char* end_;
    bool escaped_ = false;
};

inline Kind Reader::kind() const { return KindOf(at_ == end_ ? 'n' : *at_); }

inline Raw Reader::Take() {
    const char* const first = at_;
    const Kind what = kind();
    switch (what) {
        case Kind::kObject:
        case Kind::kArray:
            SkipNested();
            break;
        case Kind::kString:
            SkipString();
            break;
        case Kind::kNumber:
        case Kind::kBoolean:
        case Kind::kNull:
            SkipScalar();
            break;
    }
    if (at_ == first) at_ = end_;
    return {{first, static_cast<std::size_t>(at_ - first)}, what};
}

inline bool Reader::NextMember(std::string_view& name) {
    if (!AtNext('}')) return false;
    if (*at_ != '"') {
        at_ = end_;
        return false;
    }
    const char* const first = at_ + 1;
    SkipString();
    name = {first, static_cast<std::size_t>(std::max(at_ - 1, first) - first)};
    at_ = bytes::SkipSpace(at_, end_);
    if (at_ != end_ && *at_ == ':') at_ = bytes::SkipSpace(at_ + 1, end_);
    return true;
}

inline bool Reader::AtNext(char close) {
    at_ = bytes::SkipSpace(at_, end_);
    if (at_ != end_ && *at_ == ',') at_ = bytes::SkipSpace(at_ + 1, end_);
    if (at_ == end_) return false;
    if (*at_ != close) return true;
    ++at_;
    return false;
}

inline void Reader::SkipString() {
    ++at_;
    escaped_ = false;
    while (end_ - at_ >= bytes::Chunk::kSize) {
        const std::uint32_t ends = bytes::QuoteOrBackslash(bytes::Chunk(at_)).bits();
        if (ends == 0) {
            at_ += bytes::Chunk::kSize;
            continue;
        }
        at_ += std::countr_zero(ends) + 1;
        if (at_[-1] == '"') return;
        escaped_ = true;
        if (at_ != end_) ++at_;
    }
    SkipStringAtEnd();
}

}  // namespace fanfare::json
