// Random rules and events over few names and values, so that they meet.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "route/router.hpp"

namespace fanfare::route {

class RandomRules {
public:
    explicit RandomRules(unsigned seed) : random_(seed) {}

    Rule MakeRule() {
        Rule rule;
        rule.name = "r";
        rule.to = {"x"};
        if (Chance(5)) rule.realms = {Of(kRealms)};
        if (Chance(5)) rule.types = {Of(kTopics)};
        if (Chance(20)) return rule;
        rule.match = json::Value::object();
        if (Chance(2)) rule.match[Chance(2) ? "subject" : "ext"] = Tests(false);
        if (Chance(8)) rule.match["$or"] = json::Value::array({{{"subject", Tests(false)}}, {{"data", Object(0)}}});
        if (rule.match.empty() || Chance(2)) rule.match["data"] = Chance(10) ? Tests(true) : Object(0);
        return rule;
    }

    model::Envelope MakeEvent() {
        model::Envelope envelope;
        envelope.event.id = "1";
        envelope.event.source = "/s";
        envelope.event.type = Of(kTypes);
        envelope.event.content_type = "application/json";
        if (Chance(2)) envelope.realm = Of(kRealms);
        if (Chance(2)) envelope.event.subject = Of(kTexts);
        if (Chance(2)) envelope.event.extensions = {{"ext", Of(kTexts), model::AttributeKind::kString}};
        envelope.event.data = Chance(20) ? Scalar() : Data(0);
        return envelope;
    }

private:
    using Words = std::vector<std::string>;
    inline static const Words kRealms = {"a", "b", "prod"};
    inline static const Words kTypes = {"a", "a.b", "a.b.c", "b.c", "x..y", "c"};
    inline static const Words kTopics = {"a", "a.*", "a.#", "#.c", "*.b.*", "#", "*", "#.b.#", "x.*.y", "b.c"};
    inline static const Words kNames = {"a", "b", "c", "d"};
    inline static const Words kTexts = {"",
                                        "a",
                                        "ab",
                                        "abc",
                                        "ABC",
                                        "b",
                                        "cab",
                                        "1",
                                        "a*b",
                                        "a\\b",
                                        "\xC3\x89t\xC3\xA9",
                                        "\xC3\xA9T\xC3\x89",
                                        "10.0.0.1",
                                        "10.1.0.1",
                                        "2001:db8::1",
                                        "null",
                                        "aXXbYYc"};
    inline static const Words kNumbers = {"0",  "-0",  "1",    "1.0", "10e-1",           "2",
                                          "-1", "1e3", "1000", "0.1", "9007199254740993"};
    inline static const Words kPatterns = {"a*", "*b", "a*b", "*b*", "a*c", "*", "*XX*YY*", "a\\*b", "*ab*", "a\\\\b"};
    inline static const Words kNetworks = {"10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "2001:db8::/32", "10.0.0.1/32"};

    bool Chance(int one_in) { return Number(one_in) == 0; }
    int Number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    const std::string& Of(const Words& words) { return words[random_() % words.size()]; }

    json::Value RuleNumber() { return json::Value::parse(Of(kNumbers)); }

    json::Value Object(int depth) {
        json::Value object = json::Value::object();
        for (int fields = 1 + Number(2); fields > 0; --fields) {
            object[Of(kNames)] = depth < 3 && Chance(2) ? Object(depth + 1) : Tests(true);
        }
        if (Chance(8)) object["$or"] = json::Value::array({Object(depth + 1), Object(depth + 1)});
        return object;
    }

    json::Value Tests(bool data) {
        json::Value tests = json::Value::array();
        for (int count = 1 + Number(2); count > 0; --count) tests.push_back(Test(data));
        return tests;
    }

    json::Value Affix() {
        if (Chance(3)) return {{"equals-ignore-case", Of(kTexts)}};
        return Of(kTexts);
    }

    json::Value Test(bool data) {
        switch (Number(data ? 14 : 8)) {
            case 0:
                return {{"prefix", Affix()}};
            case 1:
                return {{"suffix", Affix()}};
            case 2:
                return {{"equals-ignore-case", Of(kTexts)}};
            case 3:
                return {{"wildcard", Of(kPatterns)}};
            case 4:
                return AnythingBut(data);
            case 5:
                return {{"cidr", Of(kNetworks)}};
            case 6:
                return {{"exists", Chance(2)}};
            case 8:
                return RuleNumber();
            case 9:
                return {{"numeric", {Chance(2) ? ">" : "<=", RuleNumber()}}};
            case 10:
                return {{"numeric", {">=", -1, "<", RuleNumber()}}};
            case 11:
                return Chance(2);
            case 12:
                return nullptr;
            default:
                return Of(kTexts);
        }
    }

    json::Value AnythingBut(bool data) {
        switch (Number(data ? 6 : 5)) {
            case 0:
                return {{"anything-but", Of(kTexts)}};
            case 1:
                return {{"anything-but", {Of(kTexts), Of(kTexts)}}};
            case 2:
                return {{"anything-but", {{"prefix", {Of(kTexts) + "a", Of(kTexts) + "b"}}}}};
            case 3:
                return {{"anything-but", {{"wildcard", Of(kPatterns)}}}};
            case 4:
                return {{"anything-but", {{"equals-ignore-case", Of(kTexts)}}}};
            default:
                return {{"anything-but", {RuleNumber(), RuleNumber()}}};
        }
    }

    std::string Text() {
        const std::string text = json::Value(Of(kTexts)).dump();
        return Chance(10) && text.size() > 2 && text[1] == 'a' ? "\"\\u0061" + text.substr(2) : text;
    }

    std::string Scalar() {
        switch (Number(5)) {
            case 0:
                return Of(kNumbers);
            case 1:
                return Chance(2) ? "true" : "false";
            case 2:
                return "null";
            default:
                return Text();
        }
    }

    std::string Data(int depth) {
        if (depth > 4 || Chance(3)) return Scalar();
        std::string out;
        const bool list = Chance(2);
        for (int count = Number(4); count > 0; --count) {
            if (!out.empty()) out += ",";
            if (!list) out += "\"" + Of(kNames) + "\":";  // now and then a name twice
            out += Data(depth + 1);
        }
        return (list ? "[" : "{") + out + (list ? "]" : "}");
    }

    std::mt19937 random_;
};

}  // namespace fanfare::route
