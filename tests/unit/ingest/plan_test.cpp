// What a delivery that was made long ago is sent by today's rules (SEED-SYSTEMS A45).
#include "ingest/plan.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <variant>

namespace fanfare::ingest {
namespace {

using testing::HasSubstr;

Entry MakeEntry(const std::string& destination, const std::string& text) {
    shape::Spec spec;
    spec.payload = shape::PayloadKind::kTemplate;
    spec.text = text;
    Entry entry;
    entry.destination = destination;
    entry.shape = std::get<std::shared_ptr<const shape::Shape>>(shape::Shape::Compile(spec));
    return entry;
}

class PlanAnewTest : public testing::Test {
protected:
    PlanAnewTest() {
        rules.routes.push_back({"orders", {MakeEntry("chat", "route {{type}}"), MakeEntry("lost", "{{data.none}}")}});
        rules.direct = {"(direct)", {MakeEntry("chat", "own {{type}}"), MakeEntry("mail", "own mail {{type}}")}};
        envelope.event.type = "order.paid";
    }

    std::string BodyFor(std::string_view route, std::string_view destination) {
        const auto planned = PlanAnew(rules, route, destination, envelope);
        return planned && planned->request ? planned->request->payload->body : "nothing";
    }

    Rules rules;
    model::Envelope envelope;
};

TEST_F(PlanAnewTest, TheRouteThatMadeTheDeliverySaysWhatIsSent) {
    EXPECT_EQ(BodyFor("orders", "chat"), "route order.paid");
}

TEST_F(PlanAnewTest, WithoutThatRouteTheDestinationsOwnSectionDoes) {
    EXPECT_EQ(BodyFor("gone", "chat"), "own order.paid");
}

TEST_F(PlanAnewTest, ARouteThatLeadsThereNoMoreIsAsOneThatIsGone) {
    EXPECT_EQ(BodyFor("orders", "mail"), "own mail order.paid");
}

TEST_F(PlanAnewTest, ADestinationThatIsGoneIsToldFromOneThatCannotBeRenderedFor) {
    EXPECT_FALSE(PlanAnew(rules, "gone", "lost", envelope));
    const auto planned = PlanAnew(rules, "orders", "lost", envelope);
    ASSERT_TRUE(planned);
    EXPECT_THAT(planned->dead, HasSubstr("data.none"));
}

}  // namespace
}  // namespace fanfare::ingest
