// The probes of FieldIndex. Inside of the room; included by field_index.hpp.
#pragma once

#include <algorithm>

#include "route/field_index.hpp"
#include "route/fold.hpp"
#include "route/hash.hpp"

namespace fanfare::route {

// The kinds of keys start apart, so that they share one table.
enum class KeyKind : std::uint64_t { kText, kPrefix, kSuffix, kNumber, kLiteral, kGram, kNetwork, kHead, kTail, kWord };

inline std::uint64_t SeedOf(bool folded) { return folded ? 1 : 0; }

inline std::uint64_t KeyOf(KeyKind kind, std::uint64_t hash) { return Mix(hash, static_cast<std::uint64_t>(kind)); }

// At most eight bytes.
inline std::uint64_t GramKey(std::string_view gram) { return KeyOf(KeyKind::kGram, HeadOf(gram) + gram.size()); }

inline std::uint64_t NetworkKey(const base::Address& masked, std::size_t length) {
    const std::string_view bytes(reinterpret_cast<const char*>(masked.bytes.data()), masked.bytes.size());
    return KeyOf(KeyKind::kNetwork, HashOf(bytes) + length * 2 + masked.v6);
}

template <class Emit>
void FieldIndex::Probe(const Scalar& value, const Emit& emit) const {
    if (!present_.empty()) emit(KeyIndex::List{present_.data(), present_.data() + present_.size()});
    switch (value.kind) {
        case Scalar::Kind::kText:
            if (lengths_[0].any) ProbeText(value.text, false, emit);
            if (lengths_[1].any) ProbeText(Fold(value.text), true, emit);
            if (!gram_sizes_.empty()) ProbeGrams(value.text, emit);
            if (has_topics_) ProbeTopic(value.text, emit);
            ProbeNetworks(value.text, emit);
            return;
        case Scalar::Kind::kNumber:
            ProbeNumber(value.text, emit);
            return;
        case Scalar::Kind::kTrue:
        case Scalar::Kind::kFalse:
        case Scalar::Kind::kNull:
            if (!keys_.empty()) emit(keys_.Find(KeyOf(KeyKind::kLiteral, static_cast<std::uint64_t>(value.kind))));
            return;
    }
}

template <class Emit>
void FieldIndex::ProbeText(std::string_view text, bool folded, const Emit& emit) const {
    const Lengths& lengths = lengths_[folded];
    PrefixHash prefix(text, SeedOf(folded));
    if (lengths.prefix_starts.HasFirst(text)) {
        for (const std::uint32_t length : lengths.prefixes) {
            if (length > text.size()) break;
            emit(keys_.Find(KeyOf(KeyKind::kPrefix, prefix.Of(length))));
        }
    }
    if (text.size() <= lengths.longest) emit(keys_.Find(KeyOf(KeyKind::kText, prefix.Of(text.size()))));
    if (!lengths.suffix_ends.HasLast(text)) return;
    SuffixHash suffix(text, SeedOf(folded));
    for (const std::uint32_t length : lengths.suffixes) {
        if (length > text.size()) break;
        emit(keys_.Find(KeyOf(KeyKind::kSuffix, suffix.Of(length))));
    }
}

template <class Emit>
void FieldIndex::ProbeGrams(std::string_view text, const Emit& emit) const {
    const auto emit_rule = [&](const Gram& gram) { emit(KeyIndex::List{&gram.rule, &gram.rule + 1}); };
    std::size_t looked_at = 0;
    for (const std::uint32_t size : gram_sizes_) {
        for (std::size_t at = 0; at + size <= text.size(); ++at) {
            if (!gram_starts_.HasFirst(text.substr(at))) continue;
            for (const RuleNumber position : gram_keys_.Find(GramKey(text.substr(at, size)))) {
                const Gram& gram = grams_[position];
                ++looked_at;
                if (gram.offset > at || at - gram.offset + gram.length > text.size()) continue;
                if (HeadOf(text.substr(at - gram.offset, gram.length)) == gram.window) emit_rule(gram);
            }
            // Text made of what many rules have in common: then all of them are candidates, once.
            if (looked_at > text.size() + grams_.size()) {
                std::for_each(grams_.begin(), grams_.end(), emit_rule);
                return;
            }
        }
    }
}

// Beginnings and ends that are whole words, and each word.
template <class Emit>
void FieldIndex::ProbeTopic(std::string_view text, const Emit& emit) const {
    PrefixHash head(text);
    for (std::size_t start = 0, end = 0; start <= text.size(); start = end + 1) {
        end = std::min(text.find('.', start), text.size());
        emit(keys_.Find(KeyOf(KeyKind::kHead, head.Of(end))));
        emit(keys_.Find(KeyOf(KeyKind::kWord, HashOf(text.substr(start, end - start)))));
    }
    SuffixHash tail(text);
    for (std::size_t start = text.size();; --start) {
        if (start == 0 || text[start - 1] == '.') emit(keys_.Find(KeyOf(KeyKind::kTail, tail.Of(text.size() - start))));
        if (start == 0) break;
    }
}

template <class Emit>
void FieldIndex::ProbeNetworks(std::string_view text, const Emit& emit) const {
    if (network_lengths_[0].empty() && network_lengths_[1].empty()) return;
    const auto address = base::ParseAddress(text);
    if (!address) return;
    for (const std::size_t length : network_lengths_[address->v6]) {
        emit(keys_.Find(NetworkKey(address->Masked(length), length)));
    }
}

template <class Emit>
void FieldIndex::ProbeNumber(std::string_view number, const Emit& emit) const {
    if (!has_numbers_ && ranges_.empty()) return;
    const auto value = Decimal::Parse(number);
    if (!value) return;
    if (has_numbers_) emit(keys_.Find(KeyOf(KeyKind::kNumber, HashOf(value->text()))));
    if (!ranges_.empty()) {
        ranges_.Find(value->ToDouble(), [&](const RuleNumber& rule) { emit(KeyIndex::List{&rule, &rule + 1}); });
    }
}

}  // namespace fanfare::route
