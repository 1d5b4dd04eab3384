#include "base/text.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kDay = 24h;
constexpr std::size_t kMaxSchedule = 1000;

void ReadSchedule(Keys& keys, model::RetryPolicy& retry) {
    const toml::node* node = keys.Find("schedule");
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list || list->empty() || list->size() > kMaxSchedule) {
        keys.scope().Error(*node, "'schedule' must be a list of 1 to " + std::to_string(kMaxSchedule) + " durations",
                           "write it as [\"5s\", \"1m\", \"10m\"]; the last one repeats");
        return;
    }
    for (const toml::node& element : *list) {
        base::Duration delay{};
        if (ReadDuration(keys.scope(), element, "schedule", 0s, 30 * kDay, delay)) retry.schedule.push_back(delay);
    }
    for (const std::string_view key : {"base", "factor", "max_delay"}) {
        if (!keys.Find(key)) continue;
        keys.scope().report.Error(keys.PositionOf(key), Quoted(key) + " has no effect beside 'schedule'",
                                  "take out one of the two");
    }
}

void ReadRetry(const Scope& scope, const toml::table& table, const std::string& title, model::RetryPolicy& retry) {
    Keys keys(scope, table, title);
    const bool has_base = keys.Duration("base", 1ms, 30 * kDay, retry.base);
    keys.Number("factor", 1, 100, retry.factor);
    const bool has_max_delay = keys.Duration("max_delay", 1ms, 30 * kDay, retry.max_delay);
    keys.Number("jitter", 0, 1, retry.jitter);
    keys.Integer("max_attempts", 1, 1'000'000, retry.max_attempts);
    keys.Duration("max_age", 1s, 365 * kDay, retry.max_age);
    ReadSchedule(keys, retry);
    keys.RefuseUnknown();
    if ((has_base || has_max_delay) && retry.base > retry.max_delay) {
        scope.report.Error(keys.PositionOf(has_base ? "base" : "max_delay"), "'base' is longer than 'max_delay'",
                           "'base' is the first delay, 'max_delay' (1h if not set) the longest");
    }
}

bool IsReserved(std::string_view key) {
    return key == "plugin" || key == "enabled" || key == "isolation" || key == "delivery" || key == "shape" || key == "http";
}

void ReadOptions(const Scope& scope, const toml::table& table, Destination& destination) {
    destination.options = json::Value::object();
    for (const Member& member : Members(table, scope.document)) {
        if (IsReserved(member.name)) continue;
        json::Value value;
        const std::string pointer = json::PointerTo("", member.name);
        if (ToJson(scope, *member.value, pointer, value, destination.option_positions)) {
            destination.options[std::string(member.name)] = std::move(value);
        }
    }
}

void ReadPlugin(Keys& keys, const Document& document, Destination& destination) {
    const toml::node* node = keys.Find("plugin");
    if (!node) {
        if (document.MayHaveLost("plugin")) return;
        keys.scope().report.Error(destination.where, "destination " + Quoted(destination.name) + " has no 'plugin'",
                                  "say what kind of destination it is: plugin = \"webhook\"");
        return;
    }
    destination.option_positions["/plugin"] = document.PositionOf(*node);
    if (!ReadString(keys.scope(), *node, "plugin", destination.plugin)) return;
    if (base::IsName(destination.plugin)) return;
    keys.scope().Error(*node, "'plugin' is not the name of a plugin",
                       "write its name alone, as in plugin = \"webhook\": no path and no \".so\"");
}

void ReadOrderBy(Keys& keys, Destination& destination) {
    std::string pointer;
    if (!keys.String("order_by", pointer)) return;
    const auto order_by = profile::OrderBy::Parse(pointer);
    if (!order_by) {
        keys.scope().Error(*keys.Find("order_by"), "'order_by' is no place in an event",
                           "write a JSON pointer such as \"/data/object_id\", \"/subject\" or \"/realm\"");
        return;
    }
    destination.order_by = std::make_shared<const profile::OrderBy>(*order_by);
}

}  // namespace

void ReadDelivery(const Scope& scope, const toml::table& table, const std::string& owner, Destination& destination) {
    model::DeliveryPolicy& policy = destination.delivery;
    Keys keys(scope, table, "[" + owner + ".delivery]");
    if (const toml::table* retry = keys.FindTable("retry")) {
        ReadRetry(scope, *retry, "'retry' of [" + owner + ".delivery]", policy.retry);
    }
    keys.Duration("timeout", 1ms, kDay, policy.timeout);
    keys.Integer("concurrency", 1, 10'000, policy.concurrency);
    if (model::Rate rate; keys.Rate("rate", rate)) policy.rate = rate;
    if (const toml::table* breaker = keys.FindTable("breaker")) {
        Keys breaker_keys(scope, *breaker, "'breaker' of [" + owner + ".delivery]");
        breaker_keys.Integer("failures", 1, 1'000'000, policy.breaker.failures);
        breaker_keys.Duration("probe", 100ms, kDay, policy.breaker.probe);
        breaker_keys.RefuseUnknown();
    }
    keys.Boolean("error_history", policy.error_history);
    ReadOrderBy(keys, destination);
    keys.RefuseUnknown();
}

void ReadDestinations(Draft& draft, const Document& document) {
    const Scope scope{document, draft.report};
    const auto read = [&](std::string_view name, const Position& where, const toml::table& table) {
        Destination destination;
        destination.name = name;
        destination.where = where;
        destination.option_positions[""] = where;
        const std::string owner = "destination." + destination.name;
        Keys keys(scope, table, "[" + owner + "]");
        ReadPlugin(keys, document, destination);
        keys.Boolean("enabled", destination.enabled);
        if (const auto isolation = keys.Choice("isolation", {"none", "process"})) destination.is_isolated = *isolation == 1;
        if (const toml::table* delivery = keys.FindTable("delivery")) {
            ReadDelivery(scope, *delivery, owner, destination);
        }
        if (const toml::table* http = keys.FindTable("http")) destination.http = ReadHttp(scope, *http, owner);
        if (const toml::table* shape = keys.FindTable("shape")) {
            Keys shape_keys(scope, *shape, "[" + owner + ".shape]");
            destination.shaping = ReadShape(shape_keys);
            shape_keys.RefuseUnknown();
        }
        ReadOptions(scope, table, destination);
        draft.config.destinations.push_back(std::move(destination));
    };
    ReadNamedTables(draft, document, "destination", read);
}

}  // namespace fanfare::config
