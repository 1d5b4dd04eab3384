#include "json/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "json/scan.hpp"

namespace fanfare::json {
namespace {

// Dump and the walks of this house recurse; the deepest configuration or answer we know of has 9 levels.
constexpr int kMaxDepth = 256;

struct TooDeep {};

std::string Position(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// "unexpected '}'; expected string literal" of the library's text; what it last read is left out, it may be a secret.
std::string Reason(std::string_view what) {
    constexpr std::string_view kBegin = " - ";
    if (const std::size_t at = what.find(kBegin); at != std::string_view::npos) what.remove_prefix(at + kBegin.size());
    std::string reason(what);
    const std::size_t read = reason.find("; last read: '");
    if (read == std::string::npos) return reason;
    const std::size_t expected = reason.rfind("'; expected ");
    reason.erase(read, expected == std::string::npos ? std::string::npos : expected + 1 - read);
    return reason;
}

std::string Unescape(std::string_view token) {
    std::string name;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size()) {
            name += token[++i] == '1' ? '/' : '~';
        } else {
            name += token[i];
        }
    }
    return name;
}

const Value* Child(const Value& parent, const std::string& name) {
    if (parent.is_object()) {
        const auto found = parent.find(name);
        return found == parent.end() ? nullptr : &*found;
    }
    if (!parent.is_array() || name.empty() || (name.size() > 1 && name[0] == '0')) return nullptr;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error != std::errc{} || end != name.data() + name.size() || index >= parent.size()) return nullptr;
    return &parent[index];
}

}  // namespace

base::Result<Value> Parse(std::string_view text) {
    const auto limit_depth = [](int depth, Value::parse_event_t, Value&) {
        if (depth > kMaxDepth) throw TooDeep{};
        return true;
    };
    try {
        return Value::parse(text, limit_depth);
    } catch (const Value::parse_error& error) {
        const std::size_t at = error.byte == 0 ? 0 : error.byte - 1;
        return base::MakeError(base::Code::kInvalid,
                               "not valid JSON at " + Position(text, at) + ": " + Reason(error.what()));
    } catch (const Value::exception& error) {
        return base::MakeError(base::Code::kInvalid, "not valid JSON: a number is outside the range of a double");
    } catch (const TooDeep&) {
        return base::MakeError(base::Code::kInvalid,
                               "not acceptable JSON: nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
}

base::Result<Value> ParseData(std::string_view text) {
    // Its depth is known before it is parsed: the library's way of asking while it parses is quadratic in the elements
    // of an array, and ordered members are quadratic in their number.
    const auto scanned = Scan(text, {kMaxDepth});
    if (!scanned) return scanned.error();
    try {
        return Value(nlohmann::json::parse(scanned->text));
    } catch (const nlohmann::json::exception&) {
        return base::MakeError(base::Code::kInvalid, "a number is outside the range of a double");
    }
}

std::string Dump(const Value& value) { return value.dump(-1, ' ', false, Value::error_handler_t::replace); }

std::string DumpPretty(const Value& value) { return value.dump(2, ' ', false, Value::error_handler_t::replace); }

bool IsSame(std::string_view a, std::string_view b) {
    const auto left = ParseData(a);
    const auto right = ParseData(b);
    // The sorted form compares members whatever their order.
    return left && right && nlohmann::json(*left) == nlohmann::json(*right);
}

const Value* At(const Value& root, std::string_view pointer) {
    const Value* value = &root;
    while (!pointer.empty() && value != nullptr) {
        if (pointer.front() != '/') return nullptr;
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        value = Child(*value, Unescape(pointer.substr(0, end)));
        pointer.remove_prefix(end);
    }
    return value;
}

std::string PointerTo(const std::string& parent, std::string_view member) {
    std::string pointer = parent + "/";
    for (const char c : member) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

}  // namespace fanfare::json
