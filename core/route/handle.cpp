#include "route/handle.hpp"

#include <algorithm>
#include <string_view>

namespace fanfare::route {
namespace {

using Kind = Handle::Kind;
using Op = Test::Op;

constexpr std::size_t kLongestGram = 4;
constexpr std::size_t kWindow = 8;

void AddGrams(const Test& test, std::string_view piece, std::vector<Handle>& handles) {
    const std::size_t size = std::min(piece.size(), kLongestGram);
    for (std::size_t at = 0; size > 0 && at + size <= piece.size(); ++at) {
        const std::size_t start = std::min(at, piece.size() - std::min(piece.size(), kWindow));
        handles.push_back({Kind::kGram, false, std::string(piece.substr(at, size)), &test,
                           std::string(piece.substr(start, kWindow)), at - start});
    }
}

std::vector<Handle> OfWildcard(const Test& test) {
    if (test.pieces.size() == 1) return {{Kind::kText, false, test.pieces[0], &test, {}, 0}};
    std::vector<Handle> handles;
    if (!test.pieces.front().empty()) handles.push_back({Kind::kPrefix, false, test.pieces.front(), &test, {}, 0});
    if (!test.pieces.back().empty()) handles.push_back({Kind::kSuffix, false, test.pieces.back(), &test, {}, 0});
    for (std::size_t i = 1; i + 1 < test.pieces.size(); ++i) AddGrams(test, test.pieces[i], handles);
    if (handles.empty()) handles.push_back({Kind::kPresent, false, {}, &test, {}, 0});
    return handles;
}

bool IsLiteral(std::string_view word) { return word != "*" && word != "#"; }

std::vector<Handle> OfTopic(const Test& test) {
    const std::string_view text = test.text;
    std::vector<std::string_view> words;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('.', start), text.size());
        words.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    const auto wild = std::find_if_not(words.begin(), words.end(), IsLiteral);
    if (wild == words.end()) return {{Kind::kHead, false, test.text, &test, {}, 0}};
    std::vector<Handle> handles;
    if (wild != words.begin()) {
        const auto before = static_cast<std::size_t>(wild->data() - text.data());
        handles.push_back({Kind::kHead, false, std::string(text.substr(0, before - 1)), &test, {}, 0});
    }
    const auto last = std::find_if_not(words.rbegin(), words.rend(), IsLiteral);
    if (last != words.rbegin()) {
        const auto behind = static_cast<std::size_t>(last->data() + last->size() - text.data());
        handles.push_back({Kind::kTail, false, std::string(text.substr(behind + 1)), &test, {}, 0});
    }
    for (const std::string_view word : words) {
        if (IsLiteral(word)) handles.push_back({Kind::kWord, false, std::string(word), &test, {}, 0});
    }
    if (handles.empty()) handles.push_back({Kind::kPresent, false, {}, &test, {}, 0});
    return handles;
}

}  // namespace

std::string Handle::key() const {
    std::string key = std::to_string(static_cast<int>(kind)) + (folded ? "f" : " ") + text;
    if (kind == Kind::kLiteral || kind == Kind::kRange) key += std::to_string(static_cast<int>(test->op));
    return key;
}

double Handle::base_cost() const {
    constexpr double kShort = 64;  // what a single letter lets through
    const auto length = static_cast<double>(text.size());
    switch (kind) {
        case Kind::kText:
        case Kind::kNumber:
            return 0;
        case Kind::kPrefix:
        case Kind::kSuffix:
        case Kind::kHead:
        case Kind::kTail:
        case Kind::kWord:
            return kShort / (length * length + 1);
        case Kind::kGram:
            return 2 * kShort / (length * length + 1);
        case Kind::kNetwork:
            return 4;
        case Kind::kRange:
            return 200;
        case Kind::kLiteral:
            return 500;
        case Kind::kPresent:
            break;
    }
    return 1e6;
}

std::vector<Handle> HandlesOf(const Test& test) {
    switch (test.op) {
        case Op::kText:
            return {{Kind::kText, false, test.text, &test, {}, 0}};
        case Op::kIgnoreCase:
            return {{Kind::kText, true, test.text, &test, {}, 0}};
        case Op::kPrefix:
            return {{Kind::kPrefix, test.folded, test.text, &test, {}, 0}};
        case Op::kSuffix:
            return {{Kind::kSuffix, test.folded, test.text, &test, {}, 0}};
        case Op::kNumber:
            return {{Kind::kNumber, false, test.text, &test, {}, 0}};
        case Op::kTrue:
        case Op::kFalse:
        case Op::kNull:
            return {{Kind::kLiteral, false, {}, &test, {}, 0}};
        case Op::kWildcard:
            return OfWildcard(test);
        case Op::kRange:
            return {{Kind::kRange, false, {}, &test, {}, 0}};
        case Op::kNetwork:
            return {{Kind::kNetwork, false, test.text, &test, {}, 0}};
        case Op::kTopic:
            return OfTopic(test);
        case Op::kExists:
        case Op::kAnythingBut:
            return {{Kind::kPresent, false, {}, &test, {}, 0}};
        case Op::kAbsent:
            break;
    }
    return {};
}

}  // namespace fanfare::route
