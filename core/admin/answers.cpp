#include "admin/answers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "admin/activity.hpp"
#include "model/delivery.hpp"

namespace fanfare::admin {
namespace {

enum class Presence { kAlways, kSometimes };

struct Member {
    std::string name;
    json::Value schema;
    Presence presence = Presence::kAlways;
};
using Members = std::vector<Member>;

json::Value Typed(const char* type, const std::string& help) { return {{"type", type}, {"description", help}}; }
json::Value String(const std::string& help) { return Typed("string", help); }
json::Value Boolean(const std::string& help) { return Typed("boolean", help); }
json::Value Number(const std::string& help) { return Typed("number", help); }

json::Value Count(const std::string& help) {
    json::Value out = Typed("integer", help);
    out["minimum"] = 0;
    return out;
}

json::Value Time(const std::string& help) {
    json::Value out = String(help);
    out["format"] = "date-time";
    return out;
}

json::Value OneOf(std::vector<std::string> words, const std::string& help) {
    json::Value out = String(help);
    out["enum"] = std::move(words);
    return out;
}

json::Value OrNull(json::Value schema) {
    schema["nullable"] = true;
    return schema;
}

json::Value Ref(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

json::Value ListOf(json::Value items, const std::string& help) {
    json::Value out = Typed("array", help);
    out["items"] = std::move(items);
    return out;
}

// One whose names are not ours.
json::Value MapOf(json::Value values, const std::string& help) {
    json::Value out = Typed("object", help);
    out["additionalProperties"] = std::move(values);
    return out;
}

json::Value Closed(const std::string& help, const Members& members) {
    json::Value out = Typed("object", help);
    out["additionalProperties"] = false;
    for (const Member& one : members) {
        if (one.presence == Presence::kAlways) out["required"].push_back(one.name);
        out["properties"][one.name] = one.schema;
    }
    return out;
}

Members Joined(Members first, const Members& then) {
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

Member Maybe(std::string name, json::Value schema) {
    return {std::move(name), std::move(schema), Presence::kSometimes};
}

json::Value DeliveryState() {
    using enum model::DeliveryState;
    std::vector<std::string> words;
    for (const auto state : {kWaiting, kSending, kSent, kDead, kCancelled}) words.emplace_back(model::Name(state));
    return OneOf(std::move(words), "where the delivery stands");
}

json::Value Outcome() {
    using enum model::OutcomeKind;
    std::vector<std::string> words;
    for (const auto kind : {kDelivered, kRetry, kRejected, kUnreachable, kNotAttempted})
        words.emplace_back(model::Name(kind));
    return OneOf(std::move(words), "how the attempt ended");
}

json::Value Next(const std::string& of_what) {
    return OrNull(String("'after' of the page behind this one: " + of_what + "; null on the last"));
}

Members Counts() {
    return {{"created", Count("deliveries ever made: the sum of the others")},
            {"waiting", Count("to be sent, or to be tried again")},
            {"sending", Count("under way now")},
            {"sent", Count("taken by the far side")},
            {"dead", Count("given up, kept with the reason")},
            {"cancelled", Count("ended by an operator")},
            {"pruned", Count("taken away long after their end")}};
}

Members EventHead() {
    return {
        {"key", String("Fanfare's own key of the event")}, {"realm", OrNull(String("null: the realm without a name"))},
        {"received_at", Time("when it was accepted")},     {"id", String("the producer's")},
        {"source", String("as in CloudEvents")},           {"type", String("as in CloudEvents")},
        Maybe("subject", String("as in CloudEvents"))};
}

Members DeliveryMembers() {
    return {{"id", String("of the delivery: dlv_ and 18 characters")},
            {"event_id", String("the producer's id of the event")},
            {"realm", OrNull(String("the event's; null: the realm without a name"))},
            {"type", String("the event's")},
            {"destination", String("where it goes")},
            {"route", String("by which it goes there")},
            {"state", Ref("DeliveryState")},
            {"attempts", Count("made so far")},
            {"next_attempt_at", OrNull(Time("null unless it waits for a time"))},
            {"reason", OrNull(String("why the last attempt failed, or why it ended"))},
            {"created_at", Time("when the event was accepted")},
            {"updated_at", Time("when the state changed last")}};
}

void AddEvents(json::Value& out) {
    out["DeliveryState"] = DeliveryState();
    out["DeliveryBrief"] = Closed(
        "a delivery in a list of events",
        {{"id", String("of the delivery")}, {"destination", String("where it goes")}, {"state", Ref("DeliveryState")}});
    out["EventBrief"] =
        Closed("an event without its data",
               Joined(EventHead(), {{"data_bytes", Count("how long its data is")},
                                    {"deliveries", ListOf(Ref("DeliveryBrief"), "what it is owed to")}}));
    out["Events"] = Closed("a page of events", {{"events", ListOf(Ref("EventBrief"), "the newest first")},
                                                {"next", Next("the key of an event")}});
    out["Event"] =
        Closed("an event and its deliveries; data if it is JSON or text, data_base64 if not, neither if there is none",
               Joined(EventHead(), {Maybe("time", Time("the producer's")),
                                    Maybe("datacontenttype", String("as in CloudEvents")),
                                    Maybe("dataschema", String("as in CloudEvents")),
                                    Maybe("extensions", MapOf({{"description", "text, a number or a truth"}},
                                                              "the producer's own attributes, by name")),
                                    Maybe("data", {{"description", "any JSON; text as a string"}}),
                                    Maybe("data_base64", String("bytes that are neither JSON nor text")),
                                    {"deliveries", ListOf(Ref("Delivery"), "what it is owed to")}}));
}

json::Value Pairs(const std::string& help) { return ListOf(Ref("Pair"), help); }

void AddDeliveries(json::Value& out) {
    out["Delivery"] = Closed("an event owed to a destination", DeliveryMembers());
    out["Deliveries"] = Closed("a page of deliveries",
                               {{"deliveries", ListOf(Ref("Delivery"), "in order of destination and acceptance")},
                                {"next", Next("the id of a delivery")}});
    out["Attempt"] =
        Closed("one try of a delivery", {{"number", Count("from 1")},
                                         {"started_at", Time("when it began")},
                                         {"took_ms", Number("in milliseconds")},
                                         {"outcome", Outcome()},
                                         {"code", OrNull(Typed("integer", "the far side's own; null: it gave none"))},
                                         {"reason", OrNull(String("why it failed"))},
                                         {"response", OrNull(String("the first bytes of the far side's answer"))},
                                         {"remote", OrNull(String("the far side's address"))}});
    out["Pair"] = Closed("a name may stand in a list twice",
                         {{"name", String("of a header or an option")},
                          {"value", String("'***' if the name looks like that of a secret")}});
    out["Request"] = OrNull(
        Closed("what is sent: body if it is text, body_base64 if not; null: it is not made yet or is the event itself",
               {Maybe("content_type", String("of the body")),
                Maybe("body", String("text")),
                Maybe("body_base64", String("bytes that are not text")),
                {"headers", Pairs("in their order")},
                {"options", Pairs("of the plugin, in their order")}}));
    out["DeliveryDetail"] =
        Closed("a delivery, its attempts, and what it sends",
               Joined(DeliveryMembers(),
                      {{"history", ListOf(Ref("Attempt"), "the first one first")}, {"request", Ref("Request")}}));
    out["Steered"] = Closed("a delivery was retried or cancelled",
                            {{"id", String("of the delivery")}, {"state", Ref("DeliveryState")}});
    out["SteeredMany"] = Closed(
        "what became of a page of deliveries",
        {{"matched", Count("that the filter takes and that can be so changed")},
         {"changed", Count("of them; 0 with preview")},
         {"skipped", Count("of them: their state changed meanwhile")},
         {"next", Next("the id of a delivery")},
         Maybe("failed", ListOf(Ref("Failure"), "with render: which cannot be made anew, and stay as they are"))});
    out["Failure"] =
        Closed("a delivery that cannot be made anew", {{"id", String("of the delivery")}, {"detail", String("why")}});
}

void AddDestinations(json::Value& out) {
    out["Destination"] = Closed(
        "a destination; with the state 'absent' only its name and counts: the store knows it, the configuration does "
        "not",
        Joined({{"name", String("as configured")},
                Maybe("plugin", String("that delivers to it")),
                {"state", OneOf({"open", "paused", "unreachable", "absent"}, "whether deliveries are handed to it")},
                Maybe("reason", OrNull(String("of the state"))),
                Maybe("since", OrNull(Time("when the state changed; null: not since the start"))),
                Maybe("in_flight", Count("deliveries that it works on now")),
                Maybe("limit", Count("of what it may work on at once, now")),
                Maybe("concurrency", Count("the most that the limit can become")),
                Maybe("misbehaviour", MapOf(Count("how often"), "what its plugin did against the contract, by kind"))},
               Counts()));
    out["Destinations"] = Closed(
        "all destinations", {{"destinations", ListOf(Ref("Destination"), "those that run, then the absent ones")}});
    out["Paused"] = Closed("a destination was paused or resumed",
                           {{"name", String("of the destination")}, {"paused", Boolean("what it is now")}});
    out["Tried"] = Closed("a destination was sent an event",
                          {{"name", String("of the destination")}, {"event", String("the key of the event")}});
}

void AddDaemon(json::Value& out) {
    out["Counts"] = Closed("deliveries by state", Counts());
    out["EventCounts"] =
        Closed("events since the start", {{"accepted", Count("and durable")},
                                          {"duplicate", Count("answered like the first")},
                                          {"dropped", Count("accepted by a rule that keeps nothing of them")},
                                          {"rejected", Count("refused with the reason")}});
    out["Recovery"] =
        Closed("what the start found", {{"unclean", Boolean("whether the run before ended without a stop")},
                                        {"in_doubt", Count("deliveries that were under way then")},
                                        {"lost_events", Count("events that the store has lost")}});
    out["Status"] =
        Closed("what the daemon is doing", {{"version", String("of the daemon")},
                                            {"listen", String("where events are taken")},
                                            {"started_at", Time("when the daemon started")},
                                            {"events", Ref("EventCounts")},
                                            {"recovery", Ref("Recovery")},
                                            {"deliveries", Ref("Counts")},
                                            {"destinations", ListOf(Ref("Destination"), "as in /v1/destinations")}});
    const auto names = [](const std::string& help) { return ListOf({{"type", "string"}}, help); };
    out["Reloaded"] = Closed("what a reload changed",
                             {{"added", names("destinations")},
                              {"changed", names("destinations")},
                              {"removed", names("destinations")},
                              {"kept", Count("destinations that are as they were")},
                              {"needs_restart", names("sections that differ and stay as they were at the start")}});
}

void AddActivity(json::Value& out) {
    const auto head = [](std::vector<std::string> kinds, json::Value state) {
        return Members{{"n", Count("rises by one")},
                       {"time", Time("when it happened")},
                       {"kind", OneOf(std::move(kinds), "what happened")},
                       {"destination", String("where")},
                       {"state", std::move(state)},
                       {"reason", OrNull(String("of a failure or a state"))}};
    };
    out["DeliveryActivity"] = Closed(
        "a delivery was sent, failed or died",
        Joined(head({Name(Happening::kSent), Name(Happening::kFailed), Name(Happening::kDead)}, Ref("DeliveryState")),
               {{"delivery", String("its id")},
                {"event_id", String("the producer's id of the event")},
                {"type", String("the event's")},
                {"attempts", Count("made so far")},
                {"code", Typed("integer", "the far side's own; 0: it gave none")},
                Maybe("took_ms", Number("in milliseconds, if it was sent"))}));
    out["GateActivity"] =
        Closed("a destination changed",
               head({Name(Happening::kGate)}, OneOf({"open", "paused", "unreachable"}, "what it is now")));
    out["Activity"] = Closed(
        "what happened",
        {{"activity",
          ListOf({{"oneOf", json::Value::array({Ref("DeliveryActivity"), Ref("GateActivity")})}}, "the oldest first")},
         {"next", Count("'after' of the next question")}});
}

void AddStore(json::Value& out) {
    out["Pruned"] = Closed("what was taken away", {{"events", Count("taken away")},
                                                   {"deliveries", Count("taken away with them")},
                                                   {"more", Boolean("whether to call again")}});
    out["Store"] = Closed("how much room the store takes; 0 for what it does not have",
                          {{"file_bytes", Count("of the database")},
                           {"free_bytes", Count("inside of it: used before the file grows")},
                           {"wal_bytes", Count("of its write-ahead log")},
                           {"disk_free_bytes", Count("around it")},
                           {"commits", Count("since the start")}});
    out["Verified"] = Closed("what a look at the whole store found",
                             {{"faults", ListOf({{"type", "string"}}, "none: the store is sound")}});
    out["BackedUp"] =
        Closed("a copy was written", {{"path", String("of the copy")}, {"bytes", Count("how long it is")}});
}

void AddCommon(json::Value& out) {
    out["Text"] = String("for people and probes");
    out["Metrics"] = String("Prometheus' text format 0.0.4");
    out["Document"] = Typed("object", "OpenAPI 3.0");
    out["Fault"] = Closed("one of several", {{"detail", String("what is wrong, and where")}});
    out["Problem"] =
        Closed("RFC 9457", {{"type", String("about:blank, or urn:fanfare:error: and a name that stays")},
                            {"title", String("the kind, in short")},
                            {"status", Typed("integer", "that of the answer")},
                            {"detail", String("what happened, and what to do")},
                            Maybe("errors", ListOf(Ref("Fault"), "each fault of a configuration that was refused"))});
}

}  // namespace

json::Value AnswerSchemas() {
    json::Value out = json::Value::object();
    AddCommon(out);
    AddDaemon(out);
    AddEvents(out);
    AddDeliveries(out);
    AddDestinations(out);
    AddActivity(out);
    AddStore(out);
    return out;
}

}  // namespace fanfare::admin
