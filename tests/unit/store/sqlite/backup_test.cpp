#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "unit/store/sqlite/durable.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using testing::AllOf;
using testing::HasSubstr;

class StoreBackup : public DurableStore {
protected:
    // A directory in which the copy stands where a store has its database.
    std::string MakeRestored() {
        const std::string restored = dir.path() + "/restored";
        EXPECT_EQ(mkdir(restored.c_str(), 0700), 0);
        return restored;
    }

    // So many that SQLite looks up from copying them.
    static std::vector<NewEvent> MakeMany(Fixture& s) {
        std::vector<NewEvent> events;
        for (int i = 0; i < 2000; ++i) events.push_back(s.MakeEvent(std::to_string(i)));
        return events;
    }
};

TEST_F(StoreBackup, IsAStoreWithWhatWasAcceptedAndSentWhenItWasMade) {
    const auto s = Reopen();
    s->AcceptMany(1, 20);
    const auto claimed = s->Claim(5);
    for (const Claimed& one : claimed) s->Finish({{one.id, model::DeliveryState::kSent, {}, {}, {}}});
    const std::string restored = MakeRestored();
    const auto bytes = s->ledger().Backup(restored + "/fanfare.db", {});
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(*bytes, std::filesystem::file_size(restored + "/fanfare.db"));
    ASSERT_TRUE(s->Accept("later"));

    const auto copy = OpenAt(restored);
    EXPECT_EQ(copy->ledger().counts().created, 20u);
    EXPECT_EQ(copy->ledger().counts().sent, 5u);
    EXPECT_EQ(copy->Claim(15).size(), 15u);
    EXPECT_TRUE(copy->Accept("new"));
}

TEST_F(StoreBackup, HoldsWholeBatchesWhenMadeWhileEventsAreAccepted) {
    const auto s = Reopen();
    ASSERT_TRUE(s->Accept("first", {"a", "b"}));
    std::atomic<bool> stop = false;
    std::atomic<int> accepted = 0;
    std::thread producer([&] {
        for (int i = 0; !stop; ++i) {
            if (!s->Accept("flow-" + std::to_string(i), {"a", "b"})) break;
            ++accepted;
            accepted.notify_one();
        }
    });
    const std::string restored = MakeRestored();
    accepted.wait(0);
    const auto bytes = s->ledger().Backup(restored + "/fanfare.db", {});
    stop = true;
    producer.join();
    ASSERT_TRUE(bytes) << bytes.error().message;

    const auto copy = OpenAt(restored);
    const auto counts = copy->ledger().counts_by_destination();
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_GE(counts[0].counts.created, 2u);
    EXPECT_EQ(counts[0].counts, counts[1].counts);
}

TEST_F(StoreBackup, IsReadableByItsOwnerOnly) {
    const auto s = Reopen();
    const std::string file = dir.path() + "/copy.db";
    ASSERT_TRUE(s->ledger().Backup(file, {}));
    struct stat info {};
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(StoreBackup, OverwritesNeitherAFileNorWhatALinkPointsTo) {
    const auto s = Reopen();
    const std::string file = dir.path() + "/precious";
    const std::string link = dir.path() + "/link";
    WriteFile(file, "");
    ASSERT_EQ(symlink(file.c_str(), link.c_str()), 0);
    for (const std::string& taken : {file, link}) {
        const auto bytes = s->ledger().Backup(taken, {});
        ASSERT_FALSE(bytes);
        EXPECT_EQ(bytes.error().code, Code::kConflict);
        EXPECT_THAT(bytes.error().message, AllOf(HasSubstr(taken), HasSubstr("choose another path")));
    }
    EXPECT_EQ(ReadFile(file), "");
}

TEST_F(StoreBackup, ThatIsStoppedLeavesNoFileAndCanBeMadeAgain) {
    const auto s = Reopen();
    ASSERT_TRUE(s->Accept(MakeMany(*s)));
    const std::string file = dir.path() + "/copy.db";
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = s->ledger().Backup(file, stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::kBusy);
    EXPECT_THAT(stopped.error().message, HasSubstr("stopped before its end"));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_TRUE(s->ledger().Backup(file, {}));
}

TEST_F(StoreBackup, RefusesARelativePathAndADirectoryThatIsNotThere) {
    const auto s = Reopen();
    EXPECT_EQ(s->ledger().Backup("copy.db", {}).error().code, Code::kConfig);
    const auto bytes = s->ledger().Backup(dir.path() + "/no/copy.db", {});
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, Code::kConfig);
    EXPECT_THAT(bytes.error().message, HasSubstr(dir.path() + "/no/copy.db"));
}

}  // namespace
}  // namespace fanfare::store::sqlite
