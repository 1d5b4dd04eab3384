// The credentials of one destination, fetched when they are first needed and anew before they expire; however many
// requests wait for them, one fetch is under way at a time.
//
// Threads: the instance's.
#pragma once

#include <functional>
#include <vector>

#include "aws/fetch.hpp"

namespace fanfare::plugins::aws {

// When credentials that were got at `now` are fetched anew: five minutes before they expire, but not before half of
// their time; without an expiry, in five minutes (a file may change). Source: EC2 User Guide, "Retrieve security
// credentials": new ones are there at least five minutes before the old expire.
WallTime RenewAt(WallTime now, const Keys& keys);

class Credentials {
public:
    using Then = std::function<void(const Fetched&)>;
    using Clock = std::function<WallTime()>;

    // plan: asked for each fetch; the surroundings may have changed.
    Credentials(const Host& host, Fetcher fetcher, std::function<Plan()> plan,
                Clock clock = &std::chrono::system_clock::now);

    // `then` is called once: now, if there are credentials, or when they are fetched. Those that are due for renewal
    // are given out while new ones are fetched.
    void Get(Then then);
    // The service refuses these: fetch others for the next Get. Does nothing if others are there already.
    void Drop(const KeysPtr& keys);

private:
    void Refresh();
    void TakeIn(const Plan& plan, Fetched fetched);

    Host host_;
    Fetcher fetcher_;
    std::function<Plan()> plan_;
    Clock clock_;
    KeysPtr keys_;
    WallTime renew_at_{};
    bool refreshing_ = false;
    std::vector<Then> waiting_;
};

}  // namespace fanfare::plugins::aws
