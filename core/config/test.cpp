#include <algorithm>

#include "base/text.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxEvent = 16u << 20;

struct Header {
    std::string_view key;
    std::string_view name;
};
constexpr Header kHeaders[] = {{"content_type", "Content-Type"},
                               {"type", "Fanfare-Type"},
                               {"source", "Fanfare-Source"},
                               {"id", "Fanfare-Id"},
                               {"subject", "Fanfare-Subject"}};

class TestReader {
public:
    TestReader(Draft& draft, const Document& document, const toml::table& table)
        : draft_(draft), document_(document), keys_({document, draft.report}, table, "[[test]]") {
        test_.where = document.PositionOf(table);
    }

    void Read() {
        ReadName();
        keys_.String("realm", test_.realm);
        ReadEvent();
        ReadHeaders();
        ReadExpected();
        ReadPayload();
        keys_.RefuseUnknown();
        draft_.config.tests.push_back(std::move(test_));
    }

private:
    void ReadName() {
        if (keys_.String("name", test_.name)) {
            draft_.Take("test " + Quoted(test_.name), keys_.PositionOf("name"));
        } else if (!keys_.Find("name") && !document_.MayHaveLost("name")) {
            draft_.report.Error(test_.where, "a test has no 'name'", "say in a sentence what must be true");
        }
    }

    // Its data as a table, or the body of a request in a file.
    void ReadEvent() {
        const toml::table* data = keys_.FindTable("event");
        const bool has_file = keys_.Find("event_file") != nullptr;
        if (data && has_file) {
            draft_.report.Error(keys_.PositionOf("event_file"), "a test has both 'event' and 'event_file'",
                                "take out one of the two");
        } else if (data) {
            json::Value value;
            ElementPositions ignored;
            if (ToJson(keys_.scope(), *data, "/event", value, ignored)) test_.body = json::Dump(value);
        } else if (has_file) {
            keys_.File("event_file", kMaxEvent, test_.body);
        } else if (!keys_.Find("event")) {
            draft_.report.Error(test_.where, "test " + Quoted(test_.name) + " has no event",
                                "write event = { ... }, the data, or event_file = \"NAME\"");
        }
    }

    void ReadHeaders() {
        for (const Header& header : kHeaders) {
            std::string value = header.key == "content_type" ? "application/json" : "";
            keys_.String(header.key, value);
            if (!value.empty()) test_.headers.emplace_back(header.name, std::move(value));
        }
        if (const toml::table* more = keys_.FindTable("headers")) {
            for (const Member& member : Members(*more, document_)) {
                std::string value;
                if (ReadString(keys_.scope(), *member.value, member.name, value)) {
                    test_.headers.emplace_back(member.name, std::move(value));
                }
            }
        }
    }

    void ReadExpected() {
        keys_.Boolean("refused", test_.refused);
        for (const toml::node* element : keys_.StringOrList("expect")) {
            std::string name;
            if (!ReadString(keys_.scope(), *element, "expect", name)) continue;
            draft_.test_destinations.emplace_back(document_.PositionOf(*element), name);
            test_.expect.push_back(std::move(name));
        }
        if (test_.refused && keys_.Find("expect")) {
            draft_.report.Error(keys_.PositionOf("expect"), "an event that is refused goes nowhere",
                                "take out 'expect' or 'refused'");
        } else if (!test_.refused && !keys_.Find("expect")) {
            draft_.report.Error(test_.where, "test " + Quoted(test_.name) + " does not say what to expect",
                                "write expect = [\"name-of-a-destination\"], expect = [] or refused = true");
        }
    }

    void ReadPayload() {
        const toml::table* payload = keys_.FindTable("payload");
        if (!payload) return;
        for (const Member& member : Members(*payload, document_)) {
            const std::string name(member.name);
            if (std::find(test_.expect.begin(), test_.expect.end(), name) == test_.expect.end()) {
                draft_.report.Error(member.where, "'payload' names " + Quoted(name) + ", which 'expect' does not",
                                    "name it in 'expect' too");
            }
            ReadString(keys_.scope(), *member.value, member.name, test_.payload[name]);
        }
    }

    Draft& draft_;
    const Document& document_;
    Keys keys_;
    Test test_;
};

}  // namespace

void ReadTests(Draft& draft, const Document& document) {
    ReadListedTables(draft, document, "test",
                     [&](const toml::table& table) { TestReader(draft, document, table).Read(); });
}

}  // namespace fanfare::config
