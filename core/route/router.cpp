#include "route/router.hpp"

#include <algorithm>
#include <atomic>
#include <unordered_map>

#include "route/access.hpp"
#include "route/event_tree.hpp"
#include "route/field_index.hpp"
#include "route/field_tree.hpp"

namespace fanfare::route {
namespace {

// What one thread needs while it routes; kept from event to event.
struct Scratch {
    std::uint64_t router = 0;  // whose numbers the rest is in
    EventTree tree;
    std::uint32_t round = 0;
    std::vector<std::uint32_t> seen;   // by rule: the round in which it was a candidate
    std::vector<std::uint32_t> named;  // by destination: the round in which it was hit
    std::vector<RuleNumber> candidates;
};

// The realms and types of a rule as fields beside those of its match.
Pattern PatternOf(const Rule& rule) {
    std::vector<RuleFault> ignored;  // the rule has passed Check
    Pattern pattern = ParsePattern(rule.match, ignored);
    if (!rule.realms.empty()) {
        Field& realm = pattern.fields.emplace_back();
        realm.name = "realm";
        for (const std::string& name : rule.realms) {
            Test& test = realm.tests.emplace_back();
            test.op = Test::Op::kText;
            test.text = name;
        }
    }
    if (rule.types.empty()) return pattern;
    Field& type = pattern.fields.emplace_back();
    type.name = "type";
    for (const std::string& text : rule.types) {
        auto topic = TopicPattern::Parse(text);
        if (!topic) continue;
        Test& test = type.tests.emplace_back();
        test.op = Test::Op::kTopic;
        test.text = text;
        test.topic = *std::move(topic);
    }
    return pattern;
}

// Whether a pattern holds for the fields of an event.
class Verifier {
public:
    explicit Verifier(const EventTree& tree) : tree_(tree) {}

    // `item`: what stands where the pattern speaks of; kNone if there is nothing.
    bool Holds(const Pattern& pattern, std::uint32_t item) const {
        if (item == EventTree::kNone) return HoldsFor(pattern, item);
        switch (tree_.items()[item].kind) {
            case Item::Kind::kObject:
                return HoldsFor(pattern, item);
            case Item::Kind::kScalar:
                return HoldsFor(pattern, EventTree::kNone);
            case Item::Kind::kList:
                break;
        }
        for (std::uint32_t at = tree_.items()[item].first_child; at != 0; at = tree_.items()[at].next) {
            if (Holds(pattern, at)) return true;
        }
        return HoldsFor(pattern, EventTree::kNone);
    }

private:
    // An object, or nothing: then only what asks for absence can hold.
    bool HoldsFor(const Pattern& pattern, std::uint32_t object) const {
        for (const Field& field : pattern.fields) {
            const std::uint32_t child =
                object == EventTree::kNone ? EventTree::kNone : tree_.Child(object, field.number);
            if (!(field.below ? Holds(*field.below, child) : HoldsOne(field, child))) return false;
        }
        return std::all_of(pattern.choices.begin(), pattern.choices.end(), [&](const std::vector<Pattern>& choice) {
            return std::any_of(choice.begin(), choice.end(),
                               [&](const Pattern& alternative) { return HoldsFor(alternative, object); });
        });
    }

    bool HoldsOne(const Field& field, std::uint32_t item) const {
        return std::any_of(field.tests.begin(), field.tests.end(), [&](const Test& test) {
            if (test.op == Test::Op::kAbsent) return !tree_.HasLeaf(field.number);
            return item != EventTree::kNone && HoldsSome(test, item);
        });
    }

    bool HoldsSome(const Test& test, std::uint32_t item) const {
        const Item& value = tree_.items()[item];
        switch (value.kind) {
            case Item::Kind::kScalar:
                return test.Holds(value.value);
            case Item::Kind::kObject:
                return false;
            case Item::Kind::kList:
                break;
        }
        for (std::uint32_t at = value.first_child; at != 0; at = tree_.items()[at].next) {
            if (HoldsSome(test, at)) return true;
        }
        return false;
    }

