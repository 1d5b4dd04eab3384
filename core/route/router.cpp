#include "route/router.hpp"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "route/access.hpp"
#include "route/event_tree.hpp"
#include "route/field_index.hpp"
#include "route/field_tree.hpp"
#include "route/flat_patterns.hpp"

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

class CompiledRouter final : public Router {
public:
    explicit CompiledRouter(const std::vector<Rule>& rules) : serial_(NextSerial()) {
        std::vector<Pattern> patterns;
        std::unordered_map<std::string, std::uint32_t> numbers;
        for (const Rule& rule : rules) {
            fields_.Add(patterns.emplace_back(PatternOf(rule)));
            Compiled& compiled = rules_.emplace_back();
            compiled.fallback = rule.fallback;
            compiled.names_realm = !rule.realms.empty();
            compiled.to = static_cast<std::uint32_t>(to_.size());
            for (const std::string& name : rule.to) {
                to_.push_back(numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second);
            }
            compiled.behind_to = static_cast<std::uint32_t>(to_.size());
        }
        destinations_ = numbers.size();
        BuildIndexes(patterns);
        for (RuleNumber rule = 0; rule < rules_.size(); ++rule) {
            rules_[rule].pattern = patterns_.Add(std::move(patterns[rule]));
        }
    }

    Routing Route(const model::Envelope& envelope, const std::optional<json::OutlinedText>& data) const override {
        Scratch& scratch = ScratchOf();
        std::vector<RuleNumber>& candidates = scratch.candidates;
        candidates = always_;
        scratch.tree.Read(fields_, envelope, data ? &*data : nullptr);
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
        Routing routing;
        const bool is_own = envelope.realm == model::kOwnRealm;
        for (const RuleNumber rule : candidates) {
            if (is_own && !rules_[rule].names_realm) continue;
            if (patterns_.Holds(rules_[rule].pattern, scratch.tree)) routing.rules.push_back(rule);
        }
        std::sort(routing.rules.begin(), routing.rules.end());
        DropFallbacks(routing.rules);
        AddHits(routing, scratch);
        return routing;
    }

private:
    struct Compiled {
        FlatPatterns::Range pattern;
        std::uint32_t to = 0;  // the first of its destinations in to_
        std::uint32_t behind_to = 0;
        bool fallback = false;
        bool names_realm = false;
    };

    static std::uint64_t NextSerial() {
        static std::atomic<std::uint64_t> last{0};
        return ++last;
    }

    void BuildIndexes(const std::vector<Pattern>& patterns) {
        Popularity popularity;
        for (const Pattern& pattern : patterns) popularity.Count(pattern);
        indexes_.resize(fields_.size());
        for (RuleNumber rule = 0; rule < patterns.size(); ++rule) {
            const auto access = ChooseAccess(patterns[rule], popularity);
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
            const Compiled& compiled = rules_[rule];
            for (std::uint32_t at = compiled.to; at != compiled.behind_to; ++at) {
                if (scratch.named[to_[at]] == scratch.round) continue;
                scratch.named[to_[at]] = scratch.round;
                routing.hits.push_back({rule, at - compiled.to});
            }
        }
    }

    const std::uint64_t serial_;
    std::vector<Compiled> rules_;
    std::vector<std::uint32_t> to_;  // numbers of destinations, rule after rule
    FlatPatterns patterns_;
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
