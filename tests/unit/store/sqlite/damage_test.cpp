// A disk that gives back other bytes than it was given: one bit, or an end that is missing.
#include <random>

#include "unit/store/sqlite/durable.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;

constexpr int kEvents = 30;

class StoreDamage : public DurableStore {
protected:
    void SetUp() override {
        auto s = Reopen();
        AcceptAndKeepLogs(*s, 1, kEvents / 2);
        s.reset();
        s = Reopen();  // the first half is in the database now, the rest in its log
        AcceptAndKeepLogs(*s, kEvents / 2 + 1, kEvents);
        const std::string image = Image();
        for (const char* const file : kFiles) whole_[file] = ReadFile(image + "/" + file);
    }

    void AcceptAndKeepLogs(Fixture& s, int first, int last) {
        for (int i = first; i <= last; ++i) {
            logs_.push_back(ReadFile(path("fanfare.db-wal")));
            s.AcceptMany(i, i);
        }
    }

    // The image with one of its files replaced.
    std::string Damaged(const std::string& file, const std::string& bytes) {
        const std::string place = dir.path() + "/damaged";
        std::filesystem::remove_all(place);
        std::filesystem::create_directory(place);
        std::filesystem::permissions(place, std::filesystem::perms::owner_all);
        for (const auto& [name, content] : whole_) WriteFile(place + "/" + name, name == file ? bytes : content);
        return place;
    }

    // Refused with a word, or every event is handed out as it came, or is said to be gone.
    void ExpectHonest(const std::string& place) {
        auto opened = sqlite::Open(MakeOptions(place), clock);
        if (!opened) {
            ++refused_;
            EXPECT_TRUE(opened.error().code == Code::kCorrupt || opened.error().code == Code::kIo)
                << opened.error().message;
            EXPECT_FALSE(opened.error().message.empty());
            return;
        }
        const Factory damaged{"damaged", true,
                              [&](const std::string&, const base::Clock&) { return *std::move(opened); }};
        const auto s = std::make_unique<Fixture>(damaged, place, clock);
        const model::NameId destination = s->Name("a");
        std::size_t found = 0;
        bool failed = false;
        for (int i = 0; i < 5; ++i) {
            const auto claimed = s->outbox().Claim(destination, kEvents, clock.Now());
            failed = failed || !claimed;
            if (!claimed) break;
            for (const Claimed& one : *claimed) {
                EXPECT_EQ(one.event->envelope.event.data, "data of " + one.event->envelope.event.id);
                ++found;
            }
            s->Settle();
        }
        const std::size_t told = found + s->ledger().counts().dead + s->store->recovery().lost_events;
        EXPECT_TRUE(failed || told >= kEvents) << "of " << kEvents << " events " << found << " are handed out and "
                                               << s->ledger().counts().dead << " are dead";
        ++opened_;
    }

    static constexpr const char* kFiles[] = {"fanfare.db", "fanfare.db-wal", "hwm"};
    std::map<std::string, std::string> whole_;
    std::vector<std::string> logs_;  // as each was before an event
    std::mt19937 random_{20240229};
    int refused_ = 0;
    int opened_ = 0;
};

TEST_F(StoreDamage, ABitThatFlipsLetsNoWrongEventOutAndHidesNone) {
    for (int i = 0; i < 200 && !HasFailure(); ++i) {
        const std::string file = kFiles[random_() % 3];
        std::string bytes = whole_[file];
        const std::size_t at = random_() % bytes.size();
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
        SCOPED_TRACE(file + ", byte " + std::to_string(at));
        ExpectHonest(Damaged(file, bytes));
    }
    EXPECT_GT(refused_, 0);
    EXPECT_GT(opened_, 0);
}

TEST_F(StoreDamage, AnOlderLogInPlaceOfTheNewOneHidesNoEvent) {
    for (std::size_t i = 0; i < logs_.size() && !HasFailure(); ++i) {
        SCOPED_TRACE("the log as it was with " + std::to_string(i) + " events");
        ExpectHonest(Damaged("fanfare.db-wal", logs_[i]));
    }
    EXPECT_EQ(refused_, kEvents) << "none of them has the last event";
}

TEST_F(StoreDamage, AnEndThatIsMissingHidesNoEvent) {
    for (int i = 0; i < 100 && !HasFailure(); ++i) {
        const std::string file = kFiles[random_() % 2];
        const std::size_t size = random_() % whole_[file].size();
        SCOPED_TRACE(file + ", cut to " + std::to_string(size));
        ExpectHonest(Damaged(file, whole_[file].substr(0, size)));
    }
    EXPECT_GT(refused_, 0);
}

}  // namespace
}  // namespace fanfare::store::sqlite
