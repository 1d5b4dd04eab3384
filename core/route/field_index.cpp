#include "route/field_index.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace fanfare::route {
namespace {

template <class T>
void SortUnique(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

RangeIndex::Ends EndsOf(const Test& range) {
    constexpr double kEnd = std::numeric_limits<double>::infinity();
    return {range.low ? range.low->value.ToDouble() : -kEnd, range.high ? range.high->value.ToDouble() : kEnd};
}

std::uint64_t LiteralOf(const Test& test) {
    const bool is_true = test.op == Test::Op::kTrue;
    const Scalar::Kind kind = is_true                       ? Scalar::Kind::kTrue
                              : test.op == Test::Op::kFalse ? Scalar::Kind::kFalse
                                                            : Scalar::Kind::kNull;
    return static_cast<std::uint64_t>(kind);
}

}  // namespace

void KeyIndex::Freeze() {
    if (added_.empty()) return;
    SortUnique(added_);
    std::size_t keys = 0;
    for (std::size_t i = 0; i < added_.size(); ++i) keys += i == 0 || added_[i].first != added_[i - 1].first;
    slots_.resize(std::bit_ceil(keys * 2 + 1));
    mask_ = slots_.size() - 1;
    filter_.resize(std::max<std::size_t>(2, slots_.size() / kSlotsOfWord));
    filter_shift_ = 64 - std::countr_zero(filter_.size());
    for (std::size_t i = 0; i < added_.size();) {
        const std::uint64_t key = added_[i].first;
        Slot slot{key, added_[i].second, 0};
        const auto start = static_cast<std::uint32_t>(rules_.size());
        for (; i < added_.size() && added_[i].first == key; ++i, ++slot.count) rules_.push_back(added_[i].second);
        if (slot.count == 1) {
            rules_.pop_back();
        } else {
            slot.rule = start;
        }
        std::size_t at = key & mask_;
        while (slots_[at].count != 0) at = (at + 1) & mask_;
        filter_[key >> filter_shift_] |= FilterBits(key);
        slots_[at] = slot;
    }
    added_ = {};
}

void FieldIndex::Add(const Handle& handle, RuleNumber rule) {
    using Kind = Handle::Kind;
    Lengths& lengths = lengths_[handle.folded];
    const std::uint64_t seed = SeedOf(handle.folded);
    const auto length = static_cast<std::uint32_t>(handle.text.size());
    const auto add = [&](KeyKind kind, std::uint64_t hash) { keys_.Add(KeyOf(kind, hash), rule); };
    switch (handle.kind) {
        case Kind::kText:
            lengths.any = true;
            lengths.longest = std::max<std::size_t>(lengths.longest, length);
            return add(KeyKind::kText, HashOf(handle.text, seed));
        case Kind::kPrefix:
            lengths.any = true;
            lengths.prefixes.push_back(length);
            lengths.prefix_starts.AddFirst(handle.text);
            return add(KeyKind::kPrefix, HashOf(handle.text, seed));
        case Kind::kSuffix:
            lengths.any = true;
            lengths.suffixes.push_back(length);
            lengths.suffix_ends.AddLast(handle.text);
            return add(KeyKind::kSuffix, SuffixHash(handle.text, seed).Of(length));
        case Kind::kGram:
            gram_sizes_.push_back(length);
            gram_starts_.AddFirst(handle.text);
            gram_keys_.Add(GramKey(handle.text), static_cast<RuleNumber>(grams_.size()));
            return grams_.push_back({HeadOf(handle.window), static_cast<std::uint32_t>(handle.window.size()),
                                     static_cast<std::uint32_t>(handle.offset), rule});
        case Kind::kHead:
            has_topics_ = true;
            return add(KeyKind::kHead, HashOf(handle.text));
        case Kind::kTail:
            has_topics_ = true;
            return add(KeyKind::kTail, SuffixHash(handle.text).Of(length));
        case Kind::kWord:
            has_topics_ = true;
            return add(KeyKind::kWord, HashOf(handle.text));
        case Kind::kNumber:
            has_numbers_ = true;
            return add(KeyKind::kNumber, HashOf(handle.text));
        case Kind::kLiteral:
            return add(KeyKind::kLiteral, LiteralOf(*handle.test));
        case Kind::kNetwork: {
            const base::Network& network = *handle.test->network;
            network_lengths_[network.address.v6].push_back(network.length);
            return keys_.Add(NetworkKey(network.address, network.length), rule);
        }
        case Kind::kRange:
            return ranges_.Add(EndsOf(*handle.test), rule);
        case Kind::kPresent:
            return present_.push_back(rule);
    }
}

void FieldIndex::Freeze() {
    keys_.Freeze();
    gram_keys_.Freeze();
    ranges_.Freeze();
    for (Lengths& lengths : lengths_) {
        SortUnique(lengths.prefixes);
        SortUnique(lengths.suffixes);
        // Without a key every lookup would end in an empty table.
        lengths.any = lengths.any && !keys_.empty();
    }
    SortUnique(gram_sizes_);
    for (auto& lengths : network_lengths_) SortUnique(lengths);
    SortUnique(present_);
    has_topics_ = has_topics_ && !keys_.empty();
}

}  // namespace fanfare::route
