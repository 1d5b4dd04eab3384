// The probes of FieldIndex. Inside of the room; included by field_index.hpp.
#pragma once

#include <cstring>

#include "route/field_index.hpp"
#include "route/fold.hpp"

namespace fanfare::route {

// FNV-1a, 64 bits; the kinds of keys start apart, so that they share one table.
enum class KeyKind : std::uint64_t { kText, kPrefix, kSuffix, kNumber, kLiteral, kGram, kNetwork, kHead, kTail, kWord };

inline std::uint64_t StepHash(std::uint64_t hash, char c) {
    return (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
}

inline std::uint64_t StartHash(bool folded = false) { return folded ? 0x9E3779B97F4A7C15u : 0xCBF29CE484222325u; }

// FNV leaves the low bits poorly mixed.
inline std::uint64_t KeyOf(KeyKind kind, std::uint64_t hash) {
    hash ^= (static_cast<std::uint64_t>(kind) + 1) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

inline std::uint64_t HashOf(std::string_view text, std::uint64_t hash = StartHash()) {
    for (const char c : text) hash = StepHash(hash, c);
    return hash;
}

inline std::uint64_t HashBackwards(std::string_view text, std::uint64_t hash = StartHash()) {
    for (std::size_t i = text.size(); i-- > 0;) hash = StepHash(hash, text[i]);
    return hash;
}

inline std::uint64_t GramKey(std::string_view gram) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, gram.data(), gram.size());
    return KeyOf(KeyKind::kGram, bytes * 0x9E3779B97F4A7C15u + gram.size());
}

inline std::uint64_t NetworkKey(const Address& masked, std::size_t length) {
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
    std::uint64_t hash = StartHash(folded);
    std::size_t done = 0;
    for (const std::uint32_t length : lengths.prefixes) {
        if (length > text.size()) break;
        for (; done < length; ++done) hash = StepHash(hash, text[done]);
        emit(keys_.Find(KeyOf(KeyKind::kPrefix, hash)));
    }
    if (text.size() <= lengths.longest) {
        emit(keys_.Find(KeyOf(KeyKind::kText, HashOf(text.substr(done), hash))));
    }
    hash = StartHash(folded);
    done = 0;
    for (const std::uint32_t length : lengths.suffixes) {
        if (length > text.size()) break;
        for (; done < length; ++done) hash = StepHash(hash, text[text.size() - 1 - done]);
        emit(keys_.Find(KeyOf(KeyKind::kSuffix, hash)));
    }
}

template <class Emit>
void FieldIndex::ProbeGrams(std::string_view text, const Emit& emit) const {
    for (const std::uint32_t size : gram_sizes_) {
        for (std::size_t at = 0; at + size <= text.size(); ++at) emit(keys_.Find(GramKey(text.substr(at, size))));
    }
}

// Beginnings and ends that are whole words, and each word.
template <class Emit>
void FieldIndex::ProbeTopic(std::string_view text, const Emit& emit) const {
    std::uint64_t head = StartHash();
    std::uint64_t word = StartHash();
    for (std::size_t at = 0;; ++at) {
        if (at == text.size() || text[at] == '.') {
            emit(keys_.Find(KeyOf(KeyKind::kHead, head)));
            emit(keys_.Find(KeyOf(KeyKind::kWord, word)));
            word = StartHash();
        } else {
            word = StepHash(word, text[at]);
        }
        if (at == text.size()) break;
        head = StepHash(head, text[at]);
    }
    std::uint64_t tail = StartHash();
    for (std::size_t at = text.size();; --at) {
        if (at == 0 || text[at - 1] == '.') emit(keys_.Find(KeyOf(KeyKind::kTail, tail)));
        if (at == 0) break;
        tail = StepHash(tail, text[at - 1]);
    }
}

template <class Emit>
void FieldIndex::ProbeNetworks(std::string_view text, const Emit& emit) const {
    if (network_lengths_[0].empty() && network_lengths_[1].empty()) return;
    const auto address = ParseAddress(text);
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
