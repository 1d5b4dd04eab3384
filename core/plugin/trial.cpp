#include "plugin/trial.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace fanfare::plugin {
namespace {

constexpr int kPatienceMs = 10'000;
// What `_exit` gets if the child came back from loading; a constructor that calls exit() has to guess it.
constexpr int kCameBack = 113;

base::Error Refuse(std::string why) { return base::MakeError(base::Code::kConfig, std::move(why)); }

[[noreturn]] void RunChild(const std::function<void()>& load) {
    // It holds what the parent has open and locked, so it must not outlive it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A crash in a trial leaves no core file and wakes no handler of the parent.
    prctl(PR_SET_DUMPABLE, 0);
    for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) signal(number, SIG_DFL);
    try {
        load();
    } catch (...) {
        _exit(kCameBack);
    }
    _exit(kCameBack);
}

bool EndsInTime(pid_t child) {
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    if (fd < 0) return true;
    pollfd end{fd, POLLIN, 0};
    int ready;
    do {
        ready = poll(&end, 1, kPatienceMs);
    } while (ready < 0 && errno == EINTR);
    close(fd);
    return ready != 0;
}

}  // namespace

base::Status TryInChild(const std::function<void()>& load) {
    const pid_t child = fork();
    // Without a child there is no trial; the real attempt says what is wrong.
    if (child < 0) return {};
    if (child == 0) RunChild(load);
    const bool in_time = EndsInTime(child);
    if (!in_time) kill(child, SIGKILL);
    int status = 0;
    pid_t waited;
    do {
        waited = waitpid(child, &status, 0);
    } while (waited < 0 && errno == EINTR);
    if (!in_time) return Refuse("loading it does not come to an end");
    if (waited != child) return {};
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        return Refuse("loading it ends in signal " + std::to_string(number) + " (" + strsignal(number) + ")");
    }
    if (WEXITSTATUS(status) == kCameBack) return {};
    return Refuse("loading it ends the process with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace fanfare::plugin
