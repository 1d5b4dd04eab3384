#include "app/templates.hpp"

#include <utility>

namespace fanfare::app {
namespace {

constexpr std::string_view kFormat = "fanfare-template-";

shape::Place PlaceOf(std::string_view format) {
    const std::string_view word = format.substr(kFormat.size());
    if (word == "url") return shape::Place::kUrl;
    if (word == "html") return shape::Place::kHtml;
    if (word == "text") return shape::Place::kText;
    return shape::Place::kLine;
}

std::string Words(const shape::Fault& fault) {
    if (fault.line == 0) return fault.message;
    return "line " + std::to_string(fault.line) + ", column " + std::to_string(fault.column) + ": " + fault.message;
}

}  // namespace

const config::Position& Locate(const config::Destination& destination, std::string pointer) {
    while (true) {
        const auto found = destination.option_positions.find(pointer);
        if (found != destination.option_positions.end()) return found->second;
        if (pointer.empty()) return destination.where;
        pointer.erase(pointer.rfind('/'));
    }
}

std::shared_ptr<const shape::Options> CompileTemplates(const config::Destination& destination,
                                                       const schema::Schema& schema, const json::Value& options,
                                                       std::vector<config::Diagnostic>& diagnostics) {
    std::vector<shape::OptionSpec> specs;
    for (const auto& [pointer, format] : schema.PointersOfFormat(options, kFormat)) {
        const auto& text = json::At(options, pointer)->get_ref<const std::string&>();
        if (shape::IsTemplate(text)) specs.push_back({pointer, text, PlaceOf(format)});
    }
    if (specs.empty()) return nullptr;
    auto compiled = shape::Options::Compile(specs, destination.shaping.missing);
    if (auto* const templates = std::get_if<0>(&compiled)) return std::move(*templates);
    for (const shape::Fault& fault : std::get<1>(compiled)) {
        diagnostics.push_back(config::At(Locate(destination, fault.part), Words(fault), fault.hint));
    }
    return nullptr;
}

}  // namespace fanfare::app
