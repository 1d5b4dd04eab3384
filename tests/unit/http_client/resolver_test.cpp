#include "http_client/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <semaphore>

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A system's resolver that answers when it is told to, and counts who asked.
class FakeSystem {
public:
    Addresses LookUp(const std::string& host) {
        std::unique_lock lock(mutex_);
        asked_.push_back(host);
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_ || host != "hangs"; });
        return host == "nobody" ? Addresses{{}, "not known"} : Addresses{{"192.0.2.1", "2001:db8::1"}, ""};
    }
    void WaitUntilAsked(std::size_t times) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return asked_.size() >= times; });
    }
    void Open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> asked_;
    bool open_ = false;
};

class ResolverTest : public ::testing::Test {
protected:
    ~ResolverTest() override { system_->Open(); }

    void Answered() {
        answers_.acquire();
        EXPECT_TRUE(resolver_.TakeAnswers(now_));
    }

    base::SteadyTime now_{1h};
    std::shared_ptr<FakeSystem> system_ = std::make_shared<FakeSystem>();
    std::counting_semaphore<> answers_{0};
    Resolver resolver_{[system = system_](const std::string& host) { return system->LookUp(host); },
                       [this] { answers_.release(); }};
};

TEST_F(ResolverTest, RemembersAddressesForHalfAMinute) {
    resolver_.Ask("host", now_);
    EXPECT_EQ(resolver_.Find("host", now_), nullptr);
    Answered();
    ASSERT_NE(resolver_.Find("host", now_ + 29s), nullptr);
    EXPECT_THAT(resolver_.Find("host", now_ + 29s)->list, ElementsAre("192.0.2.1", "2001:db8::1"));
    EXPECT_EQ(resolver_.Find("host", now_ + 30s), nullptr);
}

TEST_F(ResolverTest, RemembersAFailureForFiveSeconds) {
    resolver_.Ask("nobody", now_);
    Answered();
    ASSERT_NE(resolver_.Find("nobody", now_ + 4s), nullptr);
    EXPECT_EQ(resolver_.Find("nobody", now_ + 4s)->error, "not known");
    EXPECT_EQ(resolver_.Find("nobody", now_ + 5s), nullptr);
}

TEST_F(ResolverTest, AsksOnceForANameThatIsBeingLookedUp) {
    for (int i = 0; i < 100; ++i) resolver_.Ask("hangs", now_);
    resolver_.Ask("host", now_);
    Answered();
    system_->Open();
    Answered();
    EXPECT_THAT(system_->asked(), ::testing::UnorderedElementsAre("hangs", "host"));
}

TEST_F(ResolverTest, GivesALookupUpAfterFiveSecondsAndDoesNotAskAgainWhileItHangs) {
    resolver_.Ask("hangs", now_);
    system_->WaitUntilAsked(1);
    EXPECT_FALSE(resolver_.TakeAnswers(now_ + 4s));
    EXPECT_TRUE(resolver_.TakeAnswers(now_ + 5s));
    EXPECT_THAT(resolver_.Find("hangs", now_ + 5s)->error, HasSubstr("no answer"));
    resolver_.Ask("hangs", now_ + 60s);
    EXPECT_EQ(system_->asked().size(), 1u);
}

TEST_F(ResolverTest, TakesALateAnswer) {
    resolver_.Ask("hangs", now_);
    EXPECT_TRUE(resolver_.TakeAnswers(now_ + 5s));
    system_->Open();
    Answered();
    EXPECT_EQ(resolver_.Find("hangs", now_)->list.size(), 2u);
}

TEST_F(ResolverTest, EndsWhileALookupHangs) {
    auto resolver = std::make_unique<Resolver>([system = system_](const std::string& host) { return system->LookUp(host); },
                                               [] {});
    resolver->Ask("hangs", now_);
    system_->WaitUntilAsked(1);
    resolver.reset();
}

TEST(LookUp, KnowsThisMachineAndSaysWhyItDoesNotKnowAName) {
    EXPECT_THAT(LookUp("localhost").list, ::testing::Contains(::testing::AnyOf("127.0.0.1", "::1")));
    EXPECT_THAT(LookUp("nobody.invalid").list, ElementsAre());
    EXPECT_NE(LookUp("nobody.invalid").error, "");
}

}  // namespace
}  // namespace fanfare::http_client
