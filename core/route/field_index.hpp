// Which rules may hold once a field has a value: those that one of their tests lets through, and perhaps a few more.
//
// A rule is entered under handles of which a value must have one if the rule is to hold. The index keeps hashes, not
// texts: a collision gives one candidate too many, which whoever asks verifies anyway. A probe costs what the value is
// long, at most what the longest test is long, and does not grow with the number of rules. Inside of the room. Threads:
// immutable once Freeze was called.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "route/handle.hpp"
#include "route/range_index.hpp"

namespace fanfare::route {

using RuleNumber = std::uint32_t;

// Lists of rules by a 64-bit key, in two flat arrays.
class KeyIndex {
public:
    struct List {
        const RuleNumber* first = nullptr;
        const RuleNumber* last = nullptr;
        const RuleNumber* begin() const { return first; }
        const RuleNumber* end() const { return last; }
    };

    void Add(std::uint64_t key, RuleNumber rule) { added_.emplace_back(key, rule); }
    void Freeze();
    bool empty() const { return slots_.empty(); }
    List Find(std::uint64_t key) const {
        const std::uint64_t bits = FilterBits(key);
        if ((filter_[key >> filter_shift_] & bits) != bits) return {};
        for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
            const Slot& slot = slots_[at];
            if (slot.count == 0) return {};
            if (slot.key != key) continue;
            const RuleNumber* const first = slot.count == 1 ? &slot.rule : rules_.data() + slot.rule;
            return {first, first + slot.count};
        }
    }

private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t rule = 0;   // of more than one: where in rules_ they start
        std::uint32_t count = 0;  // 0: empty
    };

    // Of one word of the filter.
    static std::uint64_t FilterBits(std::uint64_t key) {
        return std::uint64_t{1} << (key >> 20 & 63) | std::uint64_t{1} << (key >> 26 & 63);
    }

    std::vector<std::pair<std::uint64_t, RuleNumber>> added_;  // until Freeze
    std::vector<Slot> slots_;
    std::vector<RuleNumber> rules_;
    std::size_t mask_ = 0;
    // Two bits for each key: most lookups find nothing, and this stays in a near cache where the slots do not.
    static constexpr std::size_t kSlotsOfWord = 8;
    std::vector<std::uint64_t> filter_;
    int filter_shift_ = 0;
};

// Tells most texts of an event from those of rules by one byte.
class ByteSet {
public:
    // The first of `text`; of an empty one, which every text starts with, any.
    void AddFirst(std::string_view text) { text.empty() ? bits_.set() : bits_.set(IndexOf(text.front())); }
    void AddLast(std::string_view text) { text.empty() ? bits_.set() : bits_.set(IndexOf(text.back())); }
    bool HasFirst(std::string_view text) const { return text.empty() || bits_[IndexOf(text.front())]; }
    bool HasLast(std::string_view text) const { return text.empty() || bits_[IndexOf(text.back())]; }

private:
    static std::size_t IndexOf(char c) { return static_cast<unsigned char>(c); }

    std::bitset<256> bits_;
};

class FieldIndex {
public:
    void Add(const Handle& handle, RuleNumber rule);
    void Freeze();

    // Calls emit(KeyIndex::List) for lists of rules; a rule may come more than once.
    template <class Emit>
    void Probe(const Scalar& value, const Emit& emit) const;

private:
    template <class Emit>
    void ProbeText(std::string_view text, bool folded, const Emit& emit) const;
    template <class Emit>
    void ProbeGrams(std::string_view text, const Emit& emit) const;
    template <class Emit>
    void ProbeTopic(std::string_view text, const Emit& emit) const;
    template <class Emit>
    void ProbeNetworks(std::string_view text, const Emit& emit) const;
    template <class Emit>
    void ProbeNumber(std::string_view number, const Emit& emit) const;

    // Lengths of beginnings and ends that some handle names, ascending, and the bytes that these start and end with;
    // the longest whole text.
    struct Lengths {
        std::vector<std::uint32_t> prefixes;
        std::vector<std::uint32_t> suffixes;
        ByteSet prefix_starts;
        ByteSet suffix_ends;
        std::size_t longest = 0;
        bool any = false;
    };

    // Whoever has the gram is looked at closer before its rule becomes a candidate: most that have four bytes of a
    // name do not have the rest.
    struct Gram {
        std::uint64_t window = 0;  // as HeadOf makes it
        std::uint32_t length = 0;  // of the window
        std::uint32_t offset = 0;  // of the gram in it
        RuleNumber rule = 0;
    };

    KeyIndex keys_;
    KeyIndex gram_keys_;  // positions in grams_
    std::vector<Gram> grams_;
    Lengths lengths_[2];  // [1]: without case
    std::vector<std::uint32_t> gram_sizes_;
    ByteSet gram_starts_;
    std::vector<std::size_t> network_lengths_[2];  // [1]: IPv6
    bool has_topics_ = false;
    bool has_numbers_ = false;
    RangeIndex ranges_;
    std::vector<RuleNumber> present_;  // that any value may make hold
};

}  // namespace fanfare::route

#include "route/field_index_probe.hpp"
