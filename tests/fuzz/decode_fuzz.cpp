// Requests of strangers, damaged in body and headers: what is accepted keeps the promises of decode.hpp, what is
// refused says why.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "fuzz/mutate.hpp"
#include "ingest/decode.hpp"
#include "json/scan.hpp"
#include "model/media_type.hpp"

namespace fanfare::ingest {
namespace {

using OwnHeaders = std::vector<std::pair<std::string, std::string>>;

struct Seed {
    OwnHeaders headers;
    std::string body;
};

std::vector<Seed> Seeds() {
    const std::string event =
        R"({"specversion":"1.0","id":"a-1","source":"/s?x=%20","type":"a.b",)"
        R"("subject":"caf\u00e9","time":"2026-01-31T23:59:59.5+01:00",)"
        R"("realm":"prod","n":-5,"flag":true,"gone":null,"dataschema":"https://e.x/y",)"
        R"("datacontenttype":"application/json","data":{"a":[1,"\uD83D\uDE00"]}})";
    const std::string base64 =
        R"({"specversion":"1.0","id":"2","source":"/s","type":"t",)"
        R"("datacontenttype":"image/png","data_base64":"AAEC/w=="})";
    const OwnHeaders binary = {{"ce-specversion", "1.0"},
                               {"ce-id", "1"},
                               {"ce-source", "/s"},
                               {"ce-type", "t"},
                               {"ce-ext", "\"a b\""},
                               {"ce-subject", "caf%C3%A9%20%25"},
                               {"Content-Type", "application/json"}};
    return {{{{"Content-Type", "application/cloudevents+json"}}, event},
            {{{"Content-Type", "application/cloudevents+json; charset=utf-8"}, {"Fanfare-Realm", "prod"}}, base64},
            {{{"Content-Type", "application/cloudevents-batch+json"}}, "[" + event + "," + base64 + "]"},
            {binary, fuzz::ReadSample("gadz-request.json")},
            {{{"Content-Type", "application/json"}, {"Fanfare-Type", "x.y"}, {"Fanfare-Id", "1"}},
             fuzz::ReadSample("change-create.json")},
            {{{"Content-Type", "application/x-ndjson"}, {"Fanfare-Realm", "prod"}}, "{\"a\":1}\n\n[2]\r\n\"x\"\n"},
            {{{"Content-Type", "text/plain"}}, "opaque"}};
}

void Damage(Seed& seed, fuzz::Random& random) {
    if (fuzz::Below(random, 3) != 0) seed.body = fuzz::Mutate(seed.body, random);
    if (fuzz::Below(random, 3) != 0) return;
    auto& [name, value] = seed.headers[fuzz::Below(random, seed.headers.size())];
    switch (fuzz::Below(random, 4)) {
        case 0: name = fuzz::Mutate(name, random); break;
        case 1: value = fuzz::Mutate(value, random); break;
        case 2: seed.headers.push_back({name, value}); break;
        case 3: value = "%" + base::EncodeHex(fuzz::Piece(random)); break;
    }
}

void ExpectPromises(const Decoded& decoded, const std::string& shown) {
    if (decoded.refusal) {
        EXPECT_TRUE(decoded.events.empty()) << shown;
        EXPECT_FALSE(decoded.refusal->faults.empty()) << shown;
        EXPECT_FALSE(decoded.refusal->error.message.empty()) << shown;
        for (const char c : decoded.refusal->error.message) ASSERT_TRUE(c < 0 || c >= 0x20) << shown;
        EXPECT_TRUE(base::IsUtf8(decoded.refusal->error.message)) << shown;
        return;
    }
    for (const model::Envelope& envelope : decoded.events) {
        EXPECT_TRUE(model::Validate(envelope).empty()) << shown;
        const model::Event& event = envelope.event;
        if (!event.data.empty() && model::IsJson(event.content_type)) {
            ASSERT_TRUE(json::Scan(event.data)) << shown;
        }
    }
}

TEST(DecodeFuzz, AcceptedRequestsKeepThePromisesAndRefusedOnesSayWhy) {
    const std::vector<Seed> seeds = Seeds();
    fuzz::Random random(11);
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        Seed seed = seeds[fuzz::Below(random, seeds.size())];
        Damage(seed, random);
        Input input{"", {}, seed.body, base::Time()};
        std::string shown = seed.body;
        for (const auto& [name, value] : seed.headers) {
            input.headers.push_back({name, value});
            shown += "\n" + name + ": " + value;
        }
        const Decoded decoded = Decode(input, {});
        accepted += !decoded.refusal;
        ExpectPromises(decoded, shown);
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(accepted, 5'000u);
    EXPECT_LT(accepted, 95'000u);
}

TEST(DecodeFuzz, EverySeedIsAcceptedUndamaged) {
    for (const Seed& seed : Seeds()) {
        Input input{"", {}, seed.body, base::Time()};
        for (const auto& [name, value] : seed.headers) input.headers.push_back({name, value});
        const Decoded decoded = Decode(input, {});
        EXPECT_FALSE(decoded.refusal) << decoded.refusal->error.message;
    }
}

// Source of the encoding: CloudEvents HTTP protocol binding 1.0.2, 3.1.3.2, steps to encode.
TEST(DecodeFuzz, EveryTextSurvivesTheEncodingOfTheSpecification) {
    fuzz::Random random(5);
    const std::vector<std::string> letters = {
        "a", " ", "\"", "%", "\\", "~", "!", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "%41"};
    for (int i = 0; i < 20'000; ++i) {
        std::string text = "x";
        for (std::size_t left = fuzz::Below(random, 12); left > 0; --left) {
            text += letters[fuzz::Below(random, letters.size())];
        }
        std::string encoded;
        for (const char c : text) {
            const bool plain = c > 0x20 && c < 0x7F && c != '"' && c != '%';
            encoded += plain ? std::string(1, c) : "%" + base::EncodeHex({&c, 1});
        }
        const Input input{"",
                          {{"ce-specversion", "1.0"}, {"ce-id", encoded}, {"ce-source", "/s"}, {"ce-type", "t"}},
                          "",
                          base::Time()};
        const Decoded decoded = Decode(input, {});
        ASSERT_EQ(decoded.events.size(), 1u) << encoded;
        ASSERT_EQ(decoded.events[0].event.id, text) << encoded;
    }
}

}  // namespace
}  // namespace fanfare::ingest
