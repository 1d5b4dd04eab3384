#include "app/service_manager.hpp"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>

namespace fanfare::app::service_manager {
namespace {

constexpr std::string_view kPrefix = "systemd:";

// The result is not looked at: where nobody listens there is nothing to do.
void Tell(const std::string& state) { sd_notify(0, state.c_str()); }

}  // namespace

void TellReady(std::string_view status) { Tell("READY=1\nSTATUS=" + std::string(status)); }

void TellReloading() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t micros = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    Tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void TellStopping() { Tell("STOPPING=1\nSTATUS=finishing what is in flight"); }

void TellAlive() { Tell("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> WatchdogInterval() {
    std::uint64_t micros = 0;
    if (sd_watchdog_enabled(0, &micros) <= 0) return std::nullopt;
    return std::chrono::microseconds(micros / 2);
}

base::Result<std::string> ResolveAddress(const std::string& address) {
    if (!address.starts_with(kPrefix)) return address;
    const std::string wanted = address.substr(kPrefix.size());
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(0, &names);
    std::string given;
    std::optional<int> found;
    for (int i = 0; i < count; ++i) {
        if (names[i] == wanted) found = SD_LISTEN_FDS_START + i;
        given += (given.empty() ? "" : ", ") + std::string(names[i]);
        std::free(names[i]);
    }
    std::free(names);
    if (found) return "fd:" + std::to_string(*found);
    return base::MakeError(base::Code::kConfig,
                           "systemd handed over no socket of the name '" + wanted + "' (" +
                               (given.empty() ? std::string("there is none at all") : "there are: " + given) +
                               "); write FileDescriptorName=" + wanted +
                               " in the socket unit, and start the service through it");
}

}  // namespace fanfare::app::service_manager
