#include "schema/check.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/constraints/constraint_visitor.hpp>

#include "schema/canonical.hpp"
#include "schema/format.hpp"
#include "schema/place.hpp"

namespace fanfare::schema {
namespace {

using valijson::Subschema;
using valijson::constraints::Constraint;

// A step is a subschema that is applied to a value. The first lets small values through whatever the schema, the second
// is how many alternatives on average a schema may have for each value.
constexpr std::size_t kFreeSteps = 100'000;
constexpr std::size_t kStepsPerValue = 200;
// What matching costs beside a step.
constexpr std::size_t kBytesPerStep = 64;
// Subschemas within one another; 256 levels of JSON with "allOf" and the like between them. Bounds the stack.
constexpr std::size_t kMaxNested = 1000;
// A text that is longer is nobody's misspelling.
constexpr std::size_t kMaxMisspelling = 64;

struct TooMuch {};

std::size_t Weight(const json::Value& value) {
    if (value.is_string()) return 1 + value.get_ref<const std::string&>().size() / kBytesPerStep;
    std::size_t weight = 1;
    if (value.is_structured()) {
        for (const json::Value& each : value) weight += Weight(each);
    }
    return weight;
}

template <class Text>
std::string Plain(const Text& text) {
    return std::string(text.data(), text.size());
}

// valijson parses the schema and hands out its constraints; its own visitor is not for data of strangers: it copies the
// names above for every element, matches with std::regex and keeps every finding.
class Checker final : public valijson::constraints::ConstraintVisitor {
public:
    Checker(const Rules& rules, const json::Value& value)
        : rules_(rules),
          apply_([this](const Constraint& constraint) { return constraint.accept(*this); }),
          value_(&value),
          steps_left_(kFreeSteps + kStepsPerValue * Weight(value)) {}

    std::vector<Finding> Run() {
        std::vector<Finding> findings;
        findings_ = &findings;
        try {
            Holds(rules_.schema);
        } catch (const TooMuch&) {
            if (!findings.empty()) return findings;
            findings.push_back({Kind::kTooMuch, nullptr, "", "", "", "", 0});
        }
        return findings;
    }

    bool visit(const AllOfConstraint& constraint) override {
        bool all = true;
        constraint.applyToSubschemas([&](unsigned, const Subschema* schema) {
            all = Holds(*schema) && all;
            return all || IsReporting();
        });
        return all;
    }

    bool visit(const AnyOfConstraint& constraint) override { return Count(constraint, "anyOf", 1) > 0; }

    bool visit(const OneOfConstraint& constraint) override {
        const std::size_t count = Count(constraint, "oneOf", 2);
        return count == 1 || (count > 1 && Report(Kind::kSeveral));
    }

    bool visit(const NotConstraint& constraint) override {
        return !HoldsSilently(*value_, *constraint.getSubschema()) || Report(Kind::kNot);
    }

    bool visit(const ConditionalConstraint& constraint) override {
        const bool condition = HoldsSilently(*value_, *constraint.getIfSubschema());
        const Subschema* then = condition ? constraint.getThenSubschema() : constraint.getElseSubschema();
        return then == nullptr || Holds(*then);
    }

    bool visit(const ConstConstraint&) override {
        Charge(Weight(*value_));
        return Canonical(*value_) == NodeHere()->constant || Report(Kind::kConst);
    }

    bool visit(const EnumConstraint&) override {
        Charge(Weight(*value_));
        if (NodeHere()->choices.contains(Canonical(*value_))) return true;
        const bool is_short = value_->is_string() && Text().size() <= kMaxMisspelling;
        return Report(Kind::kEnum, is_short ? Text() : "");
    }

    bool visit(const TypeConstraint& constraint) override {
        bool fits = false;
        constraint.applyToNamedTypes([&](TypeConstraint::JsonType type) {
            fits = IsOfType(type);
            return !fits;
        });
        return fits || Report(Kind::kType, TypeName(*value_));
    }

    bool visit(const PatternConstraint& constraint) override {
        if (!value_->is_string()) return true;
        Charge(Weight(*value_));
        const auto pattern = rules_.patterns.find(constraint.getPattern<std::string::allocator_type>());
        return (pattern != rules_.patterns.end() && pattern->second.Matches(Text())) || Report(Kind::kPattern);
    }

    bool visit(const FormatConstraint& constraint) override {
        return !value_->is_string() || HasFormat(Text(), constraint.getFormat()) || Report(Kind::kFormat);
    }

    bool visit(const MinLengthConstraint& constraint) override {
        return !value_->is_string() || Length(Text()) >= constraint.getMinLength() || Report(Kind::kShort);
    }

