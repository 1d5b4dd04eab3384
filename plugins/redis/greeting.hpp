// What is said to a server before it is of use: who we are, which database, and whether it is the right server.
//
// Sources: redis.io, commands AUTH, SELECT, CLIENT SETNAME, ROLE; "Sentinel client spec" (step 2 asks for the address,
// step 3 verifies the role).
#pragma once

#include <vector>

#include <fanfare/host.hpp>

#include "endpoint.hpp"
#include "link.hpp"
#include "options.hpp"

namespace fanfare::plugins::redis {

// Asks `config` for the password.
std::vector<Step> RedisGreeting(const Options& options, const Config& config);

// Writes the master's address to `master`, which outlives the steps.
std::vector<Step> SentinelGreeting(const Options& options, const Config& config, const Endpoint& sentinel,
                                   Endpoint& master);

}  // namespace fanfare::plugins::redis
