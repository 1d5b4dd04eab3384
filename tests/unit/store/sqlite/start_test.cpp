#include <sys/stat.h>

#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/salvage.hpp"
#include "store/sqlite/schema.hpp"
#include "unit/store/sqlite/durable.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using testing::AllOf;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

// Offsets of the 4-byte big-endian numbers of the SQLite file header (sqlite.org/fileformat.html, 1.3).
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;

void UndoVersion5(Connection& db) { db.Execute("DROP INDEX delivery_oldest_retry"); }

void UndoVersion3(Connection& db) {
    UndoVersion5(db);
    db.Execute("ALTER TABLE delivery DROP COLUMN by_hand");
    db.Execute("ALTER TABLE attempt DROP COLUMN response");
    db.Execute("ALTER TABLE attempt DROP COLUMN remote");
    db.Execute("ALTER TABLE delivery DROP COLUMN order_key");
    db.Execute("ALTER TABLE destination DROP COLUMN pruned");
    db.Execute("DROP TABLE gate");
}

void MakeVersion1(const std::string& database) {
    Connection db(database, Connection::Mode::kReadWrite);
    UndoVersion3(db);
    db.Execute("ALTER TABLE delivery DROP COLUMN request");
    db.Execute("DROP TABLE request");
    db.Execute("PRAGMA user_version = 1");
}

class StoreStart : public DurableStore {
protected:
    void Patch(const std::string& file, std::size_t at, const std::string& bytes) {
        std::string content = ReadFile(path(file));
        ASSERT_GE(content.size(), at + bytes.size());
        WriteFile(path(file), content.replace(at, bytes.size(), bytes));
    }
};

TEST_F(StoreStart, MakesItsDirectoryForItsOwnerOnly) {
    const auto s = Reopen();
    struct stat info {};
    ASSERT_EQ(stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700u);
    EXPECT_FALSE(s->store->recovery().unclean);
}

TEST_F(StoreStart, RefusesADirectoryThatOthersMayWriteTo) {
    ASSERT_EQ(mkdir(path().c_str(), 0700), 0);
    ASSERT_EQ(chmod(path().c_str(), 0770), 0);
    const base::Error error = OpenError();
    EXPECT_EQ(error.code, Code::kConfig);
    EXPECT_THAT(error.message, AllOf(HasSubstr(path()), HasSubstr("chmod 0700")));
}

TEST_F(StoreStart, RefusesADirectoryWithoutAParentAndAFileInItsPlace) {
    EXPECT_EQ(OpenError(MakeOptions(dir.path() + "/no/store")).code, Code::kConfig);
    WriteFile(path(), "a file");
    EXPECT_EQ(OpenError().code, Code::kConfig);
}

TEST_F(StoreStart, ASecondOpenerIsRefusedAndToldWhoHoldsIt) {
    const auto s = Reopen();
    const base::Error error = OpenError();
    EXPECT_EQ(error.code, Code::kBusy);
    EXPECT_THAT(error.message, HasSubstr("another fanfare process (pid " + std::to_string(getpid()) + ")"));
    EXPECT_TRUE(s->Accept("1")) << "the first goes on";
}

TEST_F(StoreStart, RefusesAStoreOfANewerVersionAndLeavesItAlone) {
    Reopen().reset();
    Patch("fanfare.db", kUserVersionAt, std::string("\0\0\0\x63", 4));
    const std::string before = ReadFile(path("fanfare.db"));
    const base::Error error = OpenError();
    EXPECT_EQ(error.code, Code::kCorrupt);
    EXPECT_THAT(error.message, HasSubstr("made by a newer fanfare (store version 99"));
    EXPECT_EQ(ReadFile(path("fanfare.db")), before);
}

