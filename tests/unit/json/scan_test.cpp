#include "json/scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::json {
namespace {

using namespace std::string_literals;

std::string Cause(std::string_view text, const ScanLimits& limits = {}) {
    const auto result = Scan(text, limits);
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, base::Code::kInvalid);
    return result.error().message;
}

TEST(Scan, AcceptsEveryKindOfValueAndTellsIt) {
    const std::pair<std::string, Kind> cases[] = {
        {"{}", Kind::kObject},        {"[]", Kind::kArray},          {"\"\"", Kind::kString},
        {"0", Kind::kNumber},         {"-0.0e+00", Kind::kNumber},   {"1E400", Kind::kNumber},
        {"true", Kind::kBoolean},     {"false", Kind::kBoolean},     {"null", Kind::kNull},
        {"[[],{},[{}]]", Kind::kArray}, {"{\"a\":{\"b\":[1,2]}}", Kind::kObject}};
    for (const auto& [text, kind] : cases) {
        const auto result = Scan(text);
        ASSERT_TRUE(result) << text << ": " << result.error().message;
        EXPECT_EQ(result->text, text);
        EXPECT_EQ(result->kind, kind) << text;
    }
}

TEST(Scan, LeavesOutTheWhiteSpaceAroundTheValueAndKeepsThatInside) {
    const auto result = Scan(" \t\r\n          [ 1 ,\n\n            2 ]\n        ");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->text, "[ 1 ,\n\n            2 ]");
}

TEST(Scan, NamesTheByteAndWhatStandsThere) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "byte 0: ends where a value was expected"},
        {"   ", "byte 3: ends where a value was expected"},
        {"{\"a\":1 x", "byte 7: expected ',' or '}', found 'x'"},
        {"[1 x", "byte 3: expected ',' or ']', found 'x'"},
        {"[1}", "byte 2: expected ',' or ']', found '}'"},
        {"{\"a\" 1}", "byte 5: expected ':', found '1'"},
        {"{a:1}", "byte 1: expected a name in quotes or '}', found 'a'"},
        {"{\"a\":1,}", "byte 7: expected a name in quotes, found '}'"},
        {"[1,]", "byte 3: expected a value, found ']'"},
        {"[,1]", "byte 1: expected a value, found ','"},
        {"\"abc", "byte 4: ends in the middle of a string"},
        {"\"a\\", "byte 3: ends in the middle of a string"},
        {"\"\\u12", "byte 5: ends in the middle of a string"},
        {"{\"a\"", "byte 4: ends where ':' was expected"},
        {"{\"a\":", "byte 5: ends where a value was expected"},
        {"{\"a\":1", "byte 6: ends where ',' or '}' was expected"},
        {"{", "byte 1: ends where a name in quotes or '}' was expected"},
        {"tru", "byte 3: ends in the middle of 'true'"},
        {"nul]", "byte 0: expected a value, found 'n'"},
        {"\"\\x\"", "byte 1: no such escape: '\\' and 'x'"},
        {"\"\\u12G4\"", "byte 5: expected four hexadecimal digits behind '\\u', found 'G'"},
        {"\"a\nb\"", "byte 2: control character 0x0a in a string must be escaped"},
        {"\"a\0b\""s, "byte 2: control character 0x00 in a string must be escaped"},
        {"\0"s, "byte 0: expected a value, found byte 0x00"},
        {"NaN", "byte 0: NaN is not JSON"},
        {"[-Infinity]", "byte 2: Infinity is not JSON"},
        {"Infinity", "byte 0: Infinity is not JSON"},
        {"[1, // one\n2]", "byte 4: a comment is not JSON"},
        {"\xEF\xBB\xBF{}", "byte 0: a byte order mark is not JSON"},
        {"{} {}", "byte 3: a second value follows"},
        {"1 2", "byte 2: a second value follows"},
        {"{}}", "byte 2: expected the end, found '}'"},
        {"01", "byte 0: a number must not start with a needless 0"},
        {"-", "byte 1: ends in the middle of a number"},
        {"1.", "byte 2: ends in the middle of a number"},
        {"[1.]", "byte 3: expected a digit, found ']'"},
        {"1e+", "byte 3: ends in the middle of a number"},
        {".5", "byte 0: expected a value, found '.'"},
        {"+1", "byte 0: expected a value, found '+'"},
        {"0x10", "byte 1: expected the end, found 'x'"},
        {"'a'", "byte 0: expected a value, found '''"}};
    for (const auto& [text, cause] : cases) EXPECT_EQ(Cause(text), cause) << text;
}

TEST(Scan, RefusesWhatIsNotUtf8AtItsFirstByte) {
    EXPECT_EQ(Cause("\"ab\xFF\""), "byte 3 is not UTF-8");
    EXPECT_EQ(Cause("\"\xC0\xA0\""), "byte 1 is not UTF-8");
    EXPECT_EQ(Cause("\"\xC3\xA9\xE2\x82\""), "byte 3 is not UTF-8") << "behind a good sequence";
    EXPECT_EQ(Cause("\"\xED\xA0\x80\""), "byte 1 is not UTF-8") << "surrogate";
    EXPECT_EQ(Cause("\"\xF4\x90\x80\x80\""), "byte 1 is not UTF-8") << "above U+10FFFF";
    EXPECT_EQ(Cause("\"\xE2\x82"), "byte 1 is not UTF-8") << "cut short";
    EXPECT_EQ(Cause("{\"\x80\":1}"), "byte 2 is not UTF-8") << "in a name";
    EXPECT_EQ(Cause("\xC3\xA9"), "byte 0: expected a value, found byte 0xc3");
    EXPECT_EQ(Cause("\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\xF0\x9F\x98\x80\""), "accepted");
}

