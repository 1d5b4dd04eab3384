// What stands in a JSON text, as one text of our own: once read by the Reader, once by an outline.
#pragma once

#include <string>

#include "json/outline.hpp"
#include "json/reader.hpp"

namespace fanfare::json {

inline std::string WalkByReader(std::string_view text) {
    const Raw raw = Reader(text).Take();
    if (raw.kind != Kind::kObject && raw.kind != Kind::kArray) return std::string(raw.text) + "\n";
    Reader reader(raw.text);
    reader.Enter();
    std::string all;
    if (raw.kind == Kind::kArray) {
        while (reader.NextElement()) all += WalkByReader(reader.Take().text);
        return "[\n" + all + "]\n";
    }
    for (std::string_view name; reader.NextMember(name);) {
        const bool is_escaped = reader.escaped();
        all += std::string(name) + (is_escaped ? " (escaped): " : ": ") + WalkByReader(reader.Take().text);
    }
    return "{\n" + all + "}\n";
}

inline std::string WalkByOutline(const OutlinedText& text, const Outline::Mark& value) {
    std::string all;
    switch (text.kind(value)) {
        case Kind::kObject:
            for (const auto& [name, member] : text.Members(value)) {
                all += std::string(text.Name(name)) + (name.is_escaped ? " (escaped): " : ": ") +
                       WalkByOutline(text, member);
            }
            return "{\n" + all + "}\n";
        case Kind::kArray:
            for (const Outline::Mark& element : text.Elements(value)) all += WalkByOutline(text, element);
            return "[\n" + all + "]\n";
        case Kind::kString:
        case Kind::kNumber:
        case Kind::kBoolean:
        case Kind::kNull:
            break;
    }
    return std::string(text.ReaderAt(value).Take().text) + "\n";
}

inline std::string WalkByOutline(const OutlinedText& text) { return WalkByOutline(text, text.root()); }

}  // namespace fanfare::json
