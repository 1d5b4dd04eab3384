#include "cli/print.hpp"

#include <gtest/gtest.h>

namespace fanfare::cli {
namespace {

TEST(SortByTrouble, PutsTheUndeliverableFirstThenThoseWithDeadDeliveriesAndKeepsTheOrderOtherwise) {
    json::Value list = json::Value::array({{{"name", "fine"}, {"state", "open"}, {"dead", 0}},
                                           {{"name", "some dead"}, {"state", "open"}, {"dead", 2}},
                                           {{"name", "paused"}, {"state", "paused"}, {"dead", 0}},
                                           {{"name", "absent"}, {"state", "absent"}}});
    SortByTrouble(list);
    std::string order;
    for (const json::Value& one : list) order += one["name"].get<std::string>() + ";";
    EXPECT_EQ(order, "paused;absent;some dead;fine;");
}

TEST(Moment, IsAbsoluteForProgramsAndADistanceForPeople) {
    const json::Value object{{"since", "2001-09-09T01:43:40Z"}, {"next", nullptr}};
    Look look;
    EXPECT_EQ(Moment(object, "since", look), "2001-09-09T01:43:40Z");
    look.now = base::Time(std::chrono::seconds(1'000'000'000));
    EXPECT_EQ(Moment(object, "since", look), "3 min ago");
    EXPECT_EQ(Moment(object, "next", look), "-");
}

}  // namespace
}  // namespace fanfare::cli
