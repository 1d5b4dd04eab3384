// The filters of a tag: {{ data.name | truncate 20 | upper }}. Inside of the room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "shape/value.hpp"
#include "shape/work.hpp"

namespace fanfare::shape {

enum class FilterKind { kJson, kString, kDefault, kUpper, kLower, kTruncate, kUrlEncode, kBase64, kJoin };

struct Filter {
    FilterKind kind = FilterKind::kString;
    std::string text;  // kDefault: JSON; kJoin: what stands between
    json::Kind text_kind = json::Kind::kString;
    std::size_t count = 0;  // kTruncate: characters
};

struct FilterFault {
    std::size_t at = 0;  // in the text that was parsed
    std::string message;
    std::string hint;
};

// `text` is what follows the name in a tag: empty, or "| filter argument | ...".
std::variant<std::vector<Filter>, FilterFault> ParseFilters(std::string_view text);

// A value on its way through filters. Holds what they make.
class Filtered {
public:
    explicit Filtered(std::optional<Value> value) : value_(value) {}

    // Errors: kUnprocessable, without the name of the value.
    base::Status Apply(const Filter& filter, Work& work);
    const std::optional<Value>& value() const { return value_; }

private:
    std::optional<Value> value_;
    std::string made_;
};

}  // namespace fanfare::shape
