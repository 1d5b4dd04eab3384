#include "shape/field.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "shape/url.hpp"

namespace fanfare::shape {
namespace {

// As much as one header field may hold, here as at ingest; a subject or a URL of this length serves nobody either.
constexpr std::size_t kLongestLine = 8192;

Format FormatOf(Place place) {
    switch (place) {
        case Place::kUrl:
            return Format::kUrl;
        case Place::kHtml:
            return Format::kHtml;
        case Place::kLine:
        case Place::kText:
            return Format::kText;
    }
    return Format::kText;
}

// The first control character, or npos. Places of more than one line keep tabs and line feeds.
std::size_t FindControl(std::string_view text, Place place) {
    const bool lines = place == Place::kText || place == Place::kHtml;
    const auto* const it = std::find_if(text.begin(), text.end(), [&](char c) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        return control && !(lines && (c == '\n' || c == '\t'));
    });
    return it == text.end() ? std::string_view::npos : static_cast<std::size_t>(it - text.begin());
}

std::string Describe(std::string_view text, std::size_t control) {
    switch (text[control]) {
        case '\r':
        case '\n':
            return "a line break";
        case '\0':
            return "a NUL";
        case '\t':
            return "a tab";
    }
    return "the control character 0x" + base::EncodeHex(text.substr(control, 1));
}

void CheckLiterals(const Field& field, const std::string& part, std::vector<Fault>& faults) {
    for (const Node& node : field.program.nodes) {
        if (node.kind != Node::Kind::kText) continue;
        const std::string_view text = field.program.TextOf(node);
        const std::size_t control = FindControl(text, field.place);
        if (control == std::string_view::npos) continue;
        const Position position = Locate(field.program.source, node.begin + control);
        faults.push_back({part, position.line, position.column, Describe(text, control) + " must not stand here", ""});
    }
}

base::Error Refuse(const Field& field, const std::string& cause) {
    return base::MakeError(base::Code::kUnprocessable, field.program.label + ": " + cause);
}

}  // namespace

Field CompileField(const FieldName& name, std::string text, Place place, NameTree& names, std::vector<Fault>& faults) {
    Field field{Parse(std::move(text), FormatOf(place), name.part, names, faults), place};
    field.program.label = name.label;
    CheckLiterals(field, name.part, faults);
    if (place == Place::kUrl) CheckUrl(field.program, name.part, faults);
    return field;
}

base::Result<std::string> RenderField(const Field& field, const Rendering& rendering) {
    auto text = RenderProgram(field.program, rendering);
    if (!text) return text;
    if (field.place == Place::kUrl) {
        if (const std::string cause = SettleUrl(*text); !cause.empty()) return Refuse(field, cause);
    }
    if (const std::size_t control = FindControl(*text, field.place); control != std::string::npos) {
        return Refuse(field, Describe(*text, control) + " must not stand in the result");
    }
    if (!base::IsUtf8(*text)) return Refuse(field, "the result is not UTF-8");
    const bool lines = field.place == Place::kText || field.place == Place::kHtml;
    if (!lines && text->size() > kLongestLine) {
        return Refuse(field, "the result has " + std::to_string(text->size()) + " bytes; at most " +
                                 std::to_string(kLongestLine) + " are sent");
    }
    return text;
}

}  // namespace fanfare::shape
