#include "shape/url.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "shape/render.hpp"

namespace fanfare::shape {
namespace {

bool IsScheme(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

// Where the path starts; 0 in one that is only a path; npos if that cannot be told.
std::size_t PathOf(std::string_view url) {
    if (url.starts_with('/') && url.size() > 1 && url[1] != '/' && url[1] != '\\') return 0;
    if (url == "/") return 0;
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos || !IsScheme(url.substr(0, scheme))) return std::string_view::npos;
    const std::size_t authority = scheme + 3;
    const std::size_t end = url.find_first_of("/?#\\", authority);
    const bool legal = end != std::string_view::npos && end > authority && url[end] != '\\';
    return legal ? end : std::string_view::npos;
}

// "." and ".." as everything that follows a URL reads them: escaped too.
bool IsDots(std::string_view segment) {
    std::string text = base::ToLower(segment);
    for (std::size_t at = 0; (at = text.find("%2e", at)) != std::string::npos; ++at) text.replace(at, 3, ".");
    return text == "." || text == "..";
}

std::string WithoutMarks(std::string_view text) {
    std::string out(text);
    std::erase(out, kUrlMark);
    return out;
}

}  // namespace

void CheckUrl(const Program& program, const std::string& part, std::vector<Fault>& faults) {
    if (program.IsConstant()) return;
    const Node& first = program.nodes.front();
    const bool literal = first.kind == Node::Kind::kText && PathOf(program.TextOf(first)) != std::string_view::npos;
    if (literal) return;
    faults.push_back({part, 1, 1, "scheme, host and port of a URL must not depend on the event",
                      "write them out up to the first '/', as in https://example.com/{{type}}"});
}

std::string SettleUrl(std::string& url) {
    const std::size_t path = PathOf(url);
    const std::size_t end = std::min(url.find_first_of("?#", std::min(path, url.size())), url.size());
    for (std::size_t at = path; path != std::string::npos && at < end;) {
        const std::size_t next = std::min(url.find('/', at + 1), end);
        const std::string_view marked = std::string_view(url).substr(at + 1, next - at - 1);
        const std::string segment = WithoutMarks(marked);
        if (segment.size() != marked.size()) {
            if (segment.empty()) return "a segment of the path is empty";
            if (IsDots(segment)) return "a segment of the path is '" + segment + "', which leads out of it";
        }
        at = next;
    }
    std::erase(url, kUrlMark);
    return {};
}

}  // namespace fanfare::shape
