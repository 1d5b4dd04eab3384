#include "alert/alerts.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace fanfare::alert {
namespace {

using namespace std::chrono_literals;

class AlertsTest : public testing::Test {
protected:
    void Fail(const std::string& destination, bool dead, const std::string& reason, const std::string& realm = "shop") {
        model::StoredEvent event;
        event.envelope.realm = realm;
        event.envelope.event.id = "e-1";
        event.envelope.event.type = "order.paid";
        const model::DeliveryId id{7, 1};
        alerts.DeliveryFailed({id, event, destination, 3, 503, reason, dead, 1500ms});
    }
    json::Value Data(std::size_t i) const { return *json::Parse(told.at(i).event.data); }

    support::ManualClock clock;
    std::vector<model::Envelope> told;
    Alerts alerts{[this](model::Envelope envelope) { told.push_back(std::move(envelope)); }, clock, 1min};
};

TEST_F(AlertsTest, A29_ADeadDeliveryIsAnEventWithItsErrorTextItsLevelAndTheEventItConcerns) {
    Fail("queue", true, "rejected: no such queue");
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].realm, "fanfare");
    EXPECT_EQ(told[0].event.type, "fanfare.delivery.dead");
    EXPECT_EQ(told[0].event.subject, "queue");
    EXPECT_TRUE(model::Validate(told[0]).empty());
    const json::Value data = Data(0);
    EXPECT_EQ(data["level"], 4);
    EXPECT_EQ(data["reason"], "rejected: no such queue");
    EXPECT_EQ(data["event_id"], "e-1");
    EXPECT_EQ(data["delivery"], model::ToText(model::DeliveryId{7, 1}));
    EXPECT_EQ(data["code"], 503);
    EXPECT_TRUE(data["next_try_in_ms"].is_null());
}

TEST_F(AlertsTest, A29_AFailedAttemptSaysInHowManyMillisecondsTheNextOneComes) {
    Fail("queue", false, "busy");
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].event.type, "fanfare.delivery.failed");
    EXPECT_EQ(Data(0)["level"], 3);
    EXPECT_EQ(Data(0)["next_try_in_ms"], 1500);
}

TEST_F(AlertsTest, OfManyDeadDeliveriesOfADestinationTheFirstIsToldAtOnceAndTheRestTogether) {
    for (int i = 0; i < 1000; ++i) Fail("queue", true, "no " + std::to_string(i));
    EXPECT_EQ(told.size(), 1u);
    alerts.Tick();
    EXPECT_EQ(told.size(), 1u);
    clock.Advance(1min);
    alerts.Tick();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(Data(1)["count"], 999);
    EXPECT_EQ(Data(1)["reason"], "no 999");
}

TEST_F(AlertsTest, AfterAQuietWindowTheNextOneIsToldAtOnceAgain) {
    Fail("queue", true, "a");
    clock.Advance(1min);
    alerts.Tick();
    Fail("queue", true, "b");
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(Data(1)["count"], 1);
}

TEST_F(AlertsTest, WhileTheyGoOnThereIsOneEventAWindow) {
    for (int minute = 0; minute < 10; ++minute) {
        for (int i = 0; i < 60; ++i) {
            Fail("queue", true, "x");
            clock.Advance(1s);
            alerts.Tick();
        }
    }
    EXPECT_LE(told.size(), 11u);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < told.size(); ++i) sum += Data(i)["count"].get<std::uint64_t>();
    EXPECT_EQ(sum, 600u);
}

TEST_F(AlertsTest, DestinationsAreCollapsedEachForItself) {
    Fail("a", true, "x");
    Fail("b", true, "x");
    Fail("a", true, "x");
    EXPECT_EQ(told.size(), 2u);
}

TEST_F(AlertsTest, NothingIsToldOfTheDeliveryOfAnAlert) {
    Fail("queue", true, "no", "fanfare");
    Fail("queue", false, "no", "fanfare");
    EXPECT_TRUE(told.empty());
}

TEST_F(AlertsTest, EachChangeOfADestinationIsTold) {
    alerts.DestinationChanged("hook", "unreachable", "connection refused");
    alerts.DestinationChanged("hook", "recovered", "");
    alerts.DestinationChanged("hook", "unreachable", "connection refused");
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[0].event.type, "fanfare.destination.unreachable");
    EXPECT_EQ(told[1].event.type, "fanfare.destination.recovered");
    EXPECT_EQ(Data(0)["reason"], "connection refused");
}

TEST_F(AlertsTest, AConfigurationThatIsRefusedIsToldWithItsErrors) {
    alerts.ConfigRejected({"fanfare.toml:3:1: error: unknown key 'lisen'"});
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].event.type, "fanfare.config.rejected");
    EXPECT_EQ(Data(0)["errors"][0], "fanfare.toml:3:1: error: unknown key 'lisen'");
}

}  // namespace
}  // namespace fanfare::alert
