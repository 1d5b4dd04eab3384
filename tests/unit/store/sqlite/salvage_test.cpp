// What is still good in a damaged store, in a new one: nothing altered, nothing invented, next to nothing left behind.
#include "store/sqlite/salvage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <random>

#include "store/sqlite/cells.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"
#include "unit/store/sqlite/durable.hpp"

namespace fanfare::store::sqlite {
namespace {

using namespace std::chrono_literals;
using base::Code;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kEvents = 400;
constexpr const char* kFiles[] = {"fanfare.db", "fanfare.db-wal", "hwm"};

// Of some events the data goes on in pages of its own.
std::string DataOf(const std::string& id) {
    const std::size_t number = std::stoul(id);
    return "data of " + id +
           std::string(number % 40 == 0 ? 30'000 : number % 7 * 60, static_cast<char>('a' + number % 26));
}

model::RequestPtr RequestOf(const std::string& id) {
    auto request = std::make_shared<model::Request>();
    request->payload = model::Payload{"text/plain", "made of " + id};
    return request;
}

struct Delivery {
    std::int64_t state = 0;
    std::string request;  // what is sent; empty: the event as it came

    bool waits() const { return state == 0 || state == 2; }
    friend bool operator==(const Delivery&, const Delivery&) = default;
};

// What stands in a store, as SQLite reads it.
struct Content {
    std::map<std::uint64_t, std::string> ids;
    std::map<std::pair<std::string, std::uint64_t>, Delivery> deliveries;
};

Content ReadContent(const std::string& place) {
    Connection db(place + "/fanfare.db", Connection::Mode::kReadWrite);
    Content content;
    Statement events(db, "SELECT seq, id, body FROM event");
    for (Rows rows = events.Run(); rows.Next();) {
        const std::string id(rows.Bytes(1));
        EXPECT_EQ(std::string(rows.Bytes(2)), DataOf(id)) << "altered";
        content.ids[rows.Unsigned(0)] = id;
    }
    Statement deliveries(db,
                         "SELECT n.text, d.seq, d.state, r.body FROM delivery d JOIN name n ON n.id = d.destination "
                         "LEFT JOIN request r ON r.id = d.request");
    for (Rows rows = deliveries.Run(); rows.Next();) {
        content.deliveries[{std::string(rows.Bytes(0)), rows.Unsigned(1)}] = {rows.Int(2), std::string(rows.Bytes(3))};
    }
    return content;
}

// Which pages the events of a sound store stand on. A page of one is never that of another table.
using Homes = std::map<std::uint64_t, std::set<std::uint32_t>>;

Homes FindHomes(const std::string& place) {
    Homes homes;
    const auto pages = Pages::Open(place + "/fanfare.db");
    PageBytes page;
    for (std::uint32_t number = 2; number <= (*pages)->count(); ++number) {
        if (!(*pages)->Read(number, page)) continue;
        const Cells cells = ReadCells(**pages, number, page);
        if (cells.kind != Cells::Kind::kTable) continue;
        for (const Row& row : cells.rows) {
            if (row.values.size() != 10 || !row.values[1].is_text()) continue;
            auto& home = homes[static_cast<std::uint64_t>(row.rowid)];
            home = {cells.overflow.begin(), cells.overflow.end()};
            home.insert(number);
        }
    }
    return homes;
}

class StoreSalvage : public DurableStore {
protected:
    // Half of it is in the database, the rest in its log; of what "a" and "b" are owed some is sent, some is not.
    void SetUp() override {
        auto s = Reopen();
        Fill(*s, 1, kEvents / 2);
        s.reset();
        s = Reopen();
        Fill(*s, kEvents / 2 + 1, kEvents);
        const std::string image = Image();
        for (const char* const file : kFiles) whole_[file] = ReadFile(image + "/" + file);
        homes_ = FindHomes(image);
        truth_ = ReadContent(image);
        ASSERT_EQ(truth_.ids.size(), static_cast<std::size_t>(kEvents));
        ASSERT_EQ(homes_.size(), static_cast<std::size_t>(kEvents));
    }

    static void Fill(Fixture& s, int first, int last) {
        std::vector<NewEvent> events;
        for (int i = first; i <= last; ++i) {
            const std::string id = std::to_string(i);
            NewEvent event = s.MakeEvent(id, {"a", "b"});
            event.envelope.event.data = DataOf(id);
            event.targets[1].request = RequestOf(id);
            events.push_back(std::move(event));
            if (events.size() < 20 && i < last) continue;
            ASSERT_TRUE(s.Accept(std::move(events)));
            events.clear();
        }
        const auto claimed = s.Claim(60);
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            s.Finish({i % 3 == 0   ? Later(claimed[i], s.Now(), s.Now() + 1h)
                      : i % 7 == 1 ? Dead(claimed[i], s.Now(), "the far side said no")
                                   : Sent(claimed[i], s.Now())});
        }
    }

    using Files = std::map<std::string, std::string>;

    std::string Write(const Files& files) {
        const std::string place = dir.path() + "/damaged";
        std::filesystem::remove_all(place);
        mkdir(place.c_str(), 0700);
        for (const auto& [name, bytes] : files) WriteFile(place + "/" + name, bytes);
        return place;
    }

    std::string out() const { return dir.path() + "/out"; }

    // Salvages it and looks at every promise but how much must come out; gives what did.
    Content SalvageHonestly(const Files& files, Salvaged& report) {
        const std::string place = Write(files);
        std::filesystem::remove_all(out());
        auto salvaged = Salvage(place, out());
        if (!salvaged) {
            ADD_FAILURE() << salvaged.error().message;
            return {};
        }
        report = *std::move(salvaged);
        EXPECT_THAT(report.faults, IsEmpty());
        for (const auto& [name, bytes] : files)
            EXPECT_EQ(ReadFile(place + "/" + name), bytes) << name << " was written to";
        Content content = ReadContent(out());
        for (const auto& [seq, id] : content.ids) EXPECT_EQ(id, truth_.ids[seq]) << "invented";
        for (const auto& [key, delivery] : content.deliveries) ExpectOwed(key, delivery);
        for (const auto& [key, delivery] : truth_.deliveries) {
            if (content.ids.contains(key.second)) {
                EXPECT_TRUE(content.deliveries.contains(key)) << key.first << ' ' << key.second << " is owed no more";
            }
        }
        EXPECT_EQ(report.events, content.ids.size());
        const std::size_t missing = truth_.ids.size() - content.ids.size();
        EXPECT_GE(report.lost_events + report.untraced, missing) << "an event is missing in silence";
        EXPECT_FALSE(report.whole && missing > 0);
        ExpectThatItStarts(report);
        return content;
    }

    void ExpectOwed(const std::pair<std::string, std::uint64_t>& key, const Delivery& delivery) {
        const auto truth = truth_.deliveries.find(key);
        ASSERT_NE(truth, truth_.deliveries.end()) << key.first << ' ' << key.second << " is invented";
        const std::string what = key.first + ' ' + std::to_string(key.second);
        if (delivery.waits()) {
            EXPECT_EQ(delivery.request, truth->second.request) << what;
        }
        if (truth->second.waits() && !delivery.waits()) {
            EXPECT_TRUE(delivery.state == 3 && delivery.request.empty())
                << what << " waited and does not: state " << delivery.state;
        }
    }

    // And numbers go on above all that were given out.
    void ExpectThatItStarts(const Salvaged& report) {
        auto opened = sqlite::Open(MakeOptions(out()), clock);
        ASSERT_TRUE(opened) << opened.error().message;
        std::uint64_t waiting = 0;
        for (const SalvagedDestination& one : report.destinations) waiting += one.waiting;
        const Counts counts = (*opened)->ledger().counts();
        EXPECT_EQ(counts.waiting, waiting);
        std::uint64_t in_doubt = 0;
        for (const SalvagedDestination& one : report.destinations) in_doubt += one.in_doubt;
        EXPECT_EQ((*opened)->recovery().in_doubt, in_doubt);
        if (!report.whole) {
            EXPECT_EQ(in_doubt, waiting) << "the marks are too low";
        }
        const Factory salvaged{"salvaged", true,
                               [&](const std::string&, const base::Clock&) { return *std::move(opened); }};
        Fixture s(salvaged, out(), clock);
        const auto accepted = s.Accept("new", {"a"});
        ASSERT_TRUE(accepted);
        EXPECT_GT(accepted->at(0).key.seq, truth_.ids.rbegin()->first) << "a number is given out twice";
    }

    void ExpectAllBut(const Content& content, const std::set<std::uint32_t>& damaged) {
        for (const auto& [seq, home] : homes_) {
            const bool is_intact =
                std::none_of(home.begin(), home.end(), [&](std::uint32_t page) { return damaged.contains(page); });
            if (is_intact) {
                EXPECT_TRUE(content.ids.contains(seq)) << "event " << seq << " is intact and is not there";
            }
        }
    }

    // A database without a log, so that a page has one place.
    Files Settle(const Files& files) {
        const std::string place = Write(files);
        Connection(place + "/fanfare.db", Connection::Mode::kReadWrite).Text("PRAGMA wal_checkpoint(TRUNCATE)");
        homes_ = FindHomes(place);
        return {{"fanfare.db", ReadFile(place + "/fanfare.db")}, {"hwm", files.at("hwm")}};
    }

    // With events as a store of version 5 has them: their check sums cover meta and body alone.
    Files OfVersion5() {
        const std::string place = Write(whole_);
        {
            Connection db(place + "/fanfare.db", Connection::Mode::kReadWrite);
            Statement update(db, "UPDATE event SET meta = ?, crc = ? WHERE seq = ?");
            Statement list(db, "SELECT seq, meta, body FROM event");
            db.Execute("BEGIN");
            for (Rows rows = list.Run(); rows.Next();) {
                const std::string meta = '\1' + std::string(rows.Bytes(1).substr(1));
                update.Execute(Blob{meta}, Crc32(rows.Bytes(2), Crc32(meta)), rows.Unsigned(0));
            }
            db.Execute("COMMIT");
        }
        Files files;
        for (const char* const file : kFiles) files[file] = ReadFile(place + "/" + file);
        return files;
    }

    std::string RandomBytes(std::size_t size) {
        std::string bytes(size, 0);
        for (char& byte : bytes) byte = static_cast<char>(random_());
        return bytes;
    }

    void Overwrite(Files& files, std::uint32_t page) {
        files["fanfare.db"].replace((page - 1) * kPageBytes, kPageBytes, RandomBytes(kPageBytes));
    }

    std::uint32_t RootOf(const std::string& table) {
        Connection db(dir.path() + "/damaged/fanfare.db", Connection::Mode::kReadOnly);
        return static_cast<std::uint32_t>(
            db.Int(("SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'").c_str()));
    }

    Files whole_;
    Homes homes_;
    Content truth_;
    std::mt19937 random_{20260229};
};

TEST_F(StoreSalvage, OfASoundStoreTakesEverythingOverAndDoubtsNothing) {
    Salvaged report;
    const Content content = SalvageHonestly(whole_, report);
    EXPECT_TRUE(report.whole);
    EXPECT_EQ(report.lost_events + report.untraced + report.damaged_rows + report.damaged_pages, 0u);
    EXPECT_EQ(content.ids, truth_.ids);
    EXPECT_EQ(content.deliveries, truth_.deliveries);
    EXPECT_THAT(report.notes, IsEmpty());
}

TEST_F(StoreSalvage, BringsAttemptsGatesAndTheTagOver) {
    const auto dump = [](const std::string& place) {
        Connection db(place + "/fanfare.db", Connection::Mode::kReadWrite);
        return db.Text(
                   "SELECT group_concat(destination || ' ' || seq || ' ' || number || reason) FROM (SELECT * FROM "
                   "attempt ORDER BY 1, 2, 3, 4)") +
               db.Text("SELECT group_concat(text || id) FROM (SELECT * FROM name ORDER BY id)") +
               db.Text("SELECT value FROM meta WHERE key = 'store_tag'") +
               db.Text("SELECT group_concat(reason || paused) FROM gate");
    };
    const std::string place = Write(whole_);
    Connection(place + "/fanfare.db", Connection::Mode::kReadWrite)
        .Execute("INSERT INTO gate VALUES(1, 1, 0, 'until the move', 5)");
    ASSERT_TRUE(Salvage(place, out()));
    EXPECT_EQ(dump(out()), dump(place));
}

TEST_F(StoreSalvage, DoesWithoutTheRootsOfTheTrees) {
    for (const std::string table : {"event", "delivery", "event_identity", "request"}) {
        Files files = Settle(whole_);
        const std::uint32_t root = RootOf(table);
        Overwrite(files, root);
        SCOPED_TRACE("the root of " + table + ", page " + std::to_string(root));
        Salvaged report;
        const Content content = SalvageHonestly(files, report);
        EXPECT_FALSE(report.whole);
        ExpectAllBut(content, {root});
        if (table != "request" && table != "event") {
            EXPECT_EQ(content.ids.size(), truth_.ids.size());
        }
    }
}

TEST_F(StoreSalvage, DoesWithoutPageOne) {
    Files files = Settle(whole_);
    Overwrite(files, 1);
    Salvaged report;
    const Content content = SalvageHonestly(files, report);
    EXPECT_EQ(content.ids, truth_.ids);
    EXPECT_EQ(content.deliveries, truth_.deliveries);
    EXPECT_EQ(report.damaged_pages, 1u);
}

TEST_F(StoreSalvage, LosesOnlyWhatStoodOnPagesThatAreOverwritten) {
    const Files sound = Settle(whole_);
    const auto pages = static_cast<std::uint32_t>(sound.at("fanfare.db").size() / kPageBytes);
    for (std::uint32_t page = 1; page <= pages && !HasFailure(); ++page) {
        SCOPED_TRACE("page " + std::to_string(page));
        Files files = sound;
        Overwrite(files, page);
        Salvaged report;
        ExpectAllBut(SalvageHonestly(files, report), {page});
    }
}

TEST_F(StoreSalvage, TakesWhatIsBeforeTheEndOfAFileThatIsCutInHalf) {
    Files files = Settle(whole_);
    const std::size_t pages = files["fanfare.db"].size() / kPageBytes;
    files["fanfare.db"].resize(pages / 2 * kPageBytes + 100);
    std::set<std::uint32_t> gone;
    for (std::size_t page = pages / 2 + 1; page <= pages; ++page) gone.insert(static_cast<std::uint32_t>(page));
    Salvaged report;
    const Content content = SalvageHonestly(files, report);
    EXPECT_FALSE(report.whole);
    EXPECT_GT(content.ids.size(), 0u);
    ExpectAllBut(content, gone);
}

TEST_F(StoreSalvage, OfALogThatIsCutTakesWhatSQLiteWould) {
    for (int i = 0; i < 20 && !HasFailure(); ++i) {
        Files files = whole_;
        files["fanfare.db-wal"].resize(random_() % whole_["fanfare.db-wal"].size());
        SCOPED_TRACE("cut to " + std::to_string(files["fanfare.db-wal"].size()));
        const Content expected = ReadContent(Write(files));
        Salvaged report;
        const Content content = SalvageHonestly(files, report);
        EXPECT_EQ(content.ids, expected.ids);
    }
}

TEST_F(StoreSalvage, APageOfTheLogThatIsDamagedHidesNoneBehindIt) {
    Files files = whole_;
    std::string& log = files["fanfare.db-wal"];
    const std::size_t third_page = 32 + 2 * (24 + kPageBytes) + 24;
    log[third_page] = static_cast<char>(log[third_page] ^ 1);
    const std::size_t as_sqlite = ReadContent(Write(files)).ids.size();
    Salvaged report;
    const Content content = SalvageHonestly(files, report);
    EXPECT_EQ(report.broken_log_pages, 1u);
    EXPECT_GT(content.ids.size(), as_sqlite);
    EXPECT_GE(content.ids.size(), truth_.ids.size() * 9 / 10);
}

TEST_F(StoreSalvage, ABitThatFlipsCostsNoEventOnAnotherPage) {
    const char* const asked = std::getenv("FANFARE_SALVAGE_FLIPS");
    const int flips = asked == nullptr ? 50 : std::atoi(asked);
    const Files old = OfVersion5();
    std::size_t kept = 0;
    for (int i = 0; i < flips && !HasFailure(); ++i) {
        Files files = i % 2 == 0 ? whole_ : old;
        const std::string file = kFiles[random_() % 2];
        const std::size_t at = random_() % files[file].size();
        files[file][at] = static_cast<char>(files[file][at] ^ (1 << random_() % 8));
        SCOPED_TRACE(file + ", byte " + std::to_string(at) + ", flip " + std::to_string(i));
        Salvaged report;
        kept += SalvageHonestly(files, report).ids.size();
    }
    RecordProperty("events_kept", std::to_string(kept));
    EXPECT_GE(static_cast<double>(kept), 0.99 * kEvents * flips);
}

TEST_F(StoreSalvage, LeavesAnEventOutWhoseIdHasRotted) {
    for (const bool is_old : {false, true}) {
        SCOPED_TRACE(is_old ? "of version 5" : "of today");
        Files files = Settle(is_old ? OfVersion5() : whole_);
        std::string& bytes = files["fanfare.db"];
        const std::string id = "101/source";
        // On the event's own page its type stands behind it; on that of the index it does not.
        std::size_t at = bytes.find(id);
        while (at != std::string::npos && bytes.substr(at, 40).find("type.of.101") == std::string::npos) {
            at = bytes.find(id, at + 1);
        }
        ASSERT_NE(at, std::string::npos);
        bytes[at] = '7';
        Salvaged report;
        SalvageHonestly(files, report);
        EXPECT_EQ(report.damaged_events, 1u);
        ASSERT_EQ(report.lost.size(), 1u);
        EXPECT_EQ(report.lost[0].first, 101u);
        EXPECT_EQ(report.lost[0].last, 101u);
    }
}

TEST_F(StoreSalvage, OfAnEventWithoutItsDeliveriesSendsItAgain) {
    const std::string place = Write(whole_);
    Connection(place + "/fanfare.db", Connection::Mode::kReadWrite).Execute("DELETE FROM delivery WHERE seq = 7");
    const auto report = Salvage(place, out());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->whole);
    EXPECT_EQ(report->destinations.at(0).remade + report->destinations.at(1).remade, 2u);
    const Content content = ReadContent(out());
    EXPECT_EQ(content.deliveries.at({"a", 7}), (Delivery{0, ""}));
    EXPECT_EQ(content.deliveries.at({"b", 7}), (Delivery{0, model::Encode(*RequestOf("7"))}));
}

TEST_F(StoreSalvage, OfADeliveryThatHasLostItsRequestMakesADeadOneWithTheRemedy) {
    const std::string place = Write(whole_);
    Connection(place + "/fanfare.db", Connection::Mode::kReadWrite).Execute("DELETE FROM request WHERE seq = 7");
    const auto report = Salvage(place, out());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->destinations.at(1).unrendered, 1u);
    Connection db(out() + "/fanfare.db", Connection::Mode::kReadOnly);
    EXPECT_EQ(db.Int("SELECT state FROM delivery WHERE destination = 3 AND seq = 7"), 3);
    EXPECT_THAT(db.Text("SELECT reason FROM delivery WHERE destination = 3 AND seq = 7"), HasSubstr("retry --render"));
}

