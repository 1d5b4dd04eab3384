// Plugins that break the contract in the one way that BREAK names, with the plain table of the ABI. What a source does
// not break it keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fanfare/plugin.h>

#define TEXT(text) \
    { text, sizeof(text) - 1 }

constexpr bool Breaks(std::string_view what) { return what == BREAK; }

#ifndef PLUGIN_PROPERTIES
#define PLUGIN_PROPERTIES ""
#endif
#ifndef PLUGIN_REQUIRED_OPTIONS
#define PLUGIN_REQUIRED_OPTIONS ""
#endif

constexpr char kSchema[] = "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\","
                           "\"additionalProperties\":false,\"required\":[" PLUGIN_REQUIRED_OPTIONS
                           "],\"properties\":{" PLUGIN_PROPERTIES "}}";
constexpr char kOpenSchema[] = "{\"type\":\"object\",\"properties\":{}}";

inline fanfare_result ResultOf(fanfare_outcome outcome, std::string_view reason = {}) {
    fanfare_result result{};
    result.struct_size = sizeof result;
    result.outcome = outcome;
    result.reason = {reason.data(), reason.size()};
    return result;
}

inline void Answer(const fanfare_host* host, fanfare_ctx* ctx, std::uint64_t batch, std::size_t index,
                   fanfare_outcome outcome, std::string_view reason = {}) {
    fanfare_result result = ResultOf(outcome, reason);
    result.index = static_cast<std::uint32_t>(index);
    const fanfare_result* const results[] = {&result};
    host->complete(ctx, batch, results, 1);
}

inline fanfare_status Refuse(const fanfare_host* host, fanfare_ctx* ctx, std::string_view why) {
    host->set_error(ctx, {why.data(), why.size()});
    return FANFARE_ECONFIG;
}
