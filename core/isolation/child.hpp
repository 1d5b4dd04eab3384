// The process of one plugin: this program once more, with one end of a socket as file 3 and nothing else of ours.
//
// It ends with the daemon (PR_SET_PDEATHSIG), gains no privileges, is the first that the kernel ends when memory is
// short, and may use 2 GiB of address space, so that a plugin that leaks costs itself and nobody else. What it has forked
// ends with it, unless the daemon itself is killed: then the service manager has to.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "isolation/channel.hpp"

namespace fanfare::isolation {

// What a process is started with, to tell it from a command of a user.
inline constexpr const char* kRunnerArgument = "--plugin-runner";

inline constexpr const char* kThisProgram = "/proc/self/exe";

class Child {
public:
    // Errors: kIo, also when `program` cannot be run.
    static base::Result<Child> Spawn(const char* program = kThisProgram);

    Child() = default;
    Child(Child&& other) noexcept { *this = std::move(other); }
    Child& operator=(Child&& other) noexcept;
    // Ends it at once.
    ~Child();

    int socket() const { return socket_.get(); }
    // Becomes readable when the process has ended: what it has forked may hold the socket open.
    int process() const { return process_.get(); }
    bool is_running() const { return pid_ > 0; }
    // Waits until it has ended, or for so long: a socket closes before its process is over.
    void AwaitEnd(std::chrono::milliseconds limit) const;
    // Ends it at once if it still runs, and tells how it ended: "signal 11 (Segmentation fault)", "exit 3".
    std::string End();

private:
    base::Descriptor socket_;
    base::Descriptor process_;  // pidfd: no other process can be meant by it
    pid_t pid_ = -1;
};

}  // namespace fanfare::isolation