TEST_F(StoreSalvage, GivesADestinationWhoseNameIsLostAnother) {
    const std::string place = Write(whole_);
    Connection(place + "/fanfare.db", Connection::Mode::kReadWrite).Execute("DELETE FROM name WHERE text = 'b'");
    const auto report = Salvage(place, out());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->notes, testing::ElementsAre(HasSubstr("it is called lost-")));
    EXPECT_EQ(report->destinations.size(), 2u);
    EXPECT_THAT(report->faults, IsEmpty());
}

TEST_F(StoreSalvage, NamesTheEventsThatAreLostAtTheEnd) {
    Files files = whole_;
    files.erase("fanfare.db-wal");
    Salvaged report;
    const Content content = SalvageHonestly(files, report);
    EXPECT_EQ(report.lost_events, static_cast<std::uint64_t>(kEvents) - content.ids.size());
    ASSERT_FALSE(report.lost.empty());
    EXPECT_EQ(report.lost.back().last, static_cast<std::uint64_t>(kEvents));
}

TEST_F(StoreSalvage, DoesNotBringBackWhatWasPruned) {
    auto s = Reopen();
    clock.Advance(240h);
    const auto pruned = s->Prune({s->Now(), s->Now(), 1000});
    ASSERT_TRUE(pruned);
    for (const Claimed& one : s->Claim(300, "b")) s->Finish({Sent(one, s->Now())});
    for (const Claimed& one : s->Claim(300, "a")) s->Finish({Sent(one, s->Now())});
    clock.Advance(240h);
    ASSERT_TRUE(s->Prune({s->Now(), s->Now(), 1000}));
    s.reset();
    const std::string image = path();
    Connection(image + "/fanfare.db", Connection::Mode::kReadWrite).Text("PRAGMA wal_checkpoint(TRUNCATE)");
    const Content left = ReadContent(image);
    ASSERT_LT(left.ids.size(), static_cast<std::size_t>(kEvents) / 2);
    for (const bool has_page_one : {true, false}) {
        std::string database = ReadFile(image + "/fanfare.db");
        if (!has_page_one) database.replace(0, kPageBytes, RandomBytes(kPageBytes));
        const std::string place = Write({{"fanfare.db", database}, {"hwm", ReadFile(image + "/hwm")}});
        std::filesystem::remove_all(out());
        const auto report = Salvage(place, out());
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(ReadContent(out()).ids, left.ids) << "with page 1: " << has_page_one;
    }
}

