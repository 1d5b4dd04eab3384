#include "store/sqlite/connection.hpp"
#include "unit/store/sqlite/durable.hpp"

namespace fanfare::store::sqlite {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreCheck : public DurableStore {
protected:
    // What Verify says of a store with three events for "a", after `sql` was done to its file.
    std::vector<std::string> FaultsAfter(const char* sql) {
        const auto s = Reopen();
        s->AcceptMany(1, 3);
        if (*sql != 0) Connection(path("fanfare.db"), Connection::Mode::kReadWrite).Execute(sql);
        const auto faults = s->ledger().Verify({});
        EXPECT_TRUE(faults) << faults.error().message;
        return faults ? *faults : std::vector<std::string>();
    }
};

TEST_F(StoreCheck, FindsNothingInASoundStore) { EXPECT_THAT(FaultsAfter(""), IsEmpty()); }

TEST_F(StoreCheck, ThatIsStoppedSaysSoAndNothingOfTheStore) {
    const auto s = Reopen();
    s->AcceptMany(1, 3);
    std::stop_source stop;
    stop.request_stop();
    const auto faults = s->ledger().Verify(stop.get_token());
    ASSERT_FALSE(faults);
    EXPECT_EQ(faults.error().code, base::Code::kBusy);
    EXPECT_THAT(faults.error().message, HasSubstr("stopped before its end"));
}

TEST_F(StoreCheck, NamesAnEventWhoseBytesAreNotWhatWasWritten) {
    EXPECT_THAT(FaultsAfter("UPDATE event SET body = 'rot' WHERE seq = 2"),
                ElementsAre(AllOf(HasSubstr("event msg_"), HasSubstr("check sum"))));
}

TEST_F(StoreCheck, NamesADestinationWhoseCountsAreWrong) {
    EXPECT_THAT(FaultsAfter("UPDATE destination SET sent = 1"),
                ElementsAre(AllOf(HasSubstr("destination a"), HasSubstr("counts"))));
}

TEST_F(StoreCheck, NamesADeliveryWhoseEventIsGone) {
    EXPECT_THAT(FaultsAfter("DELETE FROM event WHERE seq = 1"), ElementsAre(HasSubstr("has lost its event")));
}

TEST_F(StoreCheck, NamesADeliveryThatIsOwedAndNotThere) {
    EXPECT_THAT(FaultsAfter("DELETE FROM delivery WHERE seq = 1; UPDATE destination SET created = 2"),
                ElementsAre(HasSubstr("is owed and is not there")));
}

}  // namespace
}  // namespace fanfare::store::sqlite
