#include "admin/long_work.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <optional>

namespace fanfare::admin {
namespace {

// Ends when it is stopped, and not before.
std::function<std::function<void()>(std::stop_token)> UntilStopped(bool& stopped) {
    return [&stopped](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; });
        return [&stopped] { stopped = true; };
    };
}

TEST(LongWork, IsStoppedWhenItsOwnerEndsAndStillDoesWhatComesLast) {
    bool stopped = false;
    std::optional<LongWork> work(std::in_place);
    ASSERT_TRUE(work->Start({}, UntilStopped(stopped)));
    work.reset();
    EXPECT_TRUE(stopped);
}

TEST(LongWork, RefusesOtherWorkUntilItHasEnded) {
    bool stopped = false;
    LongWork work;
    std::promise<void> go;
    std::promise<void> ended;
    ASSERT_TRUE(work.Start({}, [&](std::stop_token) {
        go.get_future().wait();
        return [&] { ended.set_value(); };
    }));
    EXPECT_FALSE(work.Start({}, UntilStopped(stopped)));
    go.set_value();
    ended.get_future().wait();
    EXPECT_TRUE(work.Start({}, UntilStopped(stopped)));
}

TEST(LongWork, EndsWhenItsStopIsAskedForAndOtherWorkMayFollow) {
    bool stopped = false;
    bool stopped_too = false;
    LongWork work;
    std::stop_source stop;
    std::promise<void> ended;
    ASSERT_TRUE(work.Start(stop, [&](const std::stop_token& token) {
        return [&, last = UntilStopped(stopped)(token)] {
            last();
            ended.set_value();
        };
    }));
    stop.request_stop();
    ended.get_future().wait();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(work.Start({}, UntilStopped(stopped_too)));
}

}  // namespace
}  // namespace fanfare::admin
