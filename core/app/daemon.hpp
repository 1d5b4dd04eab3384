// The composition root of `fanfare serve`: makes the rooms, connects them, and takes them apart in the right order.
#pragma once

#include <string>

namespace fanfare::app {

// Runs until SIGTERM, SIGINT or a failure of the store. Returns an exit status of sysexits.h: 0 after a signal, 78 for
// a configuration that cannot work, 74 when the store can no longer be trusted, 75 when another process holds it.
int Serve(const std::string& config_file);

const char* Version();
// What we call ourselves to HTTP servers.
std::string UserAgent();

}  // namespace fanfare::app
