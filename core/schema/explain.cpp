#include "schema/explain.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.hpp"
#include "schema/document.hpp"

namespace fanfare::schema {
namespace {

constexpr std::string_view kReferenceWords = "{ file = ... }, { env = ... } or { credential = ... }";

// How the texts of valijson 1.0 begin (validation_visitor.hpp), and what they are about.
enum class Kind {
    kType,
    kMissing,
    kUnknown,
    kEnum,
    kConst,
    kPattern,
    kLow,
    kHigh,
    kFewItems,
    kManyItems,
    kShort,
    kLong,
    kUnique,
    kMultiple,
    kAlternatives,
    kSeveral,
    kDependency,
    kProperty,
    kEcho,
    kOther
};
struct Opening {
    std::string_view text;
    Kind kind;
};
constexpr std::array kOpenings{
    Opening{"Value type not permitted", Kind::kType},
    Opening{"Missing required property '", Kind::kMissing},
    Opening{"Object contains a property that could not", Kind::kUnknown},
    Opening{"Failed to match against any enum", Kind::kEnum},
    Opening{"Failed to match expected value set by 'const'", Kind::kConst},
    Opening{"Failed to match regex", Kind::kPattern},
    Opening{"Expected number greater", Kind::kLow},
    Opening{"Expected number less", Kind::kHigh},
    Opening{"Array should contain no fewer", Kind::kFewItems},
    Opening{"Array should contain no more", Kind::kManyItems},
    Opening{"String should be no fewer", Kind::kShort},
    Opening{"String should be no more", Kind::kLong},
    Opening{"Elements at indexes", Kind::kUnique},
    Opening{"Value should be a multiple", Kind::kMultiple},
    Opening{"Failed to validate against any schemas allowed by anyOf", Kind::kAlternatives},
    Opening{"Failed to validate against any child schemas allowed by oneOf", Kind::kAlternatives},
    Opening{"Failed to validate against exactly one child", Kind::kSeveral},
    Opening{"Missing dependency '", Kind::kDependency},
    Opening{"Failed to validate against schema associated with property name '", Kind::kProperty},
    Opening{"Failed to validate", Kind::kEcho},
};

Kind KindOf(std::string_view text) {
    for (const Opening& opening : kOpenings) {
        if (text.starts_with(opening.text)) return opening.kind;
    }
    return Kind::kOther;
}

// What stands between the first and the last quote.
std::string Quoted(std::string_view text) {
    const std::size_t begin = text.find('\'');
    const std::size_t end = text.rfind('\'');
    return begin == end ? std::string() : std::string(text.substr(begin + 1, end - begin - 1));
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

// The types as TOML, and with it the operator, calls them.
std::string Words(std::string_view type) {
    if (type == "object") return "a table";
    if (type == "array") return "a list";
    if (type == "integer") return "an integer";
    return "a " + std::string(type);
}

std::string Listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

bool IsBelow(const std::string& pointer, const std::string& above) {
    return pointer.starts_with(above) && (pointer.size() == above.size() || pointer[above.size()] == '/');
}

std::vector<std::string> TypesOf(const json::Value& schema) {
    if (!Has(schema, "type")) return {};
    const json::Value& type = schema["type"];
    if (type.is_string()) return {type.get<std::string>()};
    std::vector<std::string> types;
    for (const json::Value& each : type) {
        if (each.is_string()) types.push_back(each.get<std::string>());
    }
    return types;
}

bool Fits(const std::vector<std::string>& types, const json::Value& value) {
    const std::string_view own = TypeName(value);
    return types.empty() || std::any_of(types.begin(), types.end(), [&](const std::string& type) {
               return type == own || (type == "number" && own == "integer");
           });
}

class Explainer {
public:
    // `base` names the part of `value` that `document` speaks of.
    Explainer(const json::Value& document, const json::Value& value, const std::string& base, const Judge& judge)
        : document_(document), value_(value), judge_(judge) {
        const json::Value* part = json::At(value, base);
        if (part == nullptr) return;
        Walk<const json::Value>(document, Branches::kConditional,
                                [this](const json::Value& schema, const json::Value&, const std::string& pointer) {
                                    sites_.push_back({pointer, &schema});
                                })
            .Run(*part, base);
    }

    std::vector<Violation> Run(const std::vector<Finding>& findings) {
        for (const Finding& finding : findings) Take(finding);
        for (const Finding& finding : findings) TakeEcho(finding);
        if (violations_.empty()) Add("", Subject("") + " are not acceptable");
        return std::move(violations_);
    }

private:
    struct Site {
        std::string pointer;
        const json::Value* schema;
    };

    void Take(const Finding& finding) {
        const std::string& at = finding.pointer;
        switch (KindOf(finding.text)) {
            case Kind::kType: return Type(at);
            case Kind::kMissing: return Missing(at, Quoted(finding.text));
            case Kind::kUnknown: return Unknown(at, Quoted(finding.text));
            case Kind::kEnum: return Enum(at);
            case Kind::kConst: return Bound(at, "const", "must be ");
            case Kind::kPattern: return Pattern(at);
            case Kind::kLow: return Limit(at, "minimum", "exclusiveMinimum", "at least ", "more than ");
            case Kind::kHigh: return Limit(at, "maximum", "exclusiveMaximum", "at most ", "less than ");
            case Kind::kFewItems: return Bound(at, "minItems", "has too few elements; the least is ");
            case Kind::kManyItems: return Bound(at, "maxItems", "has too many elements; the most is ");
            case Kind::kShort: return Bound(at, "minLength", "is too short; its least length is ");
            case Kind::kLong: return Bound(at, "maxLength", "is too long; its greatest length is ");
            case Kind::kUnique: return Add(at, Subject(at) + " holds the same element twice");
            case Kind::kMultiple: return Bound(at, "multipleOf", "must be a multiple of ");
            case Kind::kAlternatives: return Alternatives(at);
            case Kind::kSeveral: return Several(at);
            case Kind::kDependency: return Missing(at, Quoted(finding.text));
            case Kind::kProperty:
            case Kind::kEcho: return;
            case Kind::kOther: return Add(at, Subject(at) + " is not acceptable: " + finding.text);
        }
    }

    // What only repeats that a part is at fault counts if nothing was said about that part.
    void TakeEcho(const Finding& finding) {
        const Kind kind = KindOf(finding.text);
        if (kind != Kind::kProperty && kind != Kind::kEcho) return;
        const std::string at =
            kind == Kind::kProperty ? json::PointerTo(finding.pointer, Quoted(finding.text)) : finding.pointer;
        const bool told = std::any_of(violations_.begin(), violations_.end(),
                                      [&](const Violation& each) { return IsBelow(each.pointer, at); });
        if (!told) Add(at, Subject(at) + " is not allowed here");
    }

    void Add(const std::string& pointer, std::string message, std::string hint = {}) {
        for (const Violation& each : violations_) {
            if (each.pointer == pointer && each.message == message) return;
        }
        violations_.push_back({pointer, std::move(message), std::move(hint)});
    }

    // "option 'headers.accept'", "option 'secret[1]'"; the value as a whole is "the options".
    std::string Subject(const std::string& pointer) const {
        if (pointer.empty()) return "the options";
        return "option '" + Name(pointer) + "'";
    }

    std::string Name(std::string_view pointer) const {
        std::string name;
        std::string above;
        while (!pointer.empty()) {
            const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
            const json::Value* parent = json::At(value_, above);
            std::string token(pointer.substr(1, end - 1));
            above += pointer.substr(0, end);
            pointer.remove_prefix(end);
            for (std::size_t i; (i = token.find("~1")) != std::string::npos;) token.replace(i, 2, "/");
            for (std::size_t i; (i = token.find("~0")) != std::string::npos;) token.replace(i, 2, "~");
            if (parent != nullptr && parent->is_array()) {
                name += "[" + token + "]";
            } else {
                name += (name.empty() ? "" : ".") + token;
            }
        }
        return name;
    }

    // The first schema at `pointer` with `keyword` for which `holds` is true; nullptr if there is none.
    const json::Value* Find(const std::string& pointer, const char* keyword,
                            const std::function<bool(const json::Value&)>& holds = {}) const {
        for (const Site& site : sites_) {
            if (site.pointer != pointer || !Has(*site.schema, keyword)) continue;
            if (!holds || holds((*site.schema)[keyword])) return site.schema;
        }
        return nullptr;
    }

    void Type(const std::string& at) {
        const json::Value* value = json::At(value_, at);
        if (value == nullptr) return;
        std::vector<std::string> words;
        for (const Site& site : sites_) {
            if (site.pointer != at || Fits(TypesOf(*site.schema), *value)) continue;
            AddTypes(words, *site.schema);
        }
        WrongType(at, *value, words);
    }

    static void AddTypes(std::vector<std::string>& words, const json::Value& schema) {
        for (const std::string& type : TypesOf(schema)) {
            const std::string word = Words(type);
            if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
        }
        if (IsSecret(schema)) words.emplace_back(kReferenceWords);
    }

    void WrongType(const std::string& at, const json::Value& value, const std::vector<std::string>& words) {
        if (words.empty()) return Add(at, Subject(at) + " has a type that is not allowed here");
        Add(at, Subject(at) + " must be " + Listed(words) + ", not " + Words(TypeName(value)));
    }

    void Missing(const std::string& at, const std::string& member) {
        const std::string pointer = json::PointerTo(at, member);
        Add(pointer, Subject(pointer) + " is required", Description(at, member));
    }

    std::string Description(const std::string& at, const std::string& member) const {
        const json::Value* schema =
            Find(at, "properties", [&](const json::Value& properties) { return properties.contains(member); });
        if (schema == nullptr) return {};
        const json::Value* property = Follow(document_, (*schema)["properties"][member]);
        if (property == nullptr || !Has(*property, "description") || !(*property)["description"].is_string()) return {};
        return (*property)["description"].get<std::string>();
    }

    // The validator names the first unknown member only; here all are found.
    void Unknown(const std::string& at, const std::string& first) {
        const json::Value* object = json::At(value_, at);
        std::vector<std::string_view> known;
        std::set<std::string, std::less<>> spoken_of;
        for (const Site& site : sites_) {
            if (site.pointer == at && Has(*site.schema, "properties")) {
                for (const auto& [name, unused] : (*site.schema)["properties"].items()) known.push_back(name);
            }
            spoken_of.insert(site.pointer);
        }
        if (object == nullptr || !object->is_object()) return;
        for (const auto& [name, unused] : object->items()) {
            const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
            const std::string pointer = json::PointerTo(at, name);
            if (name != first && (is_known || spoken_of.contains(pointer))) continue;
            const std::string_view near = base::DidYouMean(name, known);
            Add(pointer, "unknown " + Subject(pointer),
                near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
        }
    }

    void Enum(const std::string& at) {
        const json::Value* value = json::At(value_, at);
        const json::Value* schema = Find(at, "enum", [&](const json::Value& choices) {
            return value != nullptr && std::find(choices.begin(), choices.end(), *value) == choices.end();
        });
        if (schema == nullptr || value == nullptr) return Add(at, Subject(at) + " is not one of the values allowed");
        std::vector<std::string> words;
        std::vector<std::string_view> names;
        for (const json::Value& choice : (*schema)["enum"]) {
            words.push_back(choice.is_string() ? "'" + choice.get<std::string>() + "'" : json::Dump(choice));
            if (choice.is_string()) names.push_back(choice.get_ref<const std::string&>());
        }
        std::string_view near;
        if (value->is_string()) near = base::DidYouMean(value->get_ref<const std::string&>(), names);
        Add(at, Subject(at) + " must be " + Listed(words),
            near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
    }

    void Pattern(const std::string& at) {
        const json::Value* value = json::At(value_, at);
        const json::Value* schema = Find(at, "pattern", [&](const json::Value& pattern) {
            return value != nullptr && value->is_string() &&
                   !Matches(value->get_ref<const std::string&>(), pattern.get<std::string>());
        });
        if (schema == nullptr) return Add(at, Subject(at) + " does not have the form required");
        const bool described = Has(*schema, "description") && (*schema)["description"].is_string();
        Add(at, Subject(at) + " must match the pattern " + (*schema)["pattern"].get<std::string>(),
            described ? (*schema)["description"].get<std::string>() : "");
    }

    void Bound(const std::string& at, const char* keyword, const char* words) {
        const json::Value* schema = Find(at, keyword);
        Add(at, Subject(at) + " " + words + (schema == nullptr ? "another value" : json::Dump((*schema)[keyword])));
    }

    void Limit(const std::string& at, const char* keyword, const char* exclusive, const char* inclusive_words,
               const char* exclusive_words) {
        const json::Value* schema = Find(at, exclusive, [](const json::Value& limit) { return limit.is_number(); });
        if (schema != nullptr)
            return Add(at, Subject(at) + " must be " + exclusive_words + json::Dump((*schema)[exclusive]));
        schema = Find(at, keyword);
        if (schema == nullptr) return Add(at, Subject(at) + " is out of range");
        // Draft 4 says "exclusive" with a boolean beside the limit.
        const bool open = Has(*schema, exclusive) && (*schema)[exclusive] == true;
        Add(at,
            Subject(at) + " must be " + (open ? exclusive_words : inclusive_words) + json::Dump((*schema)[keyword]));
    }

    void Several(const std::string& at) {
        const json::Value* schema = Find(at, "oneOf");
        std::vector<std::string> members;
        if (schema != nullptr) members = RequiredMembers((*schema)["oneOf"]);
        if (members.empty()) return Add(at, Subject(at) + " fits several forms that exclude each other; keep one");
        Add(at, "only one of " + Listed(members) + " may be given" + Where(at));
    }

    std::string Where(const std::string& at) const { return at.empty() ? "" : " in " + Subject(at); }

    // "'url'", "'host'" for [{"required": ["url"]}, {"required": ["host"]}]; empty for any other list.
    std::vector<std::string> RequiredMembers(const json::Value& alternatives) const {
        std::vector<std::string> members;
        for (const json::Value& each : alternatives) {
            const json::Value* schema = Follow(document_, each);
            if (schema == nullptr || schema->size() != 1 || !Has(*schema, "required")) return {};
            for (const json::Value& member : (*schema)["required"])
                members.push_back("'" + member.get<std::string>() + "'");
        }
        return members;
    }

    // Each alternative failed. What the validator said of them one by one is replaced by what helps: the types that are
    // allowed, the members of which one is needed, or the faults seen by the only alternative of the value's own type.
    void Alternatives(const std::string& at) {
        std::erase_if(violations_, [&](const Violation& each) { return IsBelow(each.pointer, at); });
        const json::Value* value = json::At(value_, at);
        const json::Value* schema = Find(at, "anyOf");
        const char* keyword = schema == nullptr ? "oneOf" : "anyOf";
        if (schema == nullptr) schema = Find(at, keyword);
        if (schema == nullptr || value == nullptr) return Add(at, Subject(at) + " fits none of the forms allowed");
        const json::Value& alternatives = (*schema)[keyword];
        if (const auto members = RequiredMembers(alternatives); !members.empty()) {
            return Add(at, "one of " + Listed(members) + " is required" + Where(at));
        }
        std::vector<const json::Value*> fitting;
        std::vector<std::string> words;
        for (const json::Value& each : alternatives) {
            const json::Value* alternative = Follow(document_, each);
            if (alternative == nullptr) continue;
            if (Fits(TypesOf(*alternative), *value)) fitting.push_back(alternative);
            AddTypes(words, *alternative);
        }
        if (fitting.empty()) return WrongType(at, *value, words);
        if (fitting.size() == 1) return Alternative(at, *fitting.front(), *value);
        Add(at, Subject(at) + " fits none of the forms allowed");
    }

    void Alternative(const std::string& at, json::Value alternative, const json::Value& value) {
        for (const char* keyword : {"definitions", "$defs"}) {
            if (Has(document_, keyword)) alternative[keyword] = document_[keyword];
        }
        std::vector<Finding> findings = judge_(alternative, value);
        for (Finding& finding : findings) finding.pointer.insert(0, at);
        for (Violation& each : Explainer(alternative, value_, at, judge_).Run(findings)) {
            Add(each.pointer, std::move(each.message), std::move(each.hint));
        }
    }

    const json::Value& document_;
    const json::Value& value_;  // the whole, also if the document speaks of a part
    const Judge& judge_;
    std::vector<Site> sites_;
    std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Explain(const json::Value& document, const json::Value& value,
                               const std::vector<Finding>& findings, const Judge& judge) {
    return Explainer(document, value, "", judge).Run(findings);
}

}  // namespace fanfare::schema
