// Reads the keys of one table, and knows afterwards which of them nobody asked for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "config/document.hpp"
#include "model/rate.hpp"

namespace fanfare::config {

// What a reader works on: one document, and where faults go.
struct Scope {
    const Document& document;
    Report& report;

    void Error(const toml::node& node, std::string message, std::string hint = {}) const {
        report.Error(document.PositionOf(node), std::move(message), std::move(hint));
    }
};

// "a string", "an integer", ...
std::string_view KindOf(const toml::node& node);
std::string Quoted(std::string_view name);
// "did you mean 'x'?", or empty.
std::string DidYouMeanHint(std::string_view word, const std::vector<std::string_view>& candidates);

struct Member {
    std::string_view name;
    Position where;  // of the key
    const toml::node* value = nullptr;
};
// In the order in which they are written, which toml++ does not keep.
std::vector<Member> Members(const toml::table& table, const Document& document);

// Every reading method leaves `out` as it is if the key is absent or its value at fault; the fault is reported.
class Keys {
public:
    // `title` as the operator knows the table: "[server]".
    Keys(Scope scope, const toml::table& table, std::string title)
        : scope_(scope), table_(table), title_(std::move(title)) {}

    // The value, or nullptr. From now on the key is a known one.
    const toml::node* Find(std::string_view key);
    Position PositionOf(std::string_view key) const;
    // The same, but it must be a table.
    const toml::table* FindTable(std::string_view key);

    bool String(std::string_view key, std::string& out);
    bool Boolean(std::string_view key, bool& out);
    bool Number(std::string_view key, double min, double max, double& out);
    bool Duration(std::string_view key, base::Duration min, base::Duration max, base::Duration& out);
    bool Rate(std::string_view key, model::Rate& out);
    template <class T>
    bool Integer(std::string_view key, std::int64_t min, std::int64_t max, T& out) {
        return Assign(ReadInteger(key, min, max), out);
    }
    template <class T>
    bool Size(std::string_view key, std::int64_t min, std::int64_t max, T& out) {
        return Assign(ReadSize(key, min, max), out);
    }
    // The text of the file that the value names; relative to the directory of the document.
    bool File(std::string_view key, std::size_t max_bytes, std::string& out);
    // A word out of a list; returns its position in it.
    std::optional<std::size_t> Choice(std::string_view key, const std::vector<std::string_view>& words);
    // The elements of a list, or the one string that stands for it. Empty if absent or at fault.
    std::vector<const toml::node*> StringOrList(std::string_view key);

    // Keys that the documentation knows and this version does not.
    void Refuse(std::initializer_list<std::string_view> keys);
    void RefuseUnknown() const;

    const Scope& scope() const { return scope_; }

private:
    template <class T>
    static bool Assign(std::optional<std::int64_t> value, T& out) {
        if (value) out = static_cast<T>(*value);
        return value.has_value();
    }
    std::optional<std::int64_t> ReadInteger(std::string_view key, std::int64_t min, std::int64_t max);
    std::optional<std::int64_t> ReadSize(std::string_view key, std::int64_t min, std::int64_t max);

    Scope scope_;
    const toml::table& table_;
    std::string title_;
    std::vector<std::string_view> known_;
    std::set<std::string_view> refused_;
};

// A path of ours: relative to the directory of the file that names it.
std::string AbsolutePath(const Document& document, const std::string& path);

// Reads the string at `node`; a fault names `key`.
bool ReadString(const Scope& scope, const toml::node& node, std::string_view key, std::string& out);
bool ReadDuration(const Scope& scope, const toml::node& node, std::string_view key, base::Duration min,
                  base::Duration max, base::Duration& out);

}  // namespace fanfare::config
