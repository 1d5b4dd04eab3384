#include <utility>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "route/router.hpp"
#include "route/topic.hpp"

namespace fanfare::route {
namespace {

using model::Quote;

void CheckRealm(std::string pointer, const std::string& realm, std::vector<RuleFault>& faults) {
    if (realm.empty()) {
        faults.push_back({std::move(pointer), "the name of a realm must not be empty",
                          "leave `realms` out to take events of every realm"});
    } else if (!base::IsName(realm)) {
        faults.push_back({std::move(pointer), Quote(realm) + " is not the name of a realm",
                          "1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit"});
    }
}

void CheckType(std::string pointer, const std::string& type, std::vector<RuleFault>& faults) {
    const auto pattern = TopicPattern::Parse(type);
    if (!pattern) faults.push_back({std::move(pointer), pattern.error().message, ""});
}

}  // namespace

std::vector<RuleFault> Check(const Rule& rule) {
    std::vector<RuleFault> faults;
    for (std::size_t i = 0; i < rule.realms.size(); ++i) {
        CheckRealm("/realms/" + std::to_string(i), rule.realms[i], faults);
    }
    for (std::size_t i = 0; i < rule.types.size(); ++i) {
        CheckType("/types/" + std::to_string(i), rule.types[i], faults);
    }
    ParsePattern(rule.match, faults);
    if (rule.to.empty()) {
        faults.push_back({"/to", "names no destination: the route goes nowhere", "to = [\"NAME\"]"});
    }
    return faults;
}

}  // namespace fanfare::route