    bool visit(const MaxLengthConstraint& constraint) override {
        return !value_->is_string() || Length(Text()) <= constraint.getMaxLength() || Report(Kind::kLong);
    }

    bool visit(const MinimumConstraint& constraint) override {
        if (!value_->is_number()) return true;
        const char* keyword = KeywordOf("minimum", "exclusiveMinimum", constraint.getExclusiveMinimum());
        const long double limit = Limit(keyword, constraint.getMinimum());
        const long double number = Number(*value_);
        return number > limit || (number == limit && !constraint.getExclusiveMinimum()) ||
               Report(Kind::kLow, {}, nullptr, keyword);
    }

    bool visit(const MaximumConstraint& constraint) override {
        if (!value_->is_number()) return true;
        const char* keyword = KeywordOf("maximum", "exclusiveMaximum", constraint.getExclusiveMaximum());
        const long double limit = Limit(keyword, constraint.getMaximum());
        const long double number = Number(*value_);
        return number < limit || (number == limit && !constraint.getExclusiveMaximum()) ||
               Report(Kind::kHigh, {}, nullptr, keyword);
    }

    bool visit(const MultipleOfIntConstraint& constraint) override {
        if (!value_->is_number()) return true;
        const auto divisor = static_cast<long double>(constraint.getDivisor());
        return std::fmod(Number(*value_), divisor) == 0 || Report(Kind::kMultiple);
    }

    bool visit(const MultipleOfDoubleConstraint& constraint) override {
        if (!value_->is_number()) return true;
        // As valijson has it: 0.1 has no exact double.
        const double rest = std::remainder(value_->get<double>(), constraint.getDivisor());
        return std::fabs(rest) <= std::numeric_limits<double>::epsilon() || Report(Kind::kMultiple);
    }

    bool visit(const MinItemsConstraint& constraint) override {
        return !value_->is_array() || value_->size() >= constraint.getMinItems() || Report(Kind::kFewItems);
    }

    bool visit(const MaxItemsConstraint& constraint) override {
        return !value_->is_array() || value_->size() <= constraint.getMaxItems() || Report(Kind::kManyItems);
    }

    bool visit(const SingularItemsConstraint& constraint) override {
        const Subschema* schema = constraint.getItemsSubschema();
        return schema == nullptr || !value_->is_array() || ItemsHold(0, *schema);
    }

    bool visit(const LinearItemsConstraint& constraint) override {
        if (!value_->is_array()) return true;
        bool all = true;
        const std::size_t listed = constraint.getItemSubschemaCount();
        constraint.applyToItemSubschemas([&](unsigned index, const Subschema* schema) {
            if (index >= value_->size()) return false;
            all = HoldsBelow((*value_)[index], Place(place_, index), *schema) && all;
            return all || IsReporting();
        });
        if ((!all && !IsReporting()) || value_->size() <= listed) return all;
        const Subschema* others = constraint.getAdditionalItemsSubschema();
        if (others != nullptr) return ItemsHold(listed, *others) && all;
        const Place first(place_, listed);
        return Report(Kind::kExtraItem, {}, &first);
    }

    bool visit(const ContainsConstraint& constraint) override {
        if (!value_->is_array()) return true;
        const bool found = std::any_of(value_->begin(), value_->end(), [&](const json::Value& element) {
            return HoldsSilently(element, *constraint.getSubschema());
        });
        return found || Report(Kind::kContains);
    }

    bool visit(const UniqueItemsConstraint&) override {
        if (!value_->is_array()) return true;
        Charge(Weight(*value_));
        std::unordered_set<std::string> seen;
        const bool unique = std::all_of(value_->begin(), value_->end(), [&](const json::Value& element) {
            return seen.insert(Canonical(element)).second;
        });
        return unique || Report(Kind::kUnique);
    }

    bool visit(const MinPropertiesConstraint& constraint) override {
        return !value_->is_object() || value_->size() >= constraint.getMinProperties() || Report(Kind::kFewMembers);
    }

    bool visit(const MaxPropertiesConstraint& constraint) override {
        return !value_->is_object() || value_->size() <= constraint.getMaxProperties() || Report(Kind::kManyMembers);
    }

    bool visit(const RequiredConstraint& constraint) override {
        if (!value_->is_object()) return true;
        bool all = true;
        constraint.applyToRequiredProperties([&](const auto& name) {
            all = IsThere(Plain(name)) && all;
            return all || IsReporting();
        });
        return all;
    }

