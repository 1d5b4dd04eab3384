// The disk says no. Its part is played by our own fsync, fdatasync, and by a file system of a few MiB.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <string_view>
#include <thread>

#include "unit/store/sqlite/durable.hpp"

namespace {

std::atomic<int> syncs{0};
std::atomic<bool> syncs_fail{false};
std::atomic<bool> checkpoints_fail{false};  // those that are made beside the writer

bool IsCheckpointer() {
    char name[16] = {};
    return pthread_getname_np(pthread_self(), name, sizeof name) == 0 && std::string_view(name) == "checkpoint";
}

int Sync(long call, int fd) {
    if (syncs_fail || (checkpoints_fail && IsCheckpointer())) {
        errno = EIO;
        return -1;
    }
    const auto done = static_cast<int>(syscall(call, fd));
    ++syncs;
    return done;
}

}  // namespace

// SQLite's library finds these before libc's.
extern "C" __attribute__((visibility("default"))) int fsync(int fd) { return Sync(SYS_fsync, fd); }
extern "C" __attribute__((visibility("default"))) int fdatasync(int fd) { return Sync(SYS_fdatasync, fd); }

namespace fanfare::store::sqlite {
namespace {

using namespace std::chrono_literals;
using base::Code;
using testing::ElementsAreArray;

class StoreFailure : public DurableStore {
protected:
    ~StoreFailure() override { syncs_fail = checkpoints_fail = false; }

