#include "ingest/trace.hpp"

#include <algorithm>
#include <string>

namespace fanfare::ingest {
namespace {

constexpr std::size_t kLongestState = 512;

bool IsHex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

bool IsTraceParent(std::string_view text) {
    constexpr std::size_t kLength = 55;
    if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace = text.substr(3, 32);
    const std::string_view parent = text.substr(36, 16);
    if (!IsHex(version) || version == "ff" || !IsHex(trace) || !IsHex(parent) || !IsHex(text.substr(53, 2))) return false;
    if (IsZero(trace) || IsZero(parent)) return false;
    return text.size() == kLength || (version != "00" && text[kLength] == '-');
}

void AddTrace(const http::RequestHead& head, model::Event& event) {
    const std::string_view* const parent = head.Find("traceparent");
    if (parent == nullptr || head.Count("traceparent") != 1 || !IsTraceParent(*parent)) return;
    const auto is_trace = [](const model::Attribute& extension) { return model::IsTraceAttribute(extension.name); };
    if (std::any_of(event.extensions.begin(), event.extensions.end(), is_trace)) return;
    event.extensions.push_back({"traceparent", std::string(*parent), model::AttributeKind::kString});
    const std::string_view* const state = head.Find("tracestate");
    if (state == nullptr || head.Count("tracestate") != 1 || state->empty() || state->size() > kLongestState) return;
    const auto is_print = [](char c) { return c >= 0x20 && c < 0x7f; };
    if (!std::all_of(state->begin(), state->end(), is_print)) return;
    event.extensions.push_back({"tracestate", std::string(*state), model::AttributeKind::kString});
}

}  // namespace fanfare::ingest
