// Where the values of scanned texts stand, so that who reads one afterwards need not look for its parts.
//   Outline outline;
//   json::Scan(text, limits, &outline);
//   const OutlinedText outlined(text, outline, {});
//   for (const auto& [name, value] : outlined.Members(outlined.root())) Use(outlined.Name(name), outlined.kind(value));
// An outline borrows no text: whoever reads by it brings the bytes that were scanned, or a copy of them; with other
// bytes it reads outside of them. Threads: not safe while it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "json/reader.hpp"
#include "json/scan.hpp"

namespace fanfare::json {

// Of as many texts as are scanned into it, one behind the other.
class Outline {
public:
    // One for each value, in the order of the text; before that of a member the one of its name.
    struct Mark {
        std::uint32_t at;              // of a value: its first byte; of a name: the one behind the quote
        std::uint32_t is_escaped : 1;  // of a name
        std::uint32_t size : 31;       // of a name: its bytes; of a value: its mark and all marks below it
    };

    // Of one value: its mark, and the byte of the scanned text at which the text that it is read from starts.
    struct Place {
        std::size_t mark = 0;
        std::size_t offset = 0;
    };

    std::size_t size() const { return size_; }
    void Clear() { size_ = 0; }
    const Mark& operator[](std::size_t mark) const { return marks_[mark]; }
    // Of the value that starts at byte `at` of the text whose marks start with `first`, read from a text that is that
    // value alone. There must be one.
    Place Find(std::size_t first, std::size_t at) const;

private:
    friend class OutlineWriter;

    // Keeps `size` marks and makes room for `more`.
    void Grow(std::size_t size, std::size_t more);

    std::unique_ptr<Mark[]> marks_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// A text with its outline. Borrows both, until the outline grows.
class OutlinedText {
public:
    using Mark = Outline::Mark;
    struct Member {
        const Mark& name;
        const Mark& value;
    };

    // From mark to mark of what stands side by side in an object or array.
    template <class Part>
    class Parts {
    public:
        class Iterator {
        public:
            explicit Iterator(const Mark* at) : at_(at) {}
            Part operator*() const {
                if constexpr (kNames == 1) {
                    return {at_[0], at_[1]};
                } else {
                    return *at_;
                }
            }
            Iterator& operator++() {
                at_ += kNames + at_[kNames].size;
                return *this;
            }
            friend bool operator==(Iterator, Iterator) = default;

        private:
            static constexpr std::size_t kNames = std::is_same_v<Part, Member> ? 1 : 0;
            const Mark* at_;
        };

        explicit Parts(const Mark& nested) : nested_(&nested) {}
        Iterator begin() const { return Iterator(nested_ + 1); }
        Iterator end() const { return Iterator(nested_ + nested_->size); }

    private:
        const Mark* nested_;
    };

    OutlinedText(std::string_view text, const Outline& outline, const Outline::Place& place)
        : text_(text), root_(&outline[place.mark]), offset_(place.offset) {}

    const Mark& root() const { return *root_; }
    Kind kind(const Mark& value) const { return KindOf(text_[value.at - offset_]); }
    // Of the members of an object.
    Parts<Member> Members(const Mark& object) const { return Parts<Member>(object); }
    Parts<const Mark&> Elements(const Mark& array) const { return Parts<const Mark&>(array); }
    // As it stands, without quotes.
    std::string_view Name(const Mark& name) const { return text_.substr(name.at - offset_, name.size); }
    // Stands before a value that is neither object nor array.
    Reader ReaderAt(const Mark& value) const { return Reader(text_.substr(value.at - offset_)); }

private:
    std::string_view text_;
    const Mark* root_;
    std::size_t offset_;
};

// Writes an outline while a text is read from its start to its end. Inside of the room.
class OutlineWriter {
public:
    using Mark = Outline::Mark;

    explicit OutlineWriter(Outline& outline)
        : outline_(outline), first_(outline.marks_.get()), next_(first_ + outline.size_) {}

    // For so many more marks, which must not be exceeded.
    void MakeRoom(std::size_t more) {
        const auto size = static_cast<std::size_t>(next_ - first_);
        if (outline_.capacity_ - size < more) outline_.Grow(size, more);
        first_ = outline_.marks_.get();
        next_ = first_ + size;
    }
    void Name(std::size_t at, std::size_t size, bool is_escaped) { Add(at, is_escaped, size); }
    void Scalar(std::size_t at) { Add(at, false, 1); }
    // Until it closes, the size of a mark is how far before it that of the level around it stands.
    void Open(std::size_t at) {
        const auto mark = static_cast<std::size_t>(next_ - first_);
        Add(at, false, mark - open_);
        open_ = mark;
    }
    void Close() {
        Mark& mark = first_[open_];
        const std::size_t around = open_ - mark.size;
        mark.size = (static_cast<std::uint32_t>(next_ - first_) - static_cast<std::uint32_t>(open_)) & kMostMarks;
        open_ = around;
    }
    // Before that the outline is as it was.
    void Finish() { outline_.size_ = static_cast<std::size_t>(next_ - first_); }

private:
    static constexpr std::uint32_t kMostMarks = (1u << 31) - 1;

    void Add(std::size_t at, bool is_escaped, std::size_t size) {
        *next_++ = {static_cast<std::uint32_t>(at), is_escaped, static_cast<std::uint32_t>(size) & kMostMarks};
    }

    Outline& outline_;
    Mark* first_;
    Mark* next_;
    std::size_t open_ = 0;  // the mark of the innermost open level; where none is open, any
};

}  // namespace fanfare::json
