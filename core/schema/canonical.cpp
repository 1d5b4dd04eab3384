#include "schema/canonical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace fanfare::schema {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "Number must hold every 64-bit integer");

void Append(const json::Value& value, std::string& out);

void AppendNumber(const json::Value& value, std::string& out) {
    // Between the two every integral double is a 64-bit integer.
    constexpr double kLeast = -9223372036854775808.0;
    constexpr double kPast = 18446744073709551616.0;
    const double number = value.get<double>();
    if (!value.is_number_float() || !IsIntegral(value) || number < kLeast || number >= kPast) {
        out += value.dump();
    } else if (number < 0) {
        out += std::to_string(static_cast<std::int64_t>(number));
    } else {
        out += std::to_string(static_cast<std::uint64_t>(number));
    }
}

void AppendObject(const json::Value& value, std::string& out) {
    using Member = json::Value::object_t::value_type;
    std::vector<const Member*> members;
    for (const Member& member : value.get_ref<const json::Value::object_t&>()) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->first < b->first; });
    out += '{';
    for (const Member* member : members) {
        out += json::Dump(member->first) + ':';
        Append(member->second, out);
        out += ',';
    }
    out += '}';
}

void Append(const json::Value& value, std::string& out) {
    if (value.is_object()) return AppendObject(value, out);
    if (value.is_number()) return AppendNumber(value, out);
    if (!value.is_array()) {
        out += json::Dump(value);
        return;
    }
    out += '[';
    for (const json::Value& element : value) {
        Append(element, out);
        out += ',';
    }
    out += ']';
}

}  // namespace

std::string Canonical(const json::Value& value) {
    std::string text;
    Append(value, text);
    return text;
}

std::string_view TypeName(const json::Value& value) {
    if (value.is_object()) return "object";
    if (value.is_array()) return "array";
    if (value.is_string()) return "string";
    if (value.is_boolean()) return "boolean";
    if (value.is_number_integer()) return "integer";
    if (value.is_number()) return "number";
    return "null";
}

std::size_t Length(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

long double Number(const json::Value& number) {
    if (number.is_number_unsigned()) return static_cast<long double>(number.get<std::uint64_t>());
    if (number.is_number_integer()) return static_cast<long double>(number.get<std::int64_t>());
    return number.get<double>();
}

bool IsIntegral(const json::Value& number) {
    return number.is_number_integer() || std::trunc(number.get<double>()) == number.get<double>();
}

}  // namespace fanfare::schema
