// fanfare/config_json.hpp: options that are JSON of the far side's (its attachments, its properties), passed on as they
// are configured.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fanfare/event.hpp>
#include <fanfare/host.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

namespace detail {

// Shortest text that reads back as the same number. Options hold no infinity and no NaN: they come through JSON.
inline void append_number(std::string& out, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, value);
        if (std::strtod(text, nullptr) == value) break;
    }
    out += text;
}

}  // namespace detail

// Appends the option at `at`, with all below it, as JSON; texts that are templates as rendered for `event`. A list or
// table without members is written as {}: the two cannot be told apart.
// Errors: ConfigError if the option is absent.
inline void append_config_json(std::string& out, const Config& config, std::string_view at, const Event& event) {
    if (const auto rendered = event.option(at)) return append_json_string(out, *rendered);
    if (const auto text = config.find_str(at)) return append_json_string(out, *text);
    if (const auto integer = config.find_i64(at)) {
        out += std::to_string(*integer);
        return;
    }
    if (const auto number = config.find_f64(at)) return detail::append_number(out, *number);
    if (const auto truth = config.find_bool(at)) {
        out += *truth ? "true" : "false";
        return;
    }
    if (!config.has(at)) throw ConfigError("option " + std::string(at) + " is missing");
    const std::size_t size = config.size(at);
    const bool is_list = size > 0 && !config.find_key(at, 0);
    out += is_list ? '[' : '{';
    for (std::size_t i = 0; i < size; ++i) {
        if (i > 0) out += ',';
        const std::string name = is_list ? std::to_string(i) : config.key(at, i);
        if (!is_list) {
            append_json_string(out, name);
            out += ':';
        }
        append_config_json(out, config, pointer(at, name), event);
    }
    out += is_list ? ']' : '}';
}

FANFARE_SDK_END
