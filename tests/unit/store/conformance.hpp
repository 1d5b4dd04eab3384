// What every store must do, whatever it is made of. A store's test program instantiates StoreConformance with its factory.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace fanfare::store {

class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// Threads: safe from every thread.
class ManualClock final : public base::Clock {
public:
    base::Time Now() const override;
    base::SteadyTime SteadyNow() const override { return std::chrono::steady_clock::now(); }
    void Advance(base::Duration by);

private:
    mutable std::mutex mutex_;
    base::Time now_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 31)};
};

struct Factory {
    std::string name;
    bool durable = false;
    std::function<std::unique_ptr<Store>(const std::string& directory, const base::Clock& clock)> make;
};
inline void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }
inline std::string NameOf(const testing::TestParamInfo<Factory>& tested) { return tested.param.name; }

// A store and what a test needs around it.
class Fixture {
public:
    Fixture(const Factory& factory, std::string directory, ManualClock& clock);
    ~Fixture();

    Inbox& inbox() { return store->inbox(); }
    Outbox& outbox() { return store->outbox(); }
    Ledger& ledger() { return store->ledger(); }

    model::NameId Name(const std::string& name);
    NewEvent MakeEvent(const std::string& id, const std::vector<std::string>& destinations = {"a"});
    base::Result<std::vector<Accepted>> Accept(std::vector<NewEvent> events);
    base::Result<std::vector<Accepted>> Accept(const std::string& id, const std::vector<std::string>& destinations = {"a"});
    // Accepts events "first".."last" one by one, each in a batch of its own.
    void AcceptMany(int first, int last, const std::vector<std::string>& destinations = {"a"});

    // Claims until it has `count`, waiting for the store to say that there is more. Fails the test after a minute.
    std::vector<Claimed> Claim(std::size_t count, const std::string& destination = "a", std::size_t limit = 64);
    // One claim, when everything queued before it is committed.
    std::vector<Claimed> ClaimOnce(std::size_t limit, const std::string& destination = "a");
    void Finish(std::vector<store::Finish> finished);  // and waits until it is committed
    base::Status Retry(const model::DeliveryId& id);
    base::Status RetryAnew(const Anew& anew);
    base::Status Cancel(const model::DeliveryId& id);
    base::Result<Pruned> Prune(const PruneOrder& order);
    void Settle();  // waits until everything queued is committed
    base::Time Now() const { return clock.Now(); }

    ManualClock& clock;
    std::unique_ptr<Store> store;

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::map<model::NameId, int> told_;
};

store::Finish Sent(const Claimed& claimed, base::Time now);
store::Finish Dead(const Claimed& claimed, base::Time now, const std::string& reason);
store::Finish Later(const Claimed& claimed, base::Time now, base::Time due);
std::vector<std::string> IdsOf(const std::vector<Claimed>& claimed);
std::vector<std::string> Numbers(int first, int last);
DeliveryFilter DeadOnes();
void ExpectBalanced(const Counts& counts);

class StoreConformance : public testing::TestWithParam<Factory> {
protected:
    StoreConformance() : s(GetParam(), dir.path() + "/store", clock) {}

    TempDir dir;
    ManualClock clock;
    Fixture s;
};

}  // namespace fanfare::store
