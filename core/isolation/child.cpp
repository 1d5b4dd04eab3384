#include "isolation/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace fanfare::isolation {
namespace {

constexpr int kChildSocket = 3;
constexpr int kChildReport = kChildSocket + 1;
constexpr rlim_t kMostMemory = rlim_t{2} << 30;

base::Error Fault(const char* what) {
    return base::MakeError(base::Code::kIo,
                           std::string("cannot ") + what + ": " + std::generic_category().message(errno));
}

base::Error CannotRun(const char* program, int fault) {
    std::string why =
        std::string("cannot start a plugin's process: ") + program + ": " + std::generic_category().message(fault);
    // A program that runs has its name there, even if its file is gone.
    if (fault == ENOENT && std::string_view(program).starts_with("/proc/")) why += "; mount /proc where fanfare runs";
    return base::MakeError(base::Code::kIo, std::move(why));
}

// The number of what kept the child from becoming `program`; 0 once it has.
int AwaitExec(int report) {
    int fault = 0;
    ssize_t got;
    do {
        got = read(report, &fault, sizeof fault);
    } while (got < 0 && errno == EINTR);
    return got == sizeof fault ? fault : 0;
}

// Between fork and exec: only what is safe there (signal-safety(7)). `report` takes the number of what went wrong.
[[noreturn]] void Become(const char* program, int socket, int report, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() != parent) _exit(0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // A sanitizer's shadow alone takes terabytes of addresses.
    const rlimit memory{kMostMemory, kMostMemory};
    setrlimit(RLIMIT_AS, &memory);
#endif
    if (const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
        [[maybe_unused]] const ssize_t written = write(score, "1000", 4);
        close(score);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (const int null = open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) dup2(null, STDIN_FILENO);
    // What a plugin prints belongs beside the log, not into the output of a command.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    report = fcntl(report, F_DUPFD_CLOEXEC, kChildReport + 1);  // out of the way of the socket
    if (socket == kChildSocket) {
        fcntl(socket, F_SETFD, 0);
    } else {
        dup2(socket, kChildSocket);
    }
    dup3(report, kChildReport, O_CLOEXEC);
    syscall(SYS_close_range, kChildReport + 1, ~0U, 0);
    std::array<char*, 3> arguments{const_cast<char*>("fanfare"), const_cast<char*>(kRunnerArgument), nullptr};
    execv(program, arguments.data());
    const int fault = errno;
    [[maybe_unused]] const ssize_t written = write(kChildReport, &fault, sizeof fault);
    _exit(127);
}

}  // namespace

base::Result<Child> Child::Spawn(const char* program) {
    std::array<int, 2> pair{};
    std::array<int, 2> report{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return Fault("make a socket pair for a plugin's process");
    Child child;
    child.socket_ = base::Descriptor(pair[0]);
    const base::Descriptor theirs(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    if (pipe2(report.data(), O_CLOEXEC) != 0) return Fault("make a pipe to a plugin's process");
    const base::Descriptor reported(report[0]);
    base::Descriptor reporting(report[1]);
    const pid_t parent = getpid();
    child.pid_ = fork();
    if (child.pid_ < 0) return Fault("start a plugin's process");
    if (child.pid_ == 0) Become(program, pair[1], report[1], parent);
    child.process_ = base::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child.pid_, 0)));
    reporting = base::Descriptor();
    if (const int fault = AwaitExec(reported.get()); fault != 0) return CannotRun(program, fault);
    return child;
}

Child& Child::operator=(Child&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(process_, other.process_);
    std::swap(pid_, other.pid_);
    return *this;
}

Child::~Child() {
    if (is_running()) End();
}

void Child::AwaitEnd(std::chrono::milliseconds limit) const {
    pollfd ended{process_.get(), POLLIN, 0};
    poll(&ended, 1, static_cast<int>(limit.count()));
}

std::string Child::End() {
    if (!is_running()) return "it did not run";
    // It is not reaped yet, so its number is its own.
    siginfo_t ended{};
    const bool over =
        waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid_;
    if (!over) {
        const long sent =
            process_.get() >= 0 ? syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0) : -1;
        if (sent != 0) kill(pid_, SIGKILL);
    }
    kill(-pid_, SIGKILL);  // what it has forked
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFSIGNALED(status)) {
        return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    }
    return "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace fanfare::isolation