TEST_F(StoreSalvage, RefusesAStoreThatIsUsed) {
    const auto s = Reopen();
    const auto report = Salvage(path(), out());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::kBusy);
    EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(StoreSalvage, RefusesToWriteWhereSomethingIs) {
    const std::string place = Write(whole_);
    mkdir(out().c_str(), 0700);
    WriteFile(out() + "/mine", "precious");
    for (const std::string& to : {out(), place, place + "/new"}) {
        const auto report = Salvage(place, to);
        ASSERT_FALSE(report) << to;
        EXPECT_EQ(report.error().code, Code::kConflict) << report.error().message;
    }
    EXPECT_EQ(ReadFile(out() + "/mine"), "precious");
}

TEST_F(StoreSalvage, RefusesWhereThereIsNoStore) {
    mkdir((dir.path() + "/empty").c_str(), 0700);
    for (const std::string& from : {dir.path() + "/empty", dir.path() + "/none"}) {
        const auto report = Salvage(from, out());
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, Code::kNotFound) << report.error().message;
    }
    EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(StoreSalvage, RefusesAStoreOfANewerFanfare) {
    const std::string place = Write(whole_);
    Connection(place + "/fanfare.db", Connection::Mode::kReadWrite)
        .Execute("PRAGMA user_version = 7; PRAGMA wal_checkpoint(TRUNCATE)");
    const auto report = Salvage(place, out());
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("salvage it with that version"));
}

}  // namespace
}  // namespace fanfare::store::sqlite
