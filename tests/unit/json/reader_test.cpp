#include "json/reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "json/scan.hpp"

namespace fanfare::json {
namespace {

Raw Scanned(std::string_view text) {
    const auto result = Scan(text);
    EXPECT_TRUE(result) << text;
    return result ? *result : Raw{};
}

TEST(Members, GivesNamesAndValuesInOrderAsTheyStand) {
    const auto members = Members(Scanned(R"( { "a" : 1.50 , "b\n":"x\"}" ,"c":{"d":[1,2]} , "e":[], "f" : null } )"));
    ASSERT_TRUE(members);
    ASSERT_EQ(members->size(), 5u);
    EXPECT_EQ((*members)[0].name, "a");
    EXPECT_EQ((*members)[0].value.text, "1.50");
    EXPECT_EQ((*members)[1].name, "b\\n");
    EXPECT_EQ((*members)[1].value.text, R"("x\"}")");
    EXPECT_EQ((*members)[2].value.text, R"({"d":[1,2]})");
    EXPECT_EQ((*members)[2].value.kind, Kind::kObject);
    EXPECT_EQ((*members)[3].value.text, "[]");
    EXPECT_EQ((*members)[4].value.text, "null");
    EXPECT_EQ((*members)[4].value.kind, Kind::kNull);
}

TEST(Members, RefusesANameThatStandsTwiceHoweverItIsSpelt) {
    const std::string_view cases[] = {R"({"id":1,"x":2,"id":3})", R"({"id":1,"\u0069d":3})", R"({"":1,"":3})"};
    for (const std::string_view text : cases) {
        const auto members = Members(Scanned(text));
        ASSERT_FALSE(members) << text;
        EXPECT_EQ(members.error().code, base::Code::kInvalid);
    }
    EXPECT_EQ(Members(Scanned(cases[0])).error().message, "the member 'id' stands there twice");
    EXPECT_TRUE(Members(Scanned(R"({"id":{"a":1},"ID":{"a":1},"i\u0064x":2})")));
}

TEST(Members, FindsATwinAmongManyAndNoneWhereThereIsNone) {
    std::string text = "{";
    for (int i = 0; i < 100'000; ++i) text += "\"m" + std::to_string(i) + "\":0,";
    EXPECT_TRUE(Members(Scanned(text + "\"last\":1}")));
    const auto twice = Members(Scanned(text + "\"m50000\":1}"));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message, "the member 'm50000' stands there twice");
}

TEST(Elements, GivesEachElementWhole) {
    const auto elements = Elements(Scanned(R"([1,"]",[2,[3]], {"a":"]"} ,true])"));
    ASSERT_EQ(elements.size(), 5u);
    EXPECT_EQ(elements[1].text, "\"]\"");
    EXPECT_EQ(elements[2].text, "[2,[3]]");
    EXPECT_EQ(elements[3].text, R"({"a":"]"})");
    EXPECT_EQ(elements[4].kind, Kind::kBoolean);
    EXPECT_TRUE(Elements(Scanned("[ ]")).empty());
}

TEST(Unescape, UndoesEveryEscape) {
    EXPECT_EQ(Unescape(Scanned(R"("plain")")), "plain");
    EXPECT_EQ(Unescape(Scanned(R"("\"\\\/\b\f\n\r\t")")), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(Unescape(Scanned(R"("\u0041\u00e9\u20AC\uD83D\uDE00!")")), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80!");
    EXPECT_EQ(Unescape(Scanned(R"("a\u0000b")")), std::string("a\0b", 3));
    EXPECT_EQ(Unescape(Scanned(R"("\\u0041")")), "\\u0041");
}

TEST(Find, FollowsNamesAndTakesTheLastOfTwins) {
    const Raw value = Scanned(R"({"a":{"b":1},"a":{"b":[2]},"c":"s"})");
    EXPECT_EQ(Find(value, {"a", "b"})->text, "[2]");
    EXPECT_EQ(Find(value, {})->text, value.text);
    EXPECT_FALSE(Find(value, {"a", "x"}));
    EXPECT_FALSE(Find(value, {"c", "x"})) << "a string has no members";
    EXPECT_EQ(Find(Scanned(R"({"\u0061":7})"), {"a"})->text, "7");
}

TEST(Reader, EntersWhatIsWantedAndSkipsTheRestInOnePass) {
    const std::string text = R"({"skip":{"x":[1,{"y":"]}"}]},"want":[{"a":1},5,[]],"tail":0})";
    Reader reader(text);
    std::string seen;
    std::string_view name;
    reader.Enter();
    while (reader.NextMember(name)) {
        if (name != "want") {
            reader.Take();
            continue;
        }
        reader.Enter();
        while (reader.NextElement()) seen += std::string(reader.Take().text) + ";";
    }
    EXPECT_EQ(seen, R"({"a":1};5;[];)");
}

TEST(Reader, EndsOnTextThatWasNeverScanned) {
    for (const std::string_view text :
         {"", "{", "[", "{\"a", "{\"a\"", "{\"a\":", "[}", "[:", "{]", "[[[", "{\"a\\", "[\"", "{,,}"}) {
        Reader reader(text);
        std::string_view name;
        reader.kind();
        reader.Enter();
        for (int i = 0; i < 10 && reader.NextMember(name); ++i) reader.Take();
        EXPECT_FALSE(reader.NextMember(name)) << text;
        Reader list(text);
        list.Enter();
        for (int i = 0; i < 10 && list.NextElement(); ++i) list.Take();
        EXPECT_FALSE(list.NextElement()) << text;
    }
}

}  // namespace
}  // namespace fanfare::json
