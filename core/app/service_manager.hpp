// What the service manager is told, and what it hands over. Without one every call does nothing and says so.
// Sources: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3) of systemd 247 and later.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::app::service_manager {

void TellReady(std::string_view status);
// Before a reload; TellReady ends it.
void TellReloading();
void TellStopping();
void TellAlive();  // feeds the watchdog

// How often TellAlive is wanted: half of what the service manager waits. nullopt: it does not watch.
std::optional<std::chrono::microseconds> WatchdogInterval();

// "systemd:NAME" becomes "fd:N", the listening socket that was handed over under that FileDescriptorName=; every other
// address stays as it is. Call before the first child process. Errors: kConfig, naming what was handed over instead.
base::Result<std::string> ResolveAddress(const std::string& address);

}  // namespace fanfare::app::service_manager
