#include "app/test_runner.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "json/value.hpp"
#include "model/media_type.hpp"

namespace fanfare::app {
namespace {

std::string Listed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "nowhere" : "to " + text;
}

bool SamePayload(const model::Payload& payload, const std::string& expected) {
    return model::IsJson(payload.content_type) ? json::IsSame(payload.body, expected) : payload.body == expected;
}

class Runner {
public:
    Runner(const config::Test& test, const Rehearsal& rehearsal) : test_(test), rehearsal_(rehearsal) {}

    TestResult Run() {
        const Rehearsed rehearsed = rehearsal_.Run({test_.realm, test_.headers, test_.body});
        if (rehearsed.refusal) {
            CompareRefusal(*rehearsed.refusal);
        } else if (test_.refused) {
            Differs("the event was to be refused, but it is accepted");
        } else {
            for (const RehearsedEvent& event : rehearsed.events) Compare(event);
            if (!rehearsed.dropped.empty() && !test_.expect.empty()) {
                CompareReached({});
                Differs("its profile drops the event: it changes nothing");
            }
        }
        return {test_.name, test_.where, std::move(differences_)};
    }

private:
    void Differs(std::string line) { differences_.push_back(std::move(line)); }

    void CompareRefusal(const ingest::Refusal& refusal) {
        if (test_.refused) return;
        Differs("the event is refused: " + refusal.error.message);
        for (const model::Fault& fault : refusal.faults) {
            Differs("  " + (fault.pointer.empty() ? "the body" : fault.pointer) + ": " + fault.message);
        }
    }

    void Compare(const RehearsedEvent& event) {
        std::set<std::string> reached;
        for (const ingest::Planned& delivery : event.plan.deliveries) reached.insert(delivery.entry->destination);
        CompareReached(reached);
        for (const ingest::Planned& delivery : event.plan.deliveries) CompareDelivery(event, delivery);
    }

    void CompareReached(const std::set<std::string>& reached) {
        const std::set<std::string> expected(test_.expect.begin(), test_.expect.end());
        if (reached == expected) return;
        Differs("expected: " + Listed(expected));
        Differs("happens:  " + Listed(reached));
    }

    void CompareDelivery(const RehearsedEvent& event, const ingest::Planned& delivery) {
        const std::string& destination = delivery.entry->destination;
        if (!delivery.dead.empty()) return Differs("the delivery to " + destination + " is dead at once: " + delivery.dead);
        const auto expected = test_.payload.find(destination);
        if (expected == test_.payload.end()) return;
        const model::Payload payload = ingest::PayloadOf(event.envelope, delivery);
        if (SamePayload(payload, expected->second)) return;
        Differs("expected payload to " + destination + ": " + expected->second);
        Differs("the payload is: " + payload.body);
    }

    const config::Test& test_;
    const Rehearsal& rehearsal_;
    std::vector<std::string> differences_;
};

}  // namespace

std::vector<TestResult> RunTests(const config::Config& config, const Rehearsal& rehearsal) {
    std::vector<TestResult> results;
    for (const config::Test& test : config.tests) results.push_back(Runner(test, rehearsal).Run());
    return results;
}

}  // namespace fanfare::app
