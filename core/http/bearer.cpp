#include "http/bearer.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace fanfare::http {
namespace {

bool IsTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
}

}  // namespace

bool IsBearerToken(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

std::string_view BearerOf(const RequestHead& head) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view* const header = head.Find("authorization");
    if (header == nullptr || head.Count("authorization") != 1) return {};
    if (!base::EqualsIgnoreCase(header->substr(0, kScheme.size()), kScheme)) return {};
    std::string_view token = header->substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    return IsBearerToken(token) ? token : std::string_view();
}

}  // namespace fanfare::http
