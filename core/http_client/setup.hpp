// What every libcurl handle of a process or a client shares.
#pragma once

#include "base/result.hpp"
#include "http_client/client.hpp"
#include "http_client/exchange.hpp"

namespace fanfare::http_client {

// Starts libcurl, once. Threads: safe from every thread. Errors: kInternal (libcurl lacks what this room is built on).
base::Status SetUp();

// Milliseconds to `deadline`, rounded up; 0 if it has passed.
std::chrono::milliseconds TimeLeft(base::SteadyTime deadline);

Response Failed(End end, std::string error);

}  // namespace fanfare::http_client
