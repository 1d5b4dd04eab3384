#include "cli/event_input.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/text.hpp"

namespace fanfare::cli {

std::vector<Option> EventOptions() {
    return {{"type", "TYPE", "type of the event"},
            {"source", "URI", "source of the event"},
            {"id", "ID", "id of the event (default: a new one)"},
            {"subject", "TEXT", "subject of the event"},
            {"content-type", "TYPE",
             "what the file is (default application/json; application/cloudevents+json, "
             "application/x-ndjson, ...)"},
            {"header", "'NAME: VALUE'", "a header of the request; may be given more than once", true}};
}

base::Result<std::vector<std::pair<std::string, std::string>>> EventHeaders(const Arguments& arguments) {
    const std::string content_type = arguments.Get("content-type");
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", content_type.empty() ? "application/json" : content_type}};
    for (const auto& [option, header] : {std::pair{"type", "Fanfare-Type"},
                                         {"source", "Fanfare-Source"},
                                         {"id", "Fanfare-Id"},
                                         {"subject", "Fanfare-Subject"}}) {
        if (const std::string value = arguments.Get(option); !value.empty()) headers.emplace_back(header, value);
    }
    for (const std::string& line : arguments.All("header")) {
        const std::size_t colon = line.find(':');
        const bool controls =
            std::any_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
        if (colon == 0 || colon == std::string::npos || controls) {
            return base::MakeError(base::Code::kInvalid,
                                   "--header wants one line, as in --header 'X-GitHub-Event: push'");
        }
        headers.emplace_back(line.substr(0, colon), std::string(base::Trim(line.substr(colon + 1))));
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
