#include "schema/explain.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "schema/document.hpp"
#include "schema/iso8601.hpp"
#include "schema/place.hpp"

namespace fanfare::schema {
namespace {

constexpr std::string_view kReferenceWords = "{ file = ... }, { env = ... } or { credential = ... }";
// What a schema says is repeated in messages, but not at any length.
constexpr std::size_t kMaxChoices = 20;
constexpr std::size_t kMaxShown = 200;

std::string Listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i == kMaxChoices) return text + " or another of " + std::to_string(words.size());
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
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

bool Fits(const json::Value& schema, const std::string& own) {
    const std::vector<std::string> types = TypesOf(schema);
    return types.empty() || std::any_of(types.begin(), types.end(), [&](const std::string& type) {
               return type == own || (type == "number" && own == "integer");
           });
}

std::string TextOf(const json::Value* schema, const char* keyword) {
    if (schema == nullptr || !Has(*schema, keyword) || !(*schema)[keyword].is_string()) return {};
    return (*schema)[keyword].get<std::string>();
}

class Explainer {
public:
    Explainer(const json::Value& document, Subject subject) : document_(document), subject_(subject) {}

    std::vector<Violation> Run(const std::vector<Finding>& findings) {
        for (const Finding& finding : findings) Take(finding);
        return std::move(violations_);
    }

private:
    void Take(const Finding& finding) {
        switch (finding.kind) {
            case Kind::kType:
                return Type(finding);
            case Kind::kMissing:
                return Say(finding, "is required", Description(finding));
            case Kind::kUnknown:
                return Unknown(finding);
            case Kind::kBadName:
                return Say(finding, "has a name that is not allowed here");
            case Kind::kEnum:
                return Enum(finding);
            case Kind::kConst:
                return Bound(finding, "const", "must be ");
            case Kind::kPattern:
                return Pattern(finding);
            case Kind::kFormat:
                return Bound(finding, "format", "must have the format ");
            case Kind::kLow:
                return Limit(finding, "exclusiveMinimum", "must be at least ", "must be more than ");
            case Kind::kHigh:
                return Limit(finding, "exclusiveMaximum", "must be at most ", "must be less than ");
            case Kind::kMultiple:
                return Bound(finding, "multipleOf", "must be a multiple of ");
            case Kind::kShort:
                return Bound(finding, "minLength", "is too short; its least length is ");
            case Kind::kLong:
                return Bound(finding, "maxLength", "is too long; its greatest length is ");
            case Kind::kFewItems:
                return Bound(finding, "minItems", "has too few elements; the least is ");
            case Kind::kManyItems:
                return Bound(finding, "maxItems", "has too many elements; the most is ");
            case Kind::kExtraItem:
                return Say(finding, "is one element too many");
            case Kind::kUnique:
                return Say(finding, "holds the same element twice");
            case Kind::kContains:
                return Say(finding, "lacks an element of the form required");
            case Kind::kFewMembers:
                return Bound(finding, "minProperties", "has too few members; the least is ");
            case Kind::kManyMembers:
                return Bound(finding, "maxProperties", "has too many members; the most is ");
            case Kind::kAlternatives:
                return Alternatives(finding);
            case Kind::kSeveral:
                return Several(finding);
            case Kind::kNot:
                return Say(finding, "has a form that is not allowed here");
            case Kind::kForbidden:
                return Say(finding, "is not allowed here");
            case Kind::kTooMuch:
                return Say(finding, "cannot be checked: for its size the schema asks for too many comparisons");
        }
    }

    void Add(const std::string& pointer, std::string message, std::string hint = {}) {
        for (const Violation& each : violations_) {
            if (each.pointer == pointer && each.message == message) return;
        }
        violations_.push_back({pointer, std::move(message), std::move(hint)});
    }

    void Say(const Finding& finding, const std::string& fault, std::string hint = {}) {
        Add(finding.pointer, Named(finding) + ' ' + fault, std::move(hint));
    }

    // "option 'headers.accept'", "option 'secret[1]'"; the value as a whole is "the options" or "the body".
    std::string Named(const Finding& finding) const {
        const bool is_options = subject_ == Subject::kOptions;
        if (finding.pointer.empty()) return is_options ? "the options" : "the body";
        return (is_options ? "option '" : "'") + finding.name + "'";
    }

    // The types as TOML, and with it the operator, calls them; data is JSON.
    std::string Words(const std::string& type) const {
        const bool is_options = subject_ == Subject::kOptions;
        if (type == "null") return type;
        if (type == "object" && is_options) return "a table";
        if (type == "array" && is_options) return "a list";
        const bool is_vowel = type == "integer" || type == "object" || type == "array";
        return (is_vowel ? "an " : "a ") + type;
    }

