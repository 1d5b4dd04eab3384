#include "route/explain.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/json_text.hpp"
#include "json/scan.hpp"
#include "model/media_type.hpp"

namespace fanfare::route {
namespace {

using json::Raw;
using Kind = json::Kind;

constexpr std::size_t kMostShown = 3;
constexpr std::size_t kLongestShown = 60;

// A value of the event: raw JSON, or the text of an attribute.
struct Value {
    Raw raw;
    std::optional<std::string_view> attribute;
};

std::string Shown(std::string_view text) {
    std::string out;
    const bool cut = text.size() > kLongestShown;
    base::AppendJsonString(out, text.substr(0, kLongestShown));
    if (cut) out.insert(out.size() - 1, "...");
    return out;
}

std::string Shown(const Value& value) {
    if (value.attribute) return Shown(*value.attribute);
    if (value.raw.kind == Kind::kString) return Shown(json::Unescape(value.raw));
    return std::string(value.raw.text.substr(0, kLongestShown));
}

bool Holds(const Test& test, const Value& value) {
    if (value.attribute) return test.Holds({Scalar::Kind::kText, *value.attribute});
    switch (value.raw.kind) {
        case Kind::kString: {
            const std::string text = json::Unescape(value.raw);
            return test.Holds({Scalar::Kind::kText, text});
        }
        case Kind::kNumber:
            return test.Holds({Scalar::Kind::kNumber, value.raw.text});
        case Kind::kBoolean:
            return test.Holds({value.raw.text == "true" ? Scalar::Kind::kTrue : Scalar::Kind::kFalse, value.raw.text});
        case Kind::kNull:
            return test.Holds({Scalar::Kind::kNull, value.raw.text});
        case Kind::kObject:
        case Kind::kArray:
            break;
    }
    return false;
}

std::vector<Value> MembersOf(const model::Envelope& envelope, const std::string& name) {
    const model::Event& event = envelope.event;
    const std::pair<std::string_view, const std::string&> core[] = {{"id", event.id},
                                                                    {"source", event.source},
                                                                    {"type", event.type},
                                                                    {"subject", event.subject},
                                                                    {"time", event.time},
                                                                    {"datacontenttype", event.content_type},
                                                                    {"dataschema", event.data_schema},
                                                                    {"realm", envelope.realm}};
    for (const auto& [attribute, value] : core) {
        if (attribute == name) return value.empty() ? std::vector<Value>() : std::vector<Value>{{{}, value}};
    }
    for (const model::Attribute& extension : event.extensions) {
        if (extension.name == name && !extension.value.empty()) return {{{}, extension.value}};
    }
    if (name != "data" || (!event.content_type.empty() && !model::IsJson(event.content_type))) return {};
    const auto scanned = json::Scan(event.data, {1000});
    return scanned ? std::vector<Value>{{*scanned, std::nullopt}} : std::vector<Value>();
}

// A list as its elements, however deep lists lie in lists; anything else as itself.
std::vector<Value> Spread(const Value& value) {
    if (value.attribute || value.raw.kind != Kind::kArray) return {value};
    std::vector<Value> all;
    for (const Raw& element : json::Elements(value.raw)) {
        std::vector<Value> inner = Spread({element, std::nullopt});
        all.insert(all.end(), inner.begin(), inner.end());
    }
    return all;
}

// Everything that stands at a path, whichever elements of lists it goes through.
std::vector<Value> AllAt(const model::Envelope& envelope, const std::vector<std::string>& path) {
    std::vector<Value> found;
    for (const Value& top : MembersOf(envelope, path.front())) {
        std::vector<Value> spread = Spread(top);
        found.insert(found.end(), spread.begin(), spread.end());
    }
    for (std::size_t i = 1; i < path.size(); ++i) {
        std::vector<Value> below;
        for (const Value& value : found) {
            if (value.attribute || value.raw.kind != Kind::kObject) continue;
            const auto member = json::Find(value.raw, {path[i]});
            if (!member) continue;
            std::vector<Value> spread = Spread({*member, std::nullopt});
            below.insert(below.end(), spread.begin(), spread.end());
        }
        found = std::move(below);
    }
    return found;
}

bool IsLeaf(const Value& value) { return value.attribute || value.raw.kind != Kind::kObject; }

class Explainer {
public:
    explicit Explainer(const model::Envelope& envelope) : envelope_(envelope) {}

    // `object`: where the fields of the pattern stand; nullptr: nowhere; the event itself while path_ is empty.
    bool Holds(const Pattern& pattern, const Value* object) {
        const bool fields = std::all_of(pattern.fields.begin(), pattern.fields.end(),
                                        [&](const Field& field) { return Holds(field, object); });
        return fields && std::all_of(pattern.choices.begin(), pattern.choices.end(), [&](const auto& choice) {
                   return std::any_of(choice.begin(), choice.end(),
                                      [&](const Pattern& alternative) { return Holds(alternative, object); });
               });
    }

    void Describe(const Pattern& pattern, std::vector<Clause>& clauses) {
        for (const Field& field : pattern.fields) {
            path_.push_back(field.name);
            if (field.below) {
                Describe(*field.below, clauses);
            } else {
                clauses.push_back(DescribeField(field));
            }
            path_.pop_back();
        }
        for (const std::vector<Pattern>& choice : pattern.choices) clauses.push_back(DescribeChoice(choice));
    }

private:
    bool Holds(const Field& field, const Value* object) {
        path_.push_back(field.name);
        const std::vector<Value> values =
            path_.size() == 1 ? MembersOf(envelope_, field.name) : Member(object, field.name);
        const bool held = field.below ? HoldsBelow(*field.below, values) : HoldsHere(field, values);
        path_.pop_back();
        return held;
    }

