#include "cli/filter.hpp"

#include <sysexits.h>

#include <chrono>
#include <utility>

#include "cli/api.hpp"
#include "config/quantity.hpp"

namespace fanfare::cli {

std::optional<std::string> FilterQuery(const Arguments& arguments) {
    std::string query;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) query += (query.empty() ? "" : "&") + name + "=" + PercentEncode(value);
    };
    for (const char* name : {"state", "destination", "realm", "type", "text"}) add(name, arguments.Get(name));
    for (const auto& [option, parameter] :
         {std::pair("older-than", "older_than"), std::pair("newer-than", "newer_than")}) {
        const std::string text = arguments.Get(option);
        if (text.empty()) continue;
        const auto age = config::ParseDuration(text);
        if (!age) {
            Fail(EX_USAGE, "--" + std::string(option) + " is '" + text + "'; write it as 30s, 10m, 2h or 3d");
            return std::nullopt;
        }
        add(parameter, std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*age).count()));
    }
    return query;
}

}  // namespace fanfare::cli