    void AddTypes(std::vector<std::string>& words, const json::Value& schema) const {
        for (const std::string& type : TypesOf(schema)) {
            const std::string word = Words(type);
            if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
        }
        if (subject_ == Subject::kOptions && IsSecret(schema)) words.emplace_back(kReferenceWords);
    }

    void Type(const Finding& finding) {
        std::vector<std::string> words;
        if (finding.schema != nullptr) AddTypes(words, *finding.schema);
        WrongType(finding, words);
    }

    void WrongType(const Finding& finding, const std::vector<std::string>& words) {
        if (words.empty()) return Say(finding, "has a type that is not allowed here");
        Say(finding, "must be " + Listed(words) + ", not " + Words(finding.detail));
    }

    // Of the member that is missing.
    std::string Description(const Finding& finding) const {
        if (finding.schema == nullptr || !Has(*finding.schema, "properties")) return {};
        const json::Value& properties = (*finding.schema)["properties"];
        if (!properties.contains(finding.detail)) return {};
        return TextOf(Follow(document_, properties[finding.detail]), "description");
    }

    void Unknown(const Finding& finding) {
        std::vector<std::string_view> known;
        if (finding.schema != nullptr && Has(*finding.schema, "properties")) {
            for (const auto& [name, unused] : (*finding.schema)["properties"].items()) known.push_back(name);
        }
        const std::string what = subject_ == Subject::kOptions ? "unknown " : "unknown member ";
        Add(finding.pointer, what + Named(finding), DidYouMean(finding.detail, known));
    }

    static std::string DidYouMean(const std::string& word, const std::vector<std::string_view>& candidates) {
        const std::string_view near = base::DidYouMean(word, candidates);
        return near.empty() ? "" : "did you mean '" + std::string(near) + "'?";
    }

    void Enum(const Finding& finding) {
        std::vector<std::string> words;
        std::vector<std::string_view> names;
        for (const json::Value& choice : (*finding.schema)["enum"]) {
            if (choice.is_string()) names.push_back(choice.get_ref<const std::string&>());
            words.push_back(
                Shortened(choice.is_string() ? "'" + choice.get<std::string>() + "'" : json::Dump(choice), kMaxShown));
        }
        Say(finding, "must be " + Listed(words), finding.detail.empty() ? "" : DidYouMean(finding.detail, names));
    }

    void Pattern(const Finding& finding) {
        const std::string pattern = TextOf(finding.schema, "pattern");
        const std::string form = pattern == kIso8601Pattern ? "be a time of ISO 8601, as 2016-05-29T15:03:50+00:00"
                                                            : "match the pattern " + Shortened(pattern, kMaxShown);
        Say(finding, "must " + form, TextOf(finding.schema, "description"));
    }

    void Bound(const Finding& finding, const char* keyword, const std::string& words) {
        Say(finding, words + Shortened(json::Dump((*finding.schema)[keyword]), kMaxShown));
    }

    // Draft 4 says "exclusive" with a boolean beside the limit.
    void Limit(const Finding& finding, const char* exclusive, const char* inclusive_words,
               const char* exclusive_words) {
        const json::Value& schema = *finding.schema;
        const bool is_open =
            std::string_view(finding.keyword) == exclusive || (Has(schema, exclusive) && schema[exclusive] == true);
        Bound(finding, finding.keyword, is_open ? exclusive_words : inclusive_words);
    }

    std::string Where(const Finding& finding) const { return finding.pointer.empty() ? "" : " in " + Named(finding); }

    void Several(const Finding& finding) {
        const std::vector<std::string> members = RequiredMembers((*finding.schema)["oneOf"]);
        if (members.empty()) return Say(finding, "fits several forms that exclude each other; keep one");
        Add(finding.pointer, "only one of " + Listed(members) + " may be given" + Where(finding));
    }

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

    // Each alternative failed, and not one of them alone was meant.
    void Alternatives(const Finding& finding) {
        const json::Value& alternatives = (*finding.schema)[finding.keyword];
        if (const auto members = RequiredMembers(alternatives); !members.empty()) {
            return Add(finding.pointer, "one of " + Listed(members) + " is required" + Where(finding));
        }
        std::vector<std::string> words;
        for (const json::Value& each : alternatives) {
            const json::Value* alternative = Follow(document_, each);
            if (alternative == nullptr) continue;
            if (Fits(*alternative, finding.detail)) return Say(finding, "fits none of the forms allowed");
            AddTypes(words, *alternative);
        }
        WrongType(finding, words);
    }

    const json::Value& document_;
    const Subject subject_;
    std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Explain(const json::Value& document, Subject subject, const std::vector<Finding>& findings) {
    return Explainer(document, subject).Run(findings);
}

}  // namespace fanfare::schema
