#include "admin/operation.hpp"

#include "admin/answers.hpp"
#include "admin/api.hpp"
#include "json/value.hpp"

namespace fanfare::admin {
namespace {

std::vector<Parameter> FilterWith(std::vector<Parameter> more) {
    std::vector<Parameter> all{{"state", "only in this state", {"waiting", "sending", "sent", "dead", "cancelled"}},
                               {"destination", "only of this destination"},
                               {"realm", "only of events in this realm"},
                               {"type", "only of events of this type"},
                               {"text", "only with this text in the event's id or type, or in the reason"},
                               {"older_than", "only of events accepted more than so many seconds ago"},
                               {"newer_than", "only of events accepted at most so many seconds ago"},
                               {"limit", "at most so many, 1 to 1000; 100 if not given"},
                               {"after", "go on behind this delivery: 'next' of the page before"}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

json::Value Document(const Parameter& parameter) {
    json::Value schema{{"type", "string"}};
    if (!parameter.words.empty()) schema["enum"] = parameter.words;
    return {{"name", parameter.name}, {"in", "query"}, {"description", parameter.help}, {"schema", std::move(schema)}};
}

json::Value Document(const char* help, const char* content_type, const std::string& schema) {
    const json::Value reference{{"$ref", "#/components/schemas/" + schema}};
    return {{"description", help}, {"content", {{content_type, {{"schema", reference}}}}}};
}

// What stands for the name in braces.
const char* PathHelp(const Operation& operation) {
    if (operation.path.starts_with("/v1/events/"))
        return "the event's id, or our key of it, which tells apart those that have the same id";
    if (operation.path.starts_with("/v1/deliveries/")) return "the delivery's id (dlv_...)";
    return "the destination's name";
}

json::Value Document(const Operation& operation) {
    json::Value out;
    out["operationId"] = operation.name;
    out["summary"] = operation.summary;
    out["parameters"] = json::Value::array();
    if (const std::size_t brace = operation.path.find('{'); brace != std::string::npos) {
        const std::string name = operation.path.substr(brace + 1, operation.path.find('}') - brace - 1);
        out["parameters"].push_back({{"name", name},
                                     {"in", "path"},
                                     {"required", true},
                                     {"description", PathHelp(operation)},
                                     {"schema", {{"type", "string"}}}});
    }
    for (const Parameter& parameter : operation.parameters) out["parameters"].push_back(Document(parameter));
    const bool is_text = operation.answer == "Text" || operation.answer == "Metrics";
    out["responses"] = {{"200", Document("done", is_text ? "text/plain" : "application/json", operation.answer)},
                        {"default", Document("an error", "application/problem+json", "Problem")}};
    return out;
}

}  // namespace

std::optional<std::string_view> Operation::Match(std::string_view actual) const {
    const std::string_view wanted = path;
    const std::size_t open = wanted.find('{');
    if (open == std::string_view::npos) return actual == wanted ? std::optional(std::string_view()) : std::nullopt;
    const std::string_view head = wanted.substr(0, open);
    const std::string_view tail = wanted.substr(wanted.find('}') + 1);
    if (actual.size() <= head.size() + tail.size() || !actual.starts_with(head) || !actual.ends_with(tail))
        return std::nullopt;
    const std::string_view middle = actual.substr(head.size(), actual.size() - head.size() - tail.size());
    return middle.find('/') == std::string_view::npos ? std::optional(middle) : std::nullopt;
}

const std::vector<Operation>& Operations() {
    static const std::vector<Operation> operations{
        {"GET", "/healthz", "isAlive", "whether the process answers", {}, "Text", &Api::Health},
        {"GET", "/readyz", "isReady", "whether it would take events now", {}, "Text", &Api::Ready},
        {"GET", "/metrics", "getMetrics", "what Prometheus scrapes", {}, "Metrics", &Api::Metrics},
        {"GET", "/openapi.json", "getDocument", "this document", {}, "Document", &Api::Document},
        {"GET", "/v1/status", "getStatus", "what the daemon is doing", {}, "Status", &Api::Status},
        {"POST",
         "/v1/reload",
         "reload",
         "take the configuration anew, whole or not at all",
         {},
         "Reloaded",
         &Api::Reload},
        {"GET",
         "/v1/events",
         "listEvents",
         "events, the newest first, without their data",
         {{"realm", "only of this realm"},
          {"type", "only of this type"},
          {"text", "only with this text in the id, the source, the type or the subject"},
          {"older_than", "only accepted more than so many seconds ago"},
          {"newer_than", "only accepted at most so many seconds ago"},
          {"limit", "at most so many, 1 to 1000; 100 if not given"},
          {"after", "go on behind this event: 'next' of the page before"}},
         "Events",
         &Api::Events},
        {"GET",
         "/v1/events/{id}",
         "getEvent",
         "an event and its deliveries, by its id or by our key",
         {},
         "Event",
         &Api::Event},
        {"GET", "/v1/deliveries", "listDeliveries", "deliveries, in order of destination and acceptance",
         FilterWith({}), "Deliveries", &Api::Deliveries},
        {"GET",
         "/v1/deliveries/{id}",
         "getDelivery",
         "a delivery, its attempts, and what it sends",
         {},
         "DeliveryDetail",
         &Api::Delivery},
        {"POST",
         "/v1/deliveries/{id}/retry",
         "retryDelivery",
         "make a dead or cancelled delivery waiting again",
         {{"render", "send what the configuration makes of it now, not what is stored", {"true", "false"}}},
         "Steered",
         &Api::RetryOne},
        {"POST",
         "/v1/deliveries/{id}/cancel",
         "cancelDelivery",
         "end a waiting or dead delivery as cancelled",
         {},
         "Steered",
         &Api::CancelOne},
        {"POST", "/v1/deliveries/retry", "retryDeliveries",
         "the same for a page of those that a filter takes; call again with after=next",
         FilterWith({{"preview", "only count them", {"true", "false"}},
                     {"render",
                      "send what the configuration makes of them now; 'failed' tells which it cannot make, and why",
                      {"true", "false"}}}),
         "SteeredMany", &Api::RetryMany},
        {"POST", "/v1/deliveries/cancel", "cancelDeliveries",
         "the same for a page of those that a filter takes; call again with after=next",
         FilterWith({{"preview", "only count them", {"true", "false"}}}), "SteeredMany", &Api::CancelMany},
        {"GET",
         "/v1/destinations",
         "listDestinations",
         "destinations, their state and their counts",
         {},
         "Destinations",
         &Api::Destinations},
        {"GET", "/v1/destinations/{name}", "getDestination", "one of them", {}, "Destination", &Api::Destination},
        {"POST",
         "/v1/destinations/{name}/pause",
         "pauseDestination",
         "hand it nothing until it is resumed, over restarts too",
         {{"reason", "for those who look"}},
         "Paused",
         &Api::Pause},
        {"POST",
         "/v1/destinations/{name}/resume",
         "resumeDestination",
         "deliver to it again",
         {},
         "Paused",
         &Api::Resume},
        {"POST",
         "/v1/destinations/{name}/test",
         "testDestination",
         "send it an event that is for it alone; ask for the event's deliveries then",
         {},
         "Tried",
         &Api::TryDestination},
        {"GET",
         "/v1/activity",
         "listActivity",
         "what happened just now; noted only while somebody asks every 10 seconds",
         {{"after", "what is behind this number: 'next' of the answer before; without it, only 'next'"},
          {"limit", "at most so many, 1 to 4096; 1000 if not given"}},
         "Activity",
         &Api::Activity},
        {"POST",
         "/v1/prune",
         "prune",
         "take away events that ended long ago; call again while 'more'",
         {{"older_than", "what ended more than so many seconds ago"},
          {"dead", "dead ones too", {"true", "false"}},
          {"limit", "events at once, 1 to 1000; 200 if not given"}},
         "Pruned",
         &Api::Prune},
        {"GET", "/v1/store", "getStore", "how much room the store takes", {}, "Store", &Api::Store},
        {"POST",
         "/v1/store/verify",
         "verifyStore",
         "look at every check sum and every count; takes a while",
         {},
         "Verified",
         &Api::Verify},
        {"POST",
         "/v1/store/backup",
         "backUpStore",
         "write a consistent copy while events flow; takes a while",
         {{"path", "the file, absolute, which must not exist yet"}},
         "BackedUp",
         &Api::Backup},
    };
    return operations;
}

std::string OpenApiDocument(std::string_view version) {
    json::Value document;
    document["openapi"] = "3.0.3";
    document["info"] = {{"title", "Fanfare's admin API"}, {"version", version}, {"license", {{"name", "Apache-2.0"}}}};
    document["paths"] = json::Value::object();
    for (const Operation& operation : Operations()) {
        document["paths"][operation.path][operation.method == "GET" ? "get" : "post"] = Document(operation);
    }
    document["components"]["schemas"] = AnswerSchemas();
    return json::Dump(document);
}

}  // namespace fanfare::admin
