#include "route/field_index.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace fanfare::route {
namespace {

constexpr std::size_t kLongestGram = 4;

template <class T>
void SortUnique(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<std::string_view> WordsOf(std::string_view topic) {
    std::vector<std::string_view> words;
    for (;;) {
        const std::size_t dot = topic.find('.');
        words.push_back(topic.substr(0, dot));
        if (dot == std::string_view::npos) return words;
        topic.remove_prefix(dot + 1);
    }
}

bool IsLiteral(std::string_view word) { return word != "*" && word != "#"; }

}  // namespace

void KeyIndex::Freeze() {
    if (added_.empty()) return;
    SortUnique(added_);
    std::size_t keys = 0;
    for (std::size_t i = 0; i < added_.size(); ++i) keys += i == 0 || added_[i].first != added_[i - 1].first;
    slots_.resize(std::bit_ceil(keys * 2 + 1));
    mask_ = slots_.size() - 1;
    rules_.reserve(added_.size());
    for (std::size_t i = 0; i < added_.size();) {
        const std::uint64_t key = added_[i].first;
        const auto begin = static_cast<std::uint32_t>(rules_.size());
        for (; i < added_.size() && added_[i].first == key; ++i) rules_.push_back(added_[i].second);
        std::size_t at = key & mask_;
        while (slots_[at].begin != slots_[at].end) at = (at + 1) & mask_;
        slots_[at] = {key, begin, static_cast<std::uint32_t>(rules_.size())};
    }
    added_ = {};
}

void FieldIndex::Add(const Test& test, RuleNumber rule) {
    Lengths& lengths = lengths_[test.folded || test.op == Test::Op::kIgnoreCase];
    const std::uint64_t start = StartHash(&lengths == &lengths_[1]);
    const auto length = static_cast<std::uint32_t>(test.text.size());
    switch (test.op) {
        case Test::Op::kText:
        case Test::Op::kIgnoreCase:
            lengths.any = true;
            lengths.longest = std::max(lengths.longest, test.text.size());
            keys_.Add(KeyOf(KeyKind::kText, HashOf(test.text, start)), rule);
            return;
        case Test::Op::kPrefix:
            lengths.any = true;
            lengths.prefixes.push_back(length);
            keys_.Add(KeyOf(KeyKind::kPrefix, HashOf(test.text, start)), rule);
            return;
        case Test::Op::kSuffix:
            lengths.any = true;
            lengths.suffixes.push_back(length);
            keys_.Add(KeyOf(KeyKind::kSuffix, HashBackwards(test.text, start)), rule);
            return;
        case Test::Op::kNumber:
            has_numbers_ = true;
            keys_.Add(KeyOf(KeyKind::kNumber, HashOf(test.text)), rule);
            return;
        case Test::Op::kTrue:
            keys_.Add(KeyOf(KeyKind::kLiteral, static_cast<std::uint64_t>(Scalar::Kind::kTrue)), rule);
            return;
        case Test::Op::kFalse:
            keys_.Add(KeyOf(KeyKind::kLiteral, static_cast<std::uint64_t>(Scalar::Kind::kFalse)), rule);
            return;
        case Test::Op::kNull:
            keys_.Add(KeyOf(KeyKind::kLiteral, static_cast<std::uint64_t>(Scalar::Kind::kNull)), rule);
            return;
        case Test::Op::kWildcard:
            AddWildcard(test, rule);
            return;
        case Test::Op::kRange: {
            constexpr double kEnd = std::numeric_limits<double>::infinity();
            ranges_.Add(test.low ? test.low->value.ToDouble() : -kEnd, test.high ? test.high->value.ToDouble() : kEnd,
                        rule);
            return;
        }
        case Test::Op::kNetwork:
            network_lengths_[test.network->address.v6].push_back(test.network->length);
            keys_.Add(NetworkKey(test.network->address, test.network->length), rule);
            return;
        case Test::Op::kTopic:
            AddTopic(test, rule);
            return;
        case Test::Op::kExists:
        case Test::Op::kAnythingBut:
            present_.push_back(rule);
            return;
        case Test::Op::kAbsent:
            return;
    }
}

// By the text before its first star, else by that behind its last, else by some of what is between.
void FieldIndex::AddWildcard(const Test& test, RuleNumber rule) {
    Test literal;
    literal.op = test.pieces.size() == 1 ? Test::Op::kText : Test::Op::kPrefix;
    literal.text = test.pieces.front();
    if (test.pieces.size() == 1 || !literal.text.empty()) return Add(literal, rule);
    literal.op = Test::Op::kSuffix;
    literal.text = test.pieces.back();
    if (!literal.text.empty()) return Add(literal, rule);
    const std::string& longest = *std::max_element(test.pieces.begin(), test.pieces.end(),
                                                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (longest.empty()) return present_.push_back(rule);
    const std::size_t size = std::min(longest.size(), kLongestGram);
    gram_sizes_.push_back(static_cast<std::uint32_t>(size));
    // The end of a word differs more than its beginning.
    keys_.Add(GramKey(std::string_view(longest).substr(longest.size() - size)), rule);
}

// By its words before the first wildcard, else by those behind the last, else by one between.
void FieldIndex::AddTopic(const Test& test, RuleNumber rule) {
    has_topics_ = true;
    const std::vector<std::string_view> words = WordsOf(test.text);
    const auto first_wild = std::find_if_not(words.begin(), words.end(), IsLiteral);
    const auto last_wild = std::find_if_not(words.rbegin(), words.rend(), IsLiteral);
    const std::string_view text = test.text;
    if (first_wild == words.end()) return keys_.Add(KeyOf(KeyKind::kHead, HashOf(text)), rule);
    if (first_wild != words.begin()) {
        const auto before = static_cast<std::size_t>(first_wild->data() - text.data());
        return keys_.Add(KeyOf(KeyKind::kHead, HashOf(text.substr(0, before - 1))), rule);
    }
    if (last_wild != words.rbegin()) {
        const auto behind = static_cast<std::size_t>(last_wild->data() + last_wild->size() - text.data());
        return keys_.Add(KeyOf(KeyKind::kTail, HashBackwards(text.substr(behind + 1))), rule);
    }
    const auto literal = std::find_if(words.begin(), words.end(), IsLiteral);
    if (literal == words.end()) return present_.push_back(rule);
    keys_.Add(KeyOf(KeyKind::kWord, HashOf(*literal)), rule);
}

void FieldIndex::Freeze() {
    keys_.Freeze();
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