    // Some 8 MiB, as one group; each id once.
    static bool AcceptMuch(Fixture& s, int number) {
        std::vector<NewEvent> events;
        for (int i = 0; i < 8; ++i) {
            events.push_back(s.MakeEvent(std::to_string(number) + "." + std::to_string(i)));
            events.back().envelope.event.data.assign(1 << 20, static_cast<char>('a' + i));
        }
        return static_cast<bool>(s.Accept(std::move(events)));
    }
};

TEST_F(StoreFailure, AnEventIsAcknowledgedAfterASync) {
    auto s = Reopen();
    (void)s->MakeEvent("0");  // its names are stored
    for (int i = 1; i <= 5; ++i) {
        const NewEvent event = s->MakeEvent(std::to_string(i));
        const int before = syncs;
        ASSERT_TRUE(s->Accept({event}));
        EXPECT_GT(syncs, before);
    }
}

TEST_F(StoreFailure, TheControlWithoutSyncDoesNotSync) {
    Controls controls;
    controls.synchronous_normal = true;
    Fixture s(MakeDurable(controls), path(), clock);
    const NewEvent first = s.MakeEvent("1");
    const NewEvent second = s.MakeEvent("2");
    ASSERT_TRUE(s.Accept({first}));
    const int before = syncs;
    ASSERT_TRUE(s.Accept({second}));
    EXPECT_EQ(syncs, before);
}

TEST_F(StoreFailure, AfterAFailedSyncNothingIsEverAcknowledgedAgain) {
    auto s = Reopen();
    std::atomic<int> failures{0};
    s->store->OnFailure([&](const base::Error& error) {
        EXPECT_EQ(error.code, Code::kIo);
        ++failures;
    });
    ASSERT_TRUE(s->Accept("1"));
    const NewEvent second = s->MakeEvent("2");
    const NewEvent third = s->MakeEvent("3");
    const auto claimed = s->Claim(1);
    syncs_fail = true;
    EXPECT_EQ(s->Accept({second}).error().code, Code::kIo);
    syncs_fail = false;
    EXPECT_EQ(s->Accept({third}).error().code, Code::kIo) << "although the disk is well again";
    EXPECT_EQ(s->inbox().Ready().error().code, Code::kIo);
    EXPECT_EQ(s->outbox().Claim(s->Name("a"), 1, s->Now()).error().code, Code::kIo);
    EXPECT_EQ(s->store->Intern("new").error().code, Code::kIo);
    EXPECT_EQ(s->Retry(claimed[0].id).error().code, Code::kIo);
    EXPECT_EQ(s->ledger().FindEvents("1").error().code, Code::kIo);
    EXPECT_EQ(failures, 1);
    s.reset();
    s = Reopen();
    EXPECT_TRUE(s->store->recovery().unclean);
    EXPECT_GE(s->store->recovery().in_doubt, 1u);
    EXPECT_TRUE(s->Accept({third}));
    EXPECT_EQ(s->ledger().FindEvents("1")->size(), 1u);
}

TEST_F(StoreFailure, TheWriteAheadLogBeginsAnewHoweverMuchIsAccepted) {
    auto s = Reopen();
    const auto log_size = [&] { return std::filesystem::file_size(path("fanfare.db-wal")); };
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(AcceptMuch(*s, i));
    EXPECT_LT(log_size(), 160u << 20) << "of 320 MiB; above 128 the writer waits for what moves it";
    EXPECT_GT(log_size(), 8u << 20) << "nothing was in it: this shows nothing";
    EXPECT_EQ(s->Claim(320).back().event->envelope.event.data, std::string(1 << 20, 'h'));
}

TEST_F(StoreFailure, ASyncThatFailsBesideTheWriterEndsIt) {
    auto s = Reopen();
    std::promise<base::Error> failure;
    s->store->OnFailure([&](const base::Error& error) { failure.set_value(error); });
    checkpoints_fail = true;
    for (int i = 0; i < 8; ++i) (void)AcceptMuch(*s, i);
    EXPECT_EQ(failure.get_future().get().code, Code::kIo);
    EXPECT_FALSE(s->Accept("1"));
}

TEST_F(StoreFailure, AListenerThatComesAfterTheFailureIsToldAtOnce) {
    auto s = Reopen();
    const NewEvent event = s->MakeEvent("1");
    syncs_fail = true;
    EXPECT_FALSE(s->Accept({event}));
    int failures = 0;
    s->store->OnFailure([&](const base::Error&) { ++failures; });
    EXPECT_EQ(failures, 1);
}

// --- a full disk ---

constexpr int kNoNamespace = 77;

#define REQUIRE(condition)                                           \
    if (!(condition)) {                                              \
        std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
        _exit(1);                                                    \
    }

void MountSmallDisk(const std::string& at) {
    const uid_t uid = geteuid();
    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(kNoNamespace);
    if (uid != 0) WriteFile("/proc/self/uid_map", std::to_string(uid) + " " + std::to_string(uid) + " 1");
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(kNoNamespace);
    if (mount("none", at.c_str(), "tmpfs", 0, "size=8m,mode=0700") != 0) _exit(kNoNamespace);
}

bool WriteFiller(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    static const std::string block(4096, 'f');
    while (write(fd, block.data(), block.size()) > 0) {
    }
    return close(fd) == 0;
}

// In a process of its own, whose /tmp is small.
[[noreturn]] void RunOnAFullDisk() {
    const TempDir place;
    MountSmallDisk(place.path());
    ManualClock clock;
    Fixture s(MakeDurable(), place.path() + "/store", clock);
    s.AcceptMany(1, 10);
    const auto claimed = s.Claim(10);
    REQUIRE(claimed.size() == 10);

    REQUIRE(WriteFiller(place.path() + "/filler"));
    base::Result<std::vector<Accepted>> refused = MakeError(Code::kInternal, "");
    for (int i = 100; i < 2000; ++i) {
        NewEvent event = s.MakeEvent(std::to_string(i));
        event.envelope.event.data.resize(10'000);
        refused = s.Accept({event});
        if (!refused) break;
    }
    REQUIRE(!refused && refused.error().code == Code::kFull);
    REQUIRE(s.inbox().Ready().error().code == Code::kFull);

    std::vector<store::Finish> finished;
    for (const Claimed& one : claimed) finished.push_back(Sent(one, s.Now()));
    s.outbox().Finish(std::move(finished));
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (s.ledger().counts().sent < 10 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    REQUIRE(s.ledger().counts().sent == 10);

    REQUIRE(unlink((place.path() + "/filler").c_str()) == 0);
    while (!s.inbox().Ready() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    REQUIRE(s.Accept("again"));
    s.store.reset();
    const auto again = sqlite::Open(MakeOptions(place.path() + "/store"), clock);
    REQUIRE(again);
    REQUIRE(!(*again)->recovery().unclean);
    REQUIRE((*again)->ledger().counts().sent == 10);
    _exit(0);
}

TEST(StoreOnAFullDisk, RefusesEventsRecordsWhatBecameOfDeliveriesAndRecoversByItself) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto passed = [](int status) {
        return testing::ExitedWithCode(0)(status) || testing::ExitedWithCode(kNoNamespace)(status);
    };
    EXPECT_EXIT(RunOnAFullDisk(), passed, "");
}

[[noreturn]] void OpenOnAFullDisk() {
    const TempDir place;
    MountSmallDisk(place.path());
    ManualClock clock;
    {
        Fixture s(MakeDurable(), place.path() + "/store", clock);
        s.AcceptMany(1, 10);
    }
    REQUIRE(WriteFiller(place.path() + "/filler"));
    Fixture s(MakeDurable(), place.path() + "/store", clock);
    REQUIRE(s.Claim(10).size() == 10);
    _exit(0);
}

TEST(StoreOnAFullDisk, OpensByGivingUpItsBallast) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto passed = [](int status) {
        return testing::ExitedWithCode(0)(status) || testing::ExitedWithCode(kNoNamespace)(status);
    };
    EXPECT_EXIT(OpenOnAFullDisk(), passed, "");
}

}  // namespace
}  // namespace fanfare::store::sqlite