    const EventTree& tree_;
};

class CompiledRouter final : public Router {
public:
    explicit CompiledRouter(const std::vector<Rule>& rules) : serial_(NextSerial()) {
        std::unordered_map<std::string, std::uint32_t> numbers;
        for (const Rule& rule : rules) {
            Compiled& compiled = rules_.emplace_back();
            compiled.pattern = PatternOf(rule);
            compiled.fallback = rule.fallback;
            compiled.names_realm = !rule.realms.empty();
            fields_.Add(compiled.pattern);
            for (const std::string& name : rule.to) {
                compiled.to.push_back(numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second);
            }
        }
        destinations_ = numbers.size();
        BuildIndexes();
    }

    Routing Route(const model::Envelope& envelope) const override {
        Scratch& scratch = ScratchOf();
        std::vector<RuleNumber>& candidates = scratch.candidates;
        candidates = always_;
        scratch.tree.Read(fields_, envelope);
        const auto add = [&](KeyIndex::List list) {
            for (const RuleNumber rule : list) {
                if (scratch.seen[rule] == scratch.round) continue;
                scratch.seen[rule] = scratch.round;
                candidates.push_back(rule);
            }
        };
        for (const Item& item : scratch.tree.items()) {
            if (item.kind == Item::Kind::kScalar) indexes_[item.field].Probe(item.value, add);
        }
        const Verifier verifier(scratch.tree);
        Routing routing;
        const bool is_own = envelope.realm == model::kOwnRealm;
        for (const RuleNumber rule : candidates) {
            if (is_own && !rules_[rule].names_realm) continue;
            if (verifier.Holds(rules_[rule].pattern, EventTree::kEvent)) routing.rules.push_back(rule);
        }
        std::sort(routing.rules.begin(), routing.rules.end());
        DropFallbacks(routing.rules);
        AddHits(routing, scratch);
        return routing;
    }

private:
    struct Compiled {
        Pattern pattern;
        std::vector<std::uint32_t> to;  // numbers of destinations
        bool fallback = false;
        bool names_realm = false;
    };

    static std::uint64_t NextSerial() {
        static std::atomic<std::uint64_t> last{0};
        return ++last;
    }

    void BuildIndexes() {
        Popularity popularity;
        for (const Compiled& rule : rules_) popularity.Count(rule.pattern);
        indexes_.resize(fields_.size());
        for (RuleNumber rule = 0; rule < rules_.size(); ++rule) {
            const auto access = ChooseAccess(rules_[rule].pattern, popularity);
            if (!access) {
                always_.push_back(rule);
                continue;
            }
            for (const FieldHandle& one : access->handles) indexes_[one.field].Add(one.handle, rule);
        }
        for (FieldIndex& index : indexes_) index.Freeze();
    }

    Scratch& ScratchOf() const {
        thread_local Scratch scratch;
        if (scratch.router != serial_ || ++scratch.round == 0) {
            scratch.router = serial_;
            scratch.round = 1;
            scratch.seen.assign(rules_.size(), 0);
            scratch.named.assign(destinations_, 0);
        }
        return scratch;
    }

    void DropFallbacks(std::vector<RuleNumber>& rules) const {
        const auto is_fallback = [&](RuleNumber rule) { return rules_[rule].fallback; };
        if (!std::all_of(rules.begin(), rules.end(), is_fallback)) std::erase_if(rules, is_fallback);
    }

    void AddHits(Routing& routing, Scratch& scratch) const {
        for (const RuleNumber rule : routing.rules) {
            const std::vector<std::uint32_t>& to = rules_[rule].to;
            for (std::uint32_t i = 0; i < to.size(); ++i) {
                if (scratch.named[to[i]] == scratch.round) continue;
                scratch.named[to[i]] = scratch.round;
                routing.hits.push_back({rule, i});
            }
        }
    }

    const std::uint64_t serial_;
    std::vector<Compiled> rules_;  // complete before the indexes borrow from it
    FieldTree fields_;
    std::vector<FieldIndex> indexes_;  // by field
    std::vector<RuleNumber> always_;   // rules that no index finds
    std::size_t destinations_ = 0;
};

}  // namespace

std::unique_ptr<const Router> Router::Compile(const std::vector<Rule>& rules) {
    return std::make_unique<CompiledRouter>(rules);
}

}  // namespace fanfare::route
