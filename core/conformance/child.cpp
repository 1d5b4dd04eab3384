#include "conformance/child.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "plugin/text.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::size_t kStage = 128;
constexpr std::size_t kShownOutput = 300;

// Shared with the child: what it last said that it was doing.
char* stage = nullptr;

char* SharedText() {
    void* page = mmap(nullptr, kStage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? nullptr : static_cast<char*>(page);
}

std::string ReadAll(int file) {
    std::string text;
    struct stat status {};
    if (fstat(file, &status) != 0 || status.st_size <= 0) return text;
    text.resize(static_cast<std::size_t>(status.st_size));
    const ssize_t got = pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::string Pack(const Verdict& verdict) {
    return json::Dump({{"state", static_cast<int>(verdict.state)}, {"text", verdict.text}, {"notes", verdict.notes}});
}

Verdict Unpack(const json::Value& packed) {
    Verdict verdict;
    verdict.state = static_cast<Verdict::State>(packed.value("state", 1));
    verdict.text = packed.value("text", std::string());
    for (const json::Value& note : packed["notes"]) verdict.notes.push_back(note.get<std::string>());
    return verdict;
}

[[noreturn]] void RunTest(const std::function<Verdict()>& test, int result, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A crash leaves no core file: it is one of the answers.
    prctl(PR_SET_DUMPABLE, 0);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    Verdict verdict;
    try {
        verdict = test();
    } catch (const std::exception& error) {
        verdict = {Verdict::State::kFailed, std::string("the check itself failed: ") + error.what(), {}};
    }
    const std::string packed = Pack(verdict);
    // Without the handlers of exit: threads that a plugin left behind may still run.
    _exit(write(result, packed.data(), packed.size()) == static_cast<ssize_t>(packed.size()) ? 0 : 1);
}

bool EndsInTime(pid_t child, std::chrono::seconds limit) {
    const base::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    if (!process) return true;
    const auto until = std::chrono::steady_clock::now() + limit;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd end{process.get(), POLLIN, 0};
        if (poll(&end, 1, static_cast<int>(left.count())) > 0) return true;
    }
}

std::string HowItEnded(int status) {
    if (WIFSIGNALED(status)) {
        return "ended in signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    }
    return "was ended with exit status " + std::to_string(WEXITSTATUS(status));
}

Verdict Failed(std::string text, int output) {
    const std::string printed = ReadAll(output);
    if (!printed.empty()) text += "; it printed: " + plugin::Clean(printed, kShownOutput, {});
    return {Verdict::State::kFailed, std::move(text), {}};
}

}  // namespace

Verdict RunInChild(const std::function<Verdict()>& test, std::chrono::seconds limit) {
    static char* const shared = SharedText();
    stage = shared;
    Doing("at its beginning");
    const base::Descriptor result(memfd_create("result", MFD_CLOEXEC));
    const base::Descriptor output(memfd_create("output", MFD_CLOEXEC));
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) return {Verdict::State::kFailed, std::string("no process for it: ") + strerror(errno), {}};
    if (child == 0) RunTest(test, result.get(), output.get());
    const bool in_time = EndsInTime(child, limit);
    if (!in_time) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const std::string where = stage == nullptr ? std::string("at work") : std::string(stage, strnlen(stage, kStage));
    if (!in_time) {
        return Failed("it was not done after " + std::to_string(limit.count()) + " s; the plugin was " + where, 
                      output.get());
    }
    const base::Result<json::Value> packed = json::Parse(ReadAll(result.get()));
    if (packed) return Unpack(*packed);
    return Failed("the process " + HowItEnded(status) + " while the plugin was " + where, output.get());
}

void Doing(const char* what) {
    if (stage != nullptr) snprintf(stage, kStage, "%s", what);
}

std::size_t PrintedSoFar() {
    std::fflush(nullptr);
    struct stat status {};
    return fstat(STDOUT_FILENO, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

}  // namespace fanfare::conformance