    bool visit(const DependenciesConstraint& constraint) override {
        if (!value_->is_object()) return true;
        bool all = true;
        constraint.applyToPropertyDependencies([&](const auto& name, const auto& needed) {
            if (!value_->contains(Plain(name))) return true;
            for (const auto& each : needed) all = IsThere(Plain(each)) && all;
            return all || IsReporting();
        });
        constraint.applyToSchemaDependencies([&](const auto& name, const Subschema* schema) {
            if (value_->contains(Plain(name))) all = Holds(*schema) && all;
            return all || IsReporting();
        });
        return all;
    }

    bool visit(const PropertyNamesConstraint& constraint) override {
        if (!value_->is_object()) return true;
        bool all = true;
        for (const auto& [name, unused] : value_->items()) {
            if (HoldsSilently(json::Value(name), *constraint.getSubschema())) continue;
            const Place member(place_, name);
            all = Report(Kind::kBadName, {}, &member);
            if (!IsReporting()) return false;
        }
        return all;
    }

    bool visit(const PropertiesConstraint& constraint) override {
        if (!value_->is_object()) return true;
        Charge(value_->size());
        std::vector<const json::Value*> known;
        bool all = true;
        constraint.applyToProperties([&](const auto& name, const Subschema* schema) {
            const auto member = value_->find(Plain(name));
            if (member == value_->end()) return true;
            known.push_back(&*member);
            all = HoldsBelow(*member, Place(place_, member.key()), *schema) && all;
            return all || IsReporting();
        });
        constraint.applyToPatternProperties([&](const auto& pattern, const Subschema* schema) {
            all = MatchingHold(rules_.patterns.at(Plain(pattern)), *schema, known) && all;
            return all || IsReporting();
        });
        const Subschema* others = constraint.getAdditionalPropertiesSubschema();
        if ((!all && !IsReporting()) || others == rules_.schema.emptySubschema()) return all;
        return OthersHold(others, known) && all;
    }

    bool visit(const valijson::constraints::PolyConstraint&) override { return true; }

private:
    // Whether findings are wanted; if not, the first fault ends it.
    bool IsReporting() const { return findings_ != nullptr; }

    const std::string& Text() const { return value_->get_ref<const std::string&>(); }

    void Charge(std::size_t steps) {
        if (steps > steps_left_) throw TooMuch{};
        steps_left_ -= steps;
    }

    const Rules::Node* NodeHere() const {
        const std::string title = schema_->getTitle();
        std::size_t index = 0;
        std::from_chars(title.data(), title.data() + title.size(), index);
        return &rules_.nodes.at(index);
    }

    // Always false, the verdict.
    bool Report(Kind kind, std::string_view detail = {}, const Place* place = nullptr, const char* keyword = "") {
        if (findings_ == nullptr || findings_->size() >= kMaxFindings) return false;
        if (place == nullptr) place = place_;
        // Alternatives that fail come here too, and what they found may be thrown away.
        Charge(1 + place->depth());
        const json::Value* source = kind == Kind::kForbidden ? nullptr : NodeHere()->source;
        findings_->push_back(
            {kind, source, place->Pointer(), place->Name(), std::string(detail), keyword, place->depth()});
        return false;
    }

    bool Holds(const Subschema& schema) {
        if (findings_ != nullptr && findings_->size() >= kMaxFindings) return false;
        Charge(1);
        if (schema.getAlwaysInvalid()) return Report(Kind::kForbidden);
        if (++nested_ > kMaxNested) throw TooMuch{};
        const Subschema* outer = std::exchange(schema_, &schema);
        const bool holds = findings_ == nullptr ? schema.applyStrict(apply_) : schema.apply(apply_);
        schema_ = outer;
        --nested_;
        return holds;
    }

    bool HoldsBelow(const json::Value& value, const Place& place, const Subschema& schema) {
        const json::Value* outer_value = std::exchange(value_, &value);
        const Place* outer_place = std::exchange(place_, &place);
        const bool holds = Holds(schema);
        value_ = outer_value;
        place_ = outer_place;
        return holds;
    }

    bool HoldsSilently(const json::Value& value, const Subschema& schema) {
        std::vector<Finding>* outer = std::exchange(findings_, nullptr);
        const json::Value* outer_value = std::exchange(value_, &value);
        const bool holds = Holds(schema);
        value_ = outer_value;
        findings_ = outer;
        return holds;
    }

    // How many of the alternatives hold, up to `enough`. If none does, it is reported.
    template <class Alternatives>
    std::size_t Count(const Alternatives& constraint, const char* keyword, std::size_t enough) {
        std::size_t count = 0;
        std::vector<std::vector<Finding>> faults;
        std::vector<Finding>* outer = findings_;
        constraint.applyToSubschemas([&](unsigned, const Subschema* schema) {
            std::vector<Finding> own;
            if (outer != nullptr) findings_ = &own;
            count += Holds(*schema) ? 1 : 0;
            findings_ = outer;
            if (count == 0 && outer != nullptr) faults.push_back(std::move(own));
            return count < enough;
        });
        if (count == 0) ReportAlternatives(keyword, std::move(faults));
        return count;
    }

