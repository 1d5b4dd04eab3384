#include "shape/value.hpp"

#include "base/json_text.hpp"

namespace fanfare::shape {
namespace {

// There may be any amount of white space to read.
bool IsEmptyList(std::string_view list, Work& work) {
    const std::size_t first = list.find_first_not_of(" \t\r\n", 1);
    work.Charge(first);
    return list[first] == ']';
}

}  // namespace

bool IsFalse(const Value& value, Work& work) {
    switch (value.kind) {
        case json::Kind::kNull:
            return true;
        case json::Kind::kBoolean:
            return value.text == "false";
        case json::Kind::kArray:
            return IsEmptyList(value.text, work);
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
