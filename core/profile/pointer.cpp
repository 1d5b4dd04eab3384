#include "profile/pointer.hpp"

#include <algorithm>
#include <charconv>

#include "json/reader.hpp"

namespace fanfare::profile {
namespace {

std::optional<std::string> Unescape(std::string_view token) {
    std::string step;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            step += token[i];
            continue;
        }
        if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
        step += token[i] == '0' ? '~' : '/';
    }
    return step;
}

std::optional<json::Raw> Element(const json::Raw& array, const std::string& step) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    const bool is_index = error == std::errc() && end == step.data() + step.size() && (step == "0" || step[0] != '0');
    if (!is_index) return std::nullopt;
    json::Reader reader(array.text);
    reader.Enter();
    for (std::size_t at = 0; reader.NextElement(); ++at) {
        const json::Raw element = reader.Take();
        if (at == index) return element;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> ParsePointer(std::string_view pointer) {
    std::vector<std::string> path;
    while (!pointer.empty()) {
        if (pointer.front() != '/') return std::nullopt;
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        auto step = Unescape(pointer.substr(0, end));
        if (!step) return std::nullopt;
        path.push_back(*std::move(step));
        pointer.remove_prefix(end);
    }
    return path;
}

std::optional<json::Raw> FindAt(const json::Raw& value, const std::vector<std::string>& path) {
    std::optional<json::Raw> found = value;
    for (const std::string& step : path) {
        found = found->kind == json::Kind::kArray ? Element(*found, step) : json::Find(*found, {step});
        if (!found) return std::nullopt;
    }
    return found;
}

}  // namespace fanfare::profile
