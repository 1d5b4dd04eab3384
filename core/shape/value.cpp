#include "shape/value.hpp"

#include "base/json_text.hpp"
#include "json/reader.hpp"

namespace fanfare::shape {
namespace {

bool IsEmptyList(const Value& value) {
    json::Reader reader(value.text);
    reader.Enter();
    return !reader.NextElement();
}

}  // namespace

bool IsFalse(const Value& value) {
    switch (value.kind) {
        case json::Kind::kNull:
            return true;
        case json::Kind::kBoolean:
            return value.text == "false";
        case json::Kind::kArray:
            return IsEmptyList(value);
        case json::Kind::kObject:
        case json::Kind::kString:
        case json::Kind::kNumber:
            return false;
    }
    return false;
}

void AppendText(std::string& out, const Value& value) {
    if (value.plain || value.as_json) {
        out += value.text;
    } else if (value.kind == json::Kind::kString) {
        out += json::Unescape({value.text, value.kind});
    } else if (value.kind != json::Kind::kNull) {
        out += value.text;
    }
}

void AppendJson(std::string& out, const Value& value) {
    if (value.plain) {
        base::AppendJsonString(out, value.text);
    } else {
        out += value.text;
    }
}

}  // namespace fanfare::shape