    static std::vector<Value> Member(const Value* object, const std::string& name) {
        if (object == nullptr || object->attribute || object->raw.kind != Kind::kObject) return {};
        const auto member = json::Find(object->raw, {name});
        return member ? std::vector<Value>{{*member, std::nullopt}} : std::vector<Value>();
    }

    bool HoldsBelow(const Pattern& pattern, const std::vector<Value>& values) {
        if (Holds(pattern, nullptr)) return true;
        for (const Value& value : values) {
            for (const Value& element : Spread(value)) {
                if (Holds(pattern, &element)) return true;
            }
        }
        return false;
    }

    bool HoldsHere(const Field& field, const std::vector<Value>& values) {
        return std::any_of(field.tests.begin(), field.tests.end(), [&](const Test& test) {
            if (test.op == Test::Op::kAbsent) return !HasLeaf();
            return std::any_of(values.begin(), values.end(), [&](const Value& value) {
                const std::vector<Value> spread = Spread(value);
                return std::any_of(spread.begin(), spread.end(),
                                   [&](const Value& one) { return IsLeaf(one) && route::Holds(test, one); });
            });
        });
    }

    bool HasLeaf() const {
        const std::vector<Value> values = AllAt(envelope_, path_);
        return std::any_of(values.begin(), values.end(), IsLeaf);
    }

    Clause DescribeField(const Field& field) {
        Clause clause;
        for (const std::string& name : path_) clause.field += (clause.field.empty() ? "" : ".") + name;
        for (const Test& test : field.tests) clause.wants += (clause.wants.empty() ? "" : " or ") + test.Words();
        std::vector<Value> values = AllAt(envelope_, path_);
        clause.held = HoldsHere(field, values);
        std::erase_if(values, [](const Value& value) { return !IsLeaf(value); });
        clause.has = Words(values);
        return clause;
    }

    static std::string Words(const std::vector<Value>& values) {
        if (values.empty()) return "nothing";
        std::string words = values.size() == 1 ? "" : std::to_string(values.size()) + " values: ";
        for (std::size_t i = 0; i < std::min(values.size(), kMostShown); ++i)
            words += (i == 0 ? "" : ", ") + Shown(values[i]);
        return words + (values.size() > kMostShown ? ", ..." : "");
    }

    Clause DescribeChoice(const std::vector<Pattern>& choice) {
        Clause clause{"$or", false, "", ""};
        for (const Pattern& alternative : choice) {
            std::vector<Clause> inner;
            Describe(alternative, inner);
            std::string words;
            bool held = true;
            for (const Clause& one : inner) {
                words += (words.empty() ? "" : " and ") + one.field + " is " + one.wants;
                if (!one.held) {
                    held = false;
                    clause.has += (clause.has.empty() ? "" : "; ") + one.field + " is " + one.has;
                }
            }
            clause.wants += (clause.wants.empty() ? "" : "; or ") + words;
            clause.held = clause.held || held;
        }
        return clause;
    }

    const model::Envelope& envelope_;
    std::vector<std::string> path_;
};

std::string Listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " or ") + Shown(word);
    return text;
}

Clause DescribeRealm(const Rule& rule, const model::Envelope& envelope) {
    if (rule.realms.empty()) return {"realm", false, "a realm that the route names: this one is never meant by default", Shown(envelope.realm)};
    const bool held = std::find(rule.realms.begin(), rule.realms.end(), envelope.realm) != rule.realms.end();
    return {"realm", held, Listed(rule.realms), envelope.realm.empty() ? "nothing" : Shown(envelope.realm)};
}

Clause DescribeType(const Rule& rule, const model::Envelope& envelope) {
    const bool held = std::any_of(rule.types.begin(), rule.types.end(), [&](const std::string& text) {
        const auto topic = TopicPattern::Parse(text);
        return topic && topic->Matches(envelope.event.type);
    });
    return {"type", held, Listed(rule.types), Shown(envelope.event.type)};
}

}  // namespace

Explanation Explain(const Rule& rule, const model::Envelope& envelope) {
    Explanation explanation;
    std::vector<Clause>& clauses = explanation.clauses;
    if (!rule.realms.empty() || envelope.realm == model::kOwnRealm) clauses.push_back(DescribeRealm(rule, envelope));
    if (!rule.types.empty()) clauses.push_back(DescribeType(rule, envelope));
    explanation.matched = std::all_of(clauses.begin(), clauses.end(), [](const Clause& clause) { return clause.held; });

    std::vector<RuleFault> ignored;
    const Pattern pattern = ParsePattern(rule.match, ignored);
    Explainer explainer(envelope);
    explainer.Describe(pattern, clauses);
    const bool match = explainer.Holds(pattern, nullptr);
    const bool each = std::all_of(clauses.begin(), clauses.end(), [](const Clause& clause) { return clause.held; });
    if (each && !match)
        clauses.push_back({"match", false, "all of these in one and the same element of a list", "no such element"});
    explanation.matched = explanation.matched && match;
    return explanation;
}

}  // namespace fanfare::route
