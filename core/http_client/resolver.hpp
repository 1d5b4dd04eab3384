// Host names to addresses, away from the client's thread: a few threads that look up, one lookup per name at a time,
// and what was found or not is remembered. (libcurl's own resolver starts a thread for each request.)
//
// Owns: up to kMaxThreads threads. One that hangs in the system's resolver cannot be ended; it is left to itself when
// the Resolver goes. Threads: one, but `wake` is called from the Resolver's own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace fanfare::http_client {

struct Addresses {
    std::vector<std::string> list;  // numeric, IPv6 without brackets
    std::string error;              // why `list` is empty
};

// The system's resolver. Blocks.
Addresses LookUp(const std::string& host);

class Resolver {
public:
    static constexpr std::size_t kMaxThreads = 16;
    static constexpr std::chrono::seconds kLookupTimeout{5};
    // The system's resolver tells no time to live.
    static constexpr std::chrono::seconds kRemembered{30};
    static constexpr std::chrono::seconds kFailureRemembered{5};

    // wake: called when an answer is there to be taken.
    Resolver(std::function<Addresses(const std::string&)> look_up, std::function<void()> wake);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // What is known of `host`; nullptr: it is being looked up, or was forgotten. Valid until the next call of any.
    const Addresses* Find(const std::string& host, base::SteadyTime now) const;
    // Starts a lookup unless one is under way.
    void Ask(const std::string& host, base::SteadyTime now);
    // Takes answers in and gives up lookups that take too long. True if Find may now know more.
    bool TakeAnswers(base::SteadyTime now);

private:
    struct Shared;
    struct Known {
        Addresses addresses;
        base::SteadyTime until;  // while asking: when it is given up
        bool asking = false;
        bool answered = false;
    };

    static void Work(const std::shared_ptr<Shared>& shared);
    void Remember(Known& known, Addresses addresses, base::SteadyTime now);
    void Forget(base::SteadyTime now);

    std::shared_ptr<Shared> shared_;
    std::unordered_map<std::string, Known> known_;
};

}  // namespace fanfare::http_client