    // The faults that the only alternative found which can be meant: that of the value's own type, or, if several are,
    // the one whose constants are those of the value's members.
    void ReportAlternatives(const char* keyword, std::vector<std::vector<Finding>> faults) {
        if (findings_ == nullptr) return;
        const std::size_t depth = place_->depth();
        std::erase_if(faults, [depth](const std::vector<Finding>& each) {
            return std::any_of(each.begin(), each.end(), [depth](const Finding& finding) {
                return finding.kind == Kind::kType && finding.depth == depth;
            });
        });
        if (faults.size() > 1) {
            std::erase_if(faults, [depth](const std::vector<Finding>& each) {
                return std::any_of(each.begin(), each.end(), [depth](const Finding& finding) {
                    return finding.kind == Kind::kConst && finding.depth == depth + 1;
                });
            });
        }
        if (faults.size() != 1) {
            Report(Kind::kAlternatives, TypeName(*value_), nullptr, keyword);
            return;
        }
        for (Finding& finding : faults.front()) {
            if (findings_->size() < kMaxFindings) findings_->push_back(std::move(finding));
        }
    }

    bool IsOfType(TypeConstraint::JsonType type) const {
        switch (type) {
            case TypeConstraint::kAny:
                return true;
            case TypeConstraint::kArray:
                return value_->is_array();
            case TypeConstraint::kBoolean:
                return value_->is_boolean();
            case TypeConstraint::kInteger:
                return value_->is_number_integer() ||
                       (value_->is_number() && rules_.is_3_0_an_integer && IsIntegral(*value_));
            case TypeConstraint::kNull:
                return value_->is_null();
            case TypeConstraint::kNumber:
                return value_->is_number();
            case TypeConstraint::kObject:
                return value_->is_object();
            case TypeConstraint::kString:
                return value_->is_string();
        }
        return false;
    }

    // Draft 4 has the limit beside a boolean, later drafts in the exclusive keyword itself.
    const char* KeywordOf(const char* inclusive, const char* exclusive, bool is_exclusive) const {
        const json::Value& source = *NodeHere()->source;
        return is_exclusive && source.contains(exclusive) && source[exclusive].is_number() ? exclusive : inclusive;
    }

    // valijson keeps limits as doubles; 64-bit integers are compared as they were written.
    long double Limit(const char* keyword, double rounded) const {
        const json::Value& source = *NodeHere()->source;
        return source.contains(keyword) && source[keyword].is_number() ? Number(source[keyword]) : rounded;
    }

    bool IsThere(const std::string& member) {
        if (value_->contains(member)) return true;
        const Place place(place_, member);
        return Report(Kind::kMissing, member, &place);
    }

    bool ItemsHold(std::size_t first, const Subschema& schema) {
        bool all = true;
        for (std::size_t i = first; i < value_->size() && (all || IsReporting()); ++i) {
            all = HoldsBelow((*value_)[i], Place(place_, i), schema) && all;
        }
        return all;
    }

    bool MatchingHold(const Pattern& pattern, const Subschema& schema, std::vector<const json::Value*>& known) {
        bool all = true;
        for (const auto& [name, member] : value_->items()) {
            Charge(1 + name.size() / kBytesPerStep);
            if (!pattern.Matches(name)) continue;
            known.push_back(&member);
            all = HoldsBelow(member, Place(place_, name), schema) && all;
        }
        return all;
    }

    bool OthersHold(const Subschema* schema, std::vector<const json::Value*>& known) {
        std::sort(known.begin(), known.end(), std::less<>());
        bool all = true;
        for (const auto& [name, member] : value_->items()) {
            if (std::binary_search(known.begin(), known.end(), &member, std::less<>())) continue;
            const Place place(place_, name);
            all = (schema == nullptr ? Report(Kind::kUnknown, name.substr(0, kMaxMisspelling + 1), &place)
                                     : HoldsBelow(member, place, *schema)) &&
                  all;
            if (!all && !IsReporting()) return false;
        }
        return all;
    }

    const Rules& rules_;
    Subschema::ApplyFunction apply_;
    const json::Value* value_;
    const Place whole_;
    const Place* place_ = &whole_;
    const Subschema* schema_ = nullptr;
    std::vector<Finding>* findings_ = nullptr;
    std::size_t steps_left_;
    std::size_t nested_ = 0;
};

}  // namespace

std::vector<Finding> Check(const Rules& rules, const json::Value& value) { return Checker(rules, value).Run(); }

}  // namespace fanfare::schema
