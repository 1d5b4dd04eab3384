#include "cli/event_input.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace fanfare::cli {

std::vector<Option> EventOptions() {
    return {{"type", "TYPE", "type of the event"},
            {"source", "URI", "source of the event"},
            {"id", "ID", "id of the event (default: a new one)"},
            {"subject", "TEXT", "subject of the event"},
            {"content-type", "TYPE", "what the file is (default application/json; application/cloudevents+json, "
                                     "application/x-ndjson, ...)"}};
}

std::vector<std::pair<std::string, std::string>> EventHeaders(const Arguments& arguments) {
    const std::string content_type = arguments.Get("content-type");
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", content_type.empty() ? "application/json" : content_type}};
    for (const auto& [option, header] : {std::pair{"type", "Fanfare-Type"},
                                         {"source", "Fanfare-Source"},
                                         {"id", "Fanfare-Id"},
                                         {"subject", "Fanfare-Subject"}}) {
        if (const std::string value = arguments.Get(option); !value.empty()) headers.emplace_back(header, value);
    }
    return headers;
}

std::optional<std::string> ReadAll(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace fanfare::cli
