#include "plugin/options.hpp"

#include <limits>

namespace fanfare::plugin {

Options::Options(InstanceOptions options) : options_(std::move(options)), masks_(std::move(options_.masks)) {
    for (const auto& [pointer, secret] : options_.secrets) {
        masks_.push_back(secret);
        const json::Value* value = json::At(options_.options, pointer);
        if (value == nullptr) continue;
        // Found in our own copy.
        *const_cast<json::Value*>(value) = nullptr;
    }
}

const std::string* Options::String(std::string_view pointer) const {
    const json::Value* value = json::At(options_.options, pointer);
    return value != nullptr && value->is_string() ? &value->get_ref<const std::string&>() : nullptr;
}

std::optional<std::int64_t> Options::Integer(std::string_view pointer) const {
    const json::Value* value = json::At(options_.options, pointer);
    if (value == nullptr || !value->is_number_integer()) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
        return std::nullopt;
    }
    return value->get<std::int64_t>();
}

std::optional<double> Options::Number(std::string_view pointer) const {
    const json::Value* value = json::At(options_.options, pointer);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->get<double>();
}

std::optional<bool> Options::Boolean(std::string_view pointer) const {
    const json::Value* value = json::At(options_.options, pointer);
    if (value == nullptr || !value->is_boolean()) return std::nullopt;
    return value->get<bool>();
}

std::optional<std::size_t> Options::Size(std::string_view pointer) const {
    const json::Value* value = json::At(options_.options, pointer);
    if (value == nullptr || !value->is_structured()) return std::nullopt;
    return value->size();
}

const std::string* Options::Key(std::string_view pointer, std::size_t n) const {
    const json::Value* value = json::At(options_.options, pointer);
    if (value == nullptr || !value->is_object() || n >= value->size()) return nullptr;
    auto member = value->begin();
    std::advance(member, n);
    return &member.key();
}

const base::Secret* Options::Secret(std::string_view pointer) const {
    const auto found = options_.secrets.find(std::string(pointer));
    return found == options_.secrets.end() ? nullptr : &found->second;
}

}  // namespace fanfare::plugin
