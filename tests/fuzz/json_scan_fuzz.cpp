// Our scanner, reader and outline against nlohmann::json, which shares no code with them, on damaged documents.
#include <gtest/gtest.h>

#include "fuzz/mutate.hpp"
#include "json/reader.hpp"
#include "json/scan.hpp"
#include "json/value.hpp"
#include "unit/json/walking.hpp"

namespace fanfare::json {
namespace {

Value Rebuild(const Raw& raw) {
    switch (raw.kind) {
        case Kind::kObject: {
            Value object = Value::object();
            Reader reader(raw.text);
            reader.Enter();
            for (std::string_view name; reader.NextMember(name);) object[UnescapeName(name)] = Rebuild(reader.Take());
            return object;
        }
        case Kind::kArray: {
            Value array = Value::array();
            for (const Raw& element : Elements(raw)) array.push_back(Rebuild(element));
            return array;
        }
        case Kind::kString:
            return Unescape(raw);
        case Kind::kNumber:
        case Kind::kBoolean:
        case Kind::kNull:
            return Value::parse(raw.text);
    }
    return {};
}

// Where nlohmann is not strict RFC 8259: it skips a byte order mark, ends at a NUL, and refuses numbers that no double
// holds.
bool KnownDifference(const std::string& text) {
    if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string::npos) return true;
    try {
        const Value parsed = Value::parse(text);
        return false;
    } catch (const Value::out_of_range&) {
        return true;
    } catch (const Value::exception&) {
        return false;
    }
}

std::vector<std::string> Seeds() {
    std::vector<std::string> seeds = {
        R"({"a":[1,-0.5e-3,true,false,null,"x\u00e9\uD83D\uDE00\n"],"":{},"b":{"c":[[],[{}]]}})",
        "[\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\", 12345678901234567890, 0.1, 1E5, \"\\\\\\\"\\/\"]",
        "  \"a string long enough to be read by words \\t and on\"  ", "-12.5e+7", "[{},{\"a\":1},[2,3]]"};
    for (const char* name : {"change-create.json", "change-update.json", "gadz-request.json"}) {
        seeds.push_back(fuzz::ReadSample(name));
    }
    return seeds;
}

TEST(JsonScanFuzz, AgreesWithAnIndependentParserOnDamagedDocuments) {
    const std::vector<std::string> seeds = Seeds();
    fuzz::Random random(20250301);
    std::size_t accepted = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::string text = fuzz::Mutate(seeds[fuzz::Below(random, seeds.size())], random);
        const auto ours = Scan(text, {100'000});
        if (ours.has_value() != Value::accept(text)) {
            ASSERT_TRUE(KnownDifference(text)) << text << (ours ? "\naccepted" : "\n" + ours.error().message);
            continue;
        }
        accepted += ours.has_value();
        if (ours && i % 4 == 0) {
            ASSERT_EQ(Rebuild(*ours), Value::parse(text)) << text;
            Outline outline;
            ASSERT_TRUE(Scan(text, {100'000}, &outline)) << text;
            ASSERT_EQ(WalkByOutline(OutlinedText(text, outline, {})), WalkByReader(text)) << text;
        }
    }
    EXPECT_GT(accepted, 10'000u) << "too few good documents to say anything";
}

TEST(JsonScanFuzz, TheReaderEndsInsideOfTextThatWasNeverScanned) {
    const std::vector<std::string> seeds = Seeds();
    fuzz::Random random(7);
    for (int i = 0; i < 50'000; ++i) {
        const std::string text = fuzz::Mutate(seeds[fuzz::Below(random, seeds.size())], random);
        const Raw raw{text, Kind::kObject};
        static_cast<void>(Members(raw));
        for (const Raw& element : Elements(raw)) {
            ASSERT_GE(element.text.data(), text.data());
            ASSERT_LE(element.text.data() + element.text.size(), text.data() + text.size());
            static_cast<void>(Unescape(element));
        }
    }
}

}  // namespace
}  // namespace fanfare::json