TEST(Scan, RefusesHalfASurrogatePairAndAcceptsAWholeOne) {
    const std::string cause = ": half of a surrogate pair stands alone";
    EXPECT_EQ(Cause(R"("\uD83D")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\uDE00")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\uD83Dx")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\uD83D\n")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\uD83D\uD83D")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\uDE00\uD83D")"), "byte 1" + cause);
    EXPECT_EQ(Cause(R"("\ud83d\ude00")"), "accepted");
}

TEST(Scan, CountsLevelsUpToTheLimitAndNoFurther) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_EQ(Cause(nested(64)), "accepted");
    EXPECT_EQ(Cause(nested(65)), "byte 64: nested deeper than 64 levels");
    EXPECT_EQ(Cause(nested(10'000)), "byte 64: nested deeper than 64 levels");
    EXPECT_EQ(Cause(nested(200), {200}), "accepted");
    EXPECT_EQ(Cause(nested(200'000), {200'000}), "accepted");
    EXPECT_EQ(Cause("[[]]", {1}), "byte 1: nested deeper than 1 levels");
}

TEST(Scan, KeepsKindsOfLevelsApartBeyondTheFirst64) {
    std::string text;
    std::string close;
    for (int i = 0; i < 300; ++i) {
        const bool object = i % 3 != 0;
        text += object ? "{\"a\":" : "[";
        close.insert(0, 1, object ? '}' : ']');
    }
    EXPECT_EQ(Cause(text + "1" + close, {300}), "accepted");
    close[290] = close[290] == '}' ? ']' : '}';
    EXPECT_NE(Cause(text + "1" + close, {300}), "accepted");
}

// A NUL is no end of the text: it once passed for one.
TEST(Scan, RefusesControlCharactersWhereverTheyStand) {
    for (std::size_t spaces = 0; spaces < 70; ++spaces) {
        for (const char control : {'\0', '\x01', '\v', '\x1F'}) {
            const std::string padding(spaces, ' ');
            EXPECT_FALSE(Scan("[1]" + padding + control));
            EXPECT_FALSE(Scan(padding + control + "[1]"));
            EXPECT_FALSE(Scan("[" + padding + control + "1]"));
            EXPECT_FALSE(Scan("[\"" + padding + control + "\"]"));
        }
    }
}

TEST(Scan, ReadsTokensWhereverABlockOf64BytesEnds) {
    for (std::size_t spaces = 0; spaces < 70; ++spaces) {
        const std::string padding(spaces, ' ');
        const std::string good = padding + R"({"a\\\"":[-1.5e3,true,"\\"],"b":{}})";
        EXPECT_TRUE(Scan(good)) << good;
        for (std::size_t cut = padding.size() + 1; cut < good.size(); ++cut) EXPECT_FALSE(Scan(good.substr(0, cut)));
        EXPECT_FALSE(Scan(padding + R"({"a":1e})"));
        EXPECT_FALSE(Scan(padding + R"(["a"1])"));
        EXPECT_FALSE(Scan(padding + R"([01])"));
        EXPECT_FALSE(Scan(padding + R"(["a\"])"));
        EXPECT_FALSE(Scan(padding + R"([tru e])"));
        EXPECT_FALSE(Scan(padding + R"([1,])"));
    }
}

TEST(Scan, ReadsAStringOfAMebibyteWhereverItsLastByteStands) {
    for (std::size_t extra = 0; extra < 9; ++extra) {
        const std::string text = "\"" + std::string((1u << 20) + extra, 'x') + "\"";
        EXPECT_EQ(Cause(text), "accepted");
        EXPECT_EQ(Cause(text.substr(0, text.size() - 1)),
                  "byte " + std::to_string(text.size() - 1) + ": ends in the middle of a string");
    }
}

TEST(Scan, FindsEachSpecialByteAtEachPlaceInARun) {
    for (std::size_t length = 0; length < 20; ++length) {
        for (std::size_t place = 0; place < length; ++place) {
            for (const char special : {'\x01', '\x1F', '\x80', '\xFF'}) {
                std::string text = "\"" + std::string(length, ' ') + "\"";
                text[1 + place] = special;
                const std::string found =
                    special == '\x01' || special == '\x1F' ? ": control character" : " is not UTF-8";
                EXPECT_TRUE(Cause(text).starts_with("byte " + std::to_string(1 + place) + found)) << Cause(text);
            }
            std::string fine = "\"" + std::string(length, '!') + "\"";
            fine[1 + place] = '\x7F';
            EXPECT_EQ(Cause(fine), "accepted") << "DEL is allowed by RFC 8259";
        }
    }
}

}  // namespace
}  // namespace fanfare::json
