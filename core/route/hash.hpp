// Hashes of texts and of their beginnings and ends, eight bytes at a time. Inside of the room.
//
// Who looks something up by them compares in full afterwards, so that no collision does more than cost time; and the
// tables hold what the operator wrote, so that strangers cannot fill them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace fanfare::route {

inline std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{a ^ 0x9E3779B97F4A7C15u} * (b ^ 0xD6E8FEB86659FD93u);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class Word>
Word Load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// The first eight bytes; of a shorter text all its bytes, in an order that its length decides.
inline std::uint64_t HeadOf(std::string_view text) {
    const std::size_t length = text.size();
    const char* const at = text.data();
    if (length >= 8) return Load<std::uint64_t>(at);
    if (length >= 4) return std::uint64_t{Load<std::uint32_t>(at)} << 32 | Load<std::uint32_t>(at + length - 4);
    if (length == 0) return 0;
    const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
    return byte(0) << 16 | byte(length / 2) << 8 | byte(length - 1);
}

// The last eight bytes of a text that is longer; 0 of one that HeadOf has in full.
inline std::uint64_t TailOf(std::string_view text) {
    return text.size() > 8 ? Load<std::uint64_t>(text.data() + text.size() - 8) : 0;
}

// Of the beginnings of a text, for lengths that do not fall: all together cost what the longest is long.
class PrefixHash {
public:
    explicit PrefixHash(std::string_view text, std::uint64_t seed = 0) : text_(text), hash_(seed) {}

    std::uint64_t Of(std::size_t length) {
        for (; length - done_ > 8; done_ += 8) hash_ = Mix(hash_, Load<std::uint64_t>(text_.data() + done_));
        return Mix(hash_ + length, HeadOf(text_.substr(done_, length - done_)));
    }

private:
    std::string_view text_;
    std::uint64_t hash_;
    std::size_t done_ = 0;
};

// The same of its ends.
class SuffixHash {
public:
    explicit SuffixHash(std::string_view text, std::uint64_t seed = 0) : text_(text), hash_(seed) {}

    std::uint64_t Of(std::size_t length) {
        const char* const end = text_.data() + text_.size();
        for (; length - done_ > 8; done_ += 8) hash_ = Mix(hash_, Load<std::uint64_t>(end - done_ - 8));
        return Mix(hash_ + length, HeadOf(text_.substr(text_.size() - length, length - done_)));
    }

private:
    std::string_view text_;
    std::uint64_t hash_;
    std::size_t done_ = 0;
};

inline std::uint64_t HashOf(std::string_view text, std::uint64_t seed = 0) {
    return PrefixHash(text, seed).Of(text.size());
}

}  // namespace fanfare::route
