// Damages a text as strangers and broken senders do: bytes changed, cut out, doubled, and pieces of syntax put in.
#pragma once

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::fuzz {

using Random = std::mt19937_64;

inline std::size_t Below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

inline std::string_view Piece(Random& random) {
    static constexpr std::array<std::string_view, 40> kPieces = {"{",
                                                                 "}",
                                                                 "[",
                                                                 "]",
                                                                 "\"",
                                                                 ",",
                                                                 ":",
                                                                 " ",
                                                                 "\n",
                                                                 "\\",
                                                                 "\\u",
                                                                 "\\uD83D",
                                                                 "\\uDE00",
                                                                 "\\u0000",
                                                                 "true",
                                                                 "false",
                                                                 "null",
                                                                 "0",
                                                                 "-1",
                                                                 "1e5",
                                                                 "1.5",
                                                                 ".",
                                                                 "e",
                                                                 "-",
                                                                 "NaN",
                                                                 "\xC3\xA9",
                                                                 "\xE2\x82\xAC",
                                                                 "\xF0\x9F\x98\x80",
                                                                 "\xFF",
                                                                 "\xC0\xA0",
                                                                 "\xED\xA0\x80",
                                                                 "\x80",
                                                                 "\x1F",
                                                                 "\x7F",
                                                                 "\"a\":1,",
                                                                 "[[[[",
                                                                 "]]]]",
                                                                 "{\"a\":",
                                                                 "\\n",
                                                                 "//"};
    return kPieces[Below(random, kPieces.size())];
}

inline std::string Mutate(std::string text, Random& random) {
    for (std::size_t left = 1 + Below(random, 4); left > 0; --left) {
        const std::size_t at = Below(random, text.size() + 1);
        switch (Below(random, 5)) {
            case 0: text.insert(at, Piece(random)); break;
            case 1: text.erase(at, 1 + Below(random, 3)); break;
            case 2: text.insert(at, text.substr(at, Below(random, 12))); break;
            case 3: text.resize(at); break;
            case 4:
                if (at < text.size()) text[at] = static_cast<char>(random());
                break;
        }
    }
    return text;
}

inline std::string ReadSample(const std::string& name) {
    std::ifstream file(FANFARE_SAMPLES "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace fanfare::fuzz
