// What a tag may print: a piece of the event's JSON where it stands, or text that is not JSON. Inside of the room.
#pragma once

#include <string>
#include <string_view>

#include "json/scan.hpp"
#include "shape/work.hpp"

namespace fanfare::shape {

// Deeper than ingest lets data be, by what a template or preset puts around it.
inline constexpr json::ScanLimits kJsonLimits{1024};

struct Value {
    json::Kind kind = json::Kind::kNull;
    std::string_view text;
    bool plain = false;    // `text` is the string itself, not the JSON of it
    bool as_json = false;  // as text it prints as JSON, strings with their quotes
};

inline Value OfJson(const json::Raw& raw) { return {raw.kind, raw.text, false, false}; }
inline Value OfText(std::string_view text) { return {json::Kind::kString, text, true, false}; }

// What hides a section: false, null and the empty list.
bool IsFalse(const Value& value, Work& work);
// Strings without quotes, null as nothing, all else as its JSON.
void AppendText(std::string& out, const Value& value);
// As one JSON value. Text must be UTF-8.
void AppendJson(std::string& out, const Value& value);

}  // namespace fanfare::shape