TEST_F(StoreStart, RefusesADatabaseThatIsNotAStore) {
    Reopen().reset();
    Patch("fanfare.db", kApplicationIdAt, "ABCD");
    EXPECT_THAT(OpenError().message, HasSubstr("not a store of fanfare"));
    WriteFile(path("fanfare.db"), std::string(100'000, 'x'));
    EXPECT_EQ(OpenError().code, Code::kCorrupt);
}

TEST_F(StoreStart, MovesTheOldLogIntoTheDatabaseBeforeAnythingIsAcknowledged) {
    auto s = Reopen();
    s->AcceptMany(1, 100);
    const std::string image = Image();
    const auto log = [&](const std::string& at) { return std::filesystem::file_size(at + "/fanfare.db-wal"); };
    const std::uintmax_t before = log(image);
    ASSERT_GT(before, 1'000'000u);
    const auto t = OpenAt(image);
    EXPECT_LT(log(image), before / 10) << "what is left is what the start itself wrote";
}

TEST_F(StoreStart, WithoutTheStartCheckpointTheOldLogStays) {
    auto s = Reopen();
    s->AcceptMany(1, 100);
    const std::string image = Image();
    const auto before = std::filesystem::file_size(image + "/fanfare.db-wal");
    Controls controls;
    controls.skip_start_checkpoint = true;
    const Fixture t(MakeDurable(controls), image, clock);
    EXPECT_GE(std::filesystem::file_size(image + "/fanfare.db-wal"), before) << "the control does not control";
}

TEST_F(StoreStart, ALostTailIsNamedAndNotAcceptedSilently) {
    auto s = Reopen();
    s->AcceptMany(1, 5);
    s.reset();
    const std::string old = ReadFile(path("fanfare.db"));
    s = Reopen();
    s->AcceptMany(6, 9);
    const std::uint64_t last = s->Accept("10")->at(0).key.seq;
    s.reset();
    WriteFile(path("fanfare.db"), old);
    const base::Error error = OpenError();
    EXPECT_EQ(error.code, Code::kCorrupt);
    EXPECT_THAT(error.message, AllOf(HasSubstr("events 6 to 10"), HasSubstr("--accept-loss")));

    Options options = MakeOptions(path());
    options.accept_loss = true;
    const Factory lossy{"lossy", true,
                        [&](const std::string&, const base::Clock& used) { return *sqlite::Open(options, used); }};
    s = std::make_unique<Fixture>(lossy, path(), clock);
    EXPECT_EQ(s->store->recovery().lost_events, 5u);
    EXPECT_GT(s->Accept("11")->at(0).key.seq, last) << "a key that was given out is not given to another event";
    s.reset();
    s = Reopen();
    EXPECT_EQ(s->store->recovery().lost_events, 0u) << "said once";
}

TEST_F(StoreStart, ATailCutOffTheLogIsNoticed) {
    auto s = Reopen();
    s->AcceptMany(1, 50);
    const std::string image = Image();
    const std::string wal = image + "/fanfare.db-wal";
    std::filesystem::resize_file(wal, std::filesystem::file_size(wal) - 3 * 8192);
    const base::Error error = OpenError(MakeOptions(image));
    EXPECT_EQ(error.code, Code::kCorrupt);
    EXPECT_THAT(error.message, HasSubstr("to 50 were acknowledged"));
}

TEST_F(StoreStart, ADatabaseThatIsGoneIsNotReplacedByAnEmptyOne) {
    auto s = Reopen();
    s->AcceptMany(1, 3);
    s.reset();
    std::filesystem::remove(path("fanfare.db"));
    EXPECT_THAT(OpenError().message,
                AllOf(HasSubstr("is not the database that was used here before"), HasSubstr("events 1 to 3")));
}

TEST_F(StoreStart, ADamagedHighWaterMarkProvesNothingAndIsMadeAnew) {
    auto s = Reopen();
    s->AcceptMany(1, 3);
    s.reset();
    Patch("hwm", 9, "x");
    s = Reopen();
    EXPECT_EQ(s->store->recovery().lost_events, 0u);
    ASSERT_TRUE(s->Accept("4"));
    s.reset();
    std::filesystem::remove(path("fanfare.db"));
    EXPECT_THAT(OpenError().message, HasSubstr("events 1 to 4"));
}

TEST_F(StoreStart, ADamagedDatabaseIsRefusedAfterAnUncleanStop) {
    auto s = Reopen();
    s->AcceptMany(1, 200);
    s.reset();
    s = Reopen();
    const std::string image = Image();
    std::string database = ReadFile(image + "/fanfare.db");
    for (std::size_t page = 3; page < 6; ++page) database.replace(page * 8192, 100, std::string(100, '\x5A'));
    WriteFile(image + "/fanfare.db", database);
    const base::Error error = OpenError(MakeOptions(image));
    EXPECT_EQ(error.code, Code::kCorrupt);
    EXPECT_THAT(error.message, HasSubstr("damaged"));
}

TEST_F(StoreStart, AStoreOfVersion1IsTakenOverAndHoldsRequestsFromThenOn) {
    auto s = Reopen();
    s->AcceptMany(1, 3);
    s.reset();
    MakeVersion1(path("fanfare.db"));
    s = Reopen();
    NewEvent shaped = s->MakeEvent("4");
    shaped.targets[0].request =
        std::make_shared<const model::Request>(model::Request{model::Payload{"text/plain", "body"}, {}, {}});
    ASSERT_TRUE(s->Accept({shaped}));
    const auto claimed = s->Claim(4);
    EXPECT_THAT(IdsOf(claimed), ElementsAreArray({"1", "2", "3", "4"}));
    EXPECT_EQ(claimed.at(0).request, nullptr);
    EXPECT_EQ(*claimed.at(3).request, *shaped.targets[0].request);
    s.reset();
    Connection db(path("fanfare.db"), Connection::Mode::kReadWrite);
    EXPECT_EQ(db.Int("PRAGMA user_version"), kSchemaVersion);
}

TEST_F(StoreStart, AStoreOfVersion1IsSalvagedAsOneOfToday) {
    auto s = Reopen();
    s->AcceptMany(1, 3);
    const auto claimed = s->Claim(1);
    s->Finish({Later(claimed[0], s->Now(), s->Now())});
    s.reset();
    MakeVersion1(path("fanfare.db"));
    const auto report = Salvage(path(), dir.path() + "/new");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->whole);
    s = OpenAt(dir.path() + "/new");
    EXPECT_THAT(IdsOf(s->Claim(3)), UnorderedElementsAreArray({"1", "2", "3"}));
    EXPECT_EQ(s->ledger().FindDelivery(claimed[0].id)->attempts.size(), 1u);
}

TEST_F(StoreStart, AStoreOfVersion2IsTakenOverWithItsCountsAndAttempts) {
    auto s = Reopen();
    s->AcceptMany(1, 2);
    const auto claimed = s->Claim(2);
    s->Finish({Sent(claimed[0], s->Now()), Later(claimed[1], s->Now(), s->Now())});
    s.reset();
    {
        Connection db(path("fanfare.db"), Connection::Mode::kReadWrite);
        UndoVersion3(db);
        db.Execute("PRAGMA user_version = 2");
    }
    s = Reopen();
    EXPECT_EQ(s->ledger().counts().sent, 1u);
    EXPECT_EQ(s->ledger().counts().pruned, 0u);
    EXPECT_EQ(s->ledger().FindDelivery(claimed[1].id)->attempts.at(0).response, "");
    EXPECT_EQ(*s->outbox().ReadGate(s->Name("a")), Gate{});
    ExpectBalanced(s->ledger().counts());
}

TEST_F(StoreStart, AStoreOfVersion4IsTakenOverAndFindsItsOldestRetry) {
    auto s = Reopen();
    s->AcceptMany(1, 1);
    const base::Time accepted = s->Now();
    const auto claimed = s->Claim(1);
    s->Finish({Later(claimed[0], s->Now(), s->Now())});
    s.reset();
    {
        Connection db(path("fanfare.db"), Connection::Mode::kReadWrite);
        UndoVersion5(db);
        db.Execute("PRAGMA user_version = 4");
    }
    clock.Advance(std::chrono::hours(1));
    s = Reopen();
    EXPECT_EQ(*s->ledger().oldest_waiting(), (std::vector<OldestWaiting>{{"a", accepted}}));
}

TEST_F(StoreStart, AStoreOfVersion5KeepsTheCheckSumsItsEventsHave) {
    auto s = Reopen();
    s->AcceptMany(1, 2);
    s.reset();
    {
        Connection db(path("fanfare.db"), Connection::Mode::kReadWrite);
        Statement read(db, "SELECT meta, body FROM event WHERE seq = ?");
        Statement write(db, "UPDATE event SET meta = ?2, crc = ?3 WHERE seq = ?1");
        for (int seq = 1; seq <= 2; ++seq) {
            std::string meta;
            std::string body;
            {
                Rows rows = read.Run(seq);
                ASSERT_TRUE(rows.Next());
                meta = rows.Bytes(0);
                body = rows.Bytes(1);
            }
            meta.front() = 1;
            write.Execute(seq, Blob{meta}, Crc32(meta + body) + (seq == 2 ? 1 : 0));
        }
        db.Execute("PRAGMA user_version = 5");
    }
    s = Reopen();
    EXPECT_THAT(IdsOf(s->ClaimOnce(5)), ElementsAreArray({"1"}));
    EXPECT_THAT(*s->ledger().Verify({}), testing::SizeIs(1)) << "the second one's does not match";
}

TEST_F(StoreStart, TheOldestThatWaitsIsFoundBeforeAnythingIsClaimed) {
    auto s = Reopen();
    s->AcceptMany(1, 1);
    const base::Time second = s->Now() + std::chrono::minutes(1);
    s->Finish({Sent(s->Claim(1)[0], s->Now())});
    clock.Advance(std::chrono::minutes(1));
    s->AcceptMany(2, 2);
    clock.Advance(std::chrono::minutes(1));
    s->AcceptMany(3, 3);
    s.reset();
    s = Reopen();
    EXPECT_EQ(*s->ledger().oldest_waiting(), (std::vector<OldestWaiting>{{"a", second}}));
}

TEST_F(StoreStart, AGateSurvivesTheProcess) {
    auto s = Reopen();
    const Gate gate{true, false, "by hand", s->Now()};
    s->outbox().WriteGate(s->Name("a"), gate, nullptr);
    s->Settle();
    s = nullptr;
    s = Reopen();
    EXPECT_EQ(*s->outbox().ReadGate(s->Name("a")), gate);
}

TEST_F(StoreStart, AfterPruningTheNumberingGoesOnAndTheCountsHold) {
    auto s = Reopen();
    s->AcceptMany(1, 5);
    for (const Claimed& one : s->Claim(5)) s->Finish({Sent(one, s->Now())});
    const std::uint64_t last = s->ledger().FindEvents("5")->at(0).event->key.seq;
    clock.Advance(std::chrono::hours(1));
    EXPECT_EQ(s->Prune({s->Now(), std::nullopt, 100})->events, 4u);
    s.reset();
    s = Reopen();
    EXPECT_EQ(s->store->recovery().lost_events, 0u);
    EXPECT_EQ(s->ledger().counts().pruned, 4u);
    EXPECT_EQ(s->ledger().counts().sent, 1u);
    EXPECT_EQ(s->Accept("6")->at(0).key.seq, last + 1);
}

TEST_F(StoreStart, SetsSpaceAside) {
    const auto s = Reopen();
    struct stat info {};
    ASSERT_EQ(stat(path("ballast").c_str(), &info), 0);
    EXPECT_EQ(info.st_size, 1 << 20);
    EXPECT_GE(info.st_blocks * 512, 1 << 20) << "not a hole";
}

}  // namespace
}  // namespace fanfare::store::sqlite
