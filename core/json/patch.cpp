#include "json/patch.hpp"

#include <algorithm>
#include <cstddef>

#include "json/value.hpp"

namespace fanfare::json {
namespace {

using Sorted = nlohmann::json;
using Pointer = Sorted::json_pointer;

constexpr std::size_t kMostOperations = 10'000;
// What is copied or moved about is charged: a value by kValue and its text by its bytes, an array that shifts by its
// elements. A patch can double its document with every operation, and shift all of a list for each of its elements.
constexpr std::size_t kValue = 64;
constexpr std::size_t kMostApplied = 16u << 20;
// Each operation of a new patch is copied once for every level above it.
constexpr std::size_t kMostWritten = 64u << 20;

class Budget {
public:
    explicit Budget(std::size_t left) : left_(left) {}
    // False once more is spent than there was.
    bool Spend(std::size_t amount) {
        left_ = amount > left_ ? 0 : left_ - amount;
        return left_ > 0;
    }

private:
    std::size_t left_;
};

// Both recurse as deep as the value, which json::ParseData bounds.
bool SpendValue(Budget& budget, const Sorted& value) {
    const std::size_t text = value.is_string() ? value.get_ref<const std::string&>().size() : 0;
    if (!budget.Spend(kValue + text)) return false;
    if (value.is_object()) {
        return std::all_of(value.items().begin(), value.items().end(), [&](const auto& member) {
            return budget.Spend(member.key().size()) && SpendValue(budget, member.value());
        });
    }
    return std::all_of(value.begin(), value.end(),
                       [&](const Sorted& element) { return !value.is_array() || SpendValue(budget, element); });
}

// "[json.exception.out_of_range.403] key 'a' not found" without the brackets.
std::string Reason(const Sorted::exception& error) {
    const std::string_view what = error.what();
    const std::size_t end = what.find("] ");
    return std::string(what.substr(end == std::string_view::npos ? 0 : end + 2));
}

class Application {
public:
    explicit Application(Sorted document) : document_(std::move(document)), budget_(kMostApplied) {}

    std::optional<PatchFault> Run(const Sorted& patch) {
        if (!patch.is_array()) return PatchFault{"", "is no list of operations (RFC 6902)"};
        if (patch.size() > kMostOperations) {
            return PatchFault{"", "has " + std::to_string(patch.size()) + " operations; at most " +
                                      std::to_string(kMostOperations) + " are applied"};
        }
        for (std::size_t i = 0; i < patch.size(); ++i) {
            std::string fault = Apply(patch[i]);
            if (!fault.empty()) return PatchFault{"/" + std::to_string(i), std::move(fault)};
        }
        return std::nullopt;
    }

    const Sorted& document() const { return document_; }

private:
    // What is wrong, or empty.
    std::string Apply(const Sorted& operation) {
        try {
            if (std::string fault = Prepare(operation); !fault.empty()) return fault;
            document_.patch_inplace(Sorted::array({operation}));
            return {};
        } catch (const Sorted::exception& error) {
            return "cannot be applied: " + Reason(error);
        }
    }

    // The library asserts, or lets pass, what has no place to go to, and copies whatever it is told to.
    std::string Prepare(const Sorted& operation) {
        const std::string name = operation.value("op", "");
        const Pointer path(operation.value("path", ""));
        const bool copies = name == "copy" || name == "move";
        if (copies && !SpendValue(budget_, document_.at(Pointer(operation.value("from", ""))))) return TooMuch();
        if (name != "add" && name != "remove" && !copies) return {};
        if (path.empty()) return {};
        const Sorted& parent = document_.at(path.parent_pointer());
        if (!parent.is_structured()) return "cannot be applied: there is nothing that could have such a member";
        return budget_.Spend(1 + (parent.is_array() ? parent.size() : 0)) ? std::string() : TooMuch();
    }

    static std::string TooMuch() { return "makes more of the object than fanfare is ready to hold"; }

    Sorted document_;
    Budget budget_;
};

// What Sorted::diff would write, found out the way it goes.
class Difference {
public:
    Difference() : budget_(kMostWritten) {}

    bool IsBounded(const Sorted& from, const Sorted& to, std::size_t path, std::size_t level) {
        if (!budget_.Spend(path + 1)) return false;
        if (from == to) return true;
        if (from.type() != to.type() || !from.is_structured()) return Write(&to, path, level);
        return from.is_array() ? Arrays(from, to, path, level) : Objects(from, to, path, level);
    }

private:
    bool Write(const Sorted* value, std::size_t path, std::size_t level) {
        return budget_.Spend((path + kValue) * level) && (value == nullptr || WriteValue(*value, level));
    }

    bool WriteValue(const Sorted& value, std::size_t level) {
        for (std::size_t i = 0; i < level; ++i) {
            if (!SpendValue(budget_, value)) return false;
        }
        return true;
    }

    bool Arrays(const Sorted& from, const Sorted& to, std::size_t path, std::size_t level) {
        constexpr std::size_t kIndex = 8;
        const std::size_t common = std::min(from.size(), to.size());
        for (std::size_t i = 0; i < common; ++i) {
            if (!IsBounded(from[i], to[i], path + kIndex, level + 1)) return false;
        }
        // Each removal is put before the others.
        const std::size_t removed = from.size() - common;
        if (!budget_.Spend(removed * (removed / 8 + path + kValue))) return false;
        for (std::size_t i = common; i < to.size(); ++i) {
            if (!Write(&to[i], path, level)) return false;
        }
        return true;
    }

    bool Objects(const Sorted& from, const Sorted& to, std::size_t path, std::size_t level) {
        for (const auto& [name, value] : from.items()) {
            const auto other = to.find(name);
            const std::size_t longer = path + 2 * name.size() + 1;
            const bool bounded =
                other == to.end() ? Write(nullptr, longer, level) : IsBounded(value, *other, longer, level + 1);
            if (!bounded) return false;
        }
        for (const auto& [name, value] : to.items()) {
            if (!from.contains(name) && !Write(&value, path + 2 * name.size() + 1, level)) return false;
        }
        return true;
    }

    Budget budget_;
};

base::Result<Sorted> ParseSorted(std::string_view text) {
    auto value = ParseData(text);
    if (!value) return std::move(value).error();
    return Sorted(*value);
}

}  // namespace

std::optional<PatchFault> FindPatchFault(std::string_view patch, std::string_view from, std::string_view to) {
    const auto operations = ParseSorted(patch);
    if (!operations) return PatchFault{"", operations.error().message};
    auto start = ParseSorted(from);
    if (!start) return PatchFault{"", start.error().message};
    const auto end = ParseSorted(to);
    if (!end) return PatchFault{"", end.error().message};
    Application application(*std::move(start));
    if (auto fault = application.Run(*operations)) return fault;
    if (application.document() == *end) return std::nullopt;
    return PatchFault{"", "what the operations give is something else"};
}

base::Result<std::string> MakePatch(std::string_view from, std::string_view to) {
    const auto start = ParseSorted(from);
    if (!start) return start.error();
    const auto end = ParseSorted(to);
    if (!end) return end.error();
    if (!Difference().IsBounded(*start, *end, 0, 1)) {
        return base::MakeError(base::Code::kInvalid, "the two differ in more than fanfare is ready to write down");
    }
    return Sorted::diff(*start, *end).dump(-1, ' ', false, Sorted::error_handler_t::replace);
}

}  // namespace fanfare::json
