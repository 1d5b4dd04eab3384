#include "conformance/process.hpp"

#include <malloc.h>

#include <filesystem>
#include <system_error>
#include <thread>

#include "conformance/driver.hpp"

namespace fanfare::conformance {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds kLookPause{5};

}  // namespace

std::size_t ThreadCount() {
    std::size_t count = 0;
    std::error_code fault;
    for (fs::directory_iterator task("/proc/self/task", fault), end; !fault && task != end; task.increment(fault)) ++count;
    // Nothing seen would be taken for nothing left behind.
    if (count == 0) throw Skip{"what the plugin leaves behind cannot be seen without /proc; mount it, and check again"};
    return count;
}

ProcessState LookAtProcess() {
    ProcessState state;
    state.threads = ThreadCount();
    std::error_code fault;
    for (fs::directory_iterator file("/proc/self/fd", fault), end; !fault && file != end; file.increment(fault)) {
        std::error_code unreadable;
        const std::string target = fs::read_symlink(file->path(), unreadable).string();
        // The look itself has one open.
        if (unreadable || target.find("/fd") != std::string::npos) continue;
        state.descriptors.insert(file->path().filename().string() + " (" + target + ")");
    }
    return state;
}

std::size_t HeapInUse() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

std::string LeftBehind(const ProcessState& before, const ProcessState& now) {
    std::string words;
    if (now.threads > before.threads) {
        const std::size_t more = now.threads - before.threads;
        words = std::to_string(more) + (more == 1 ? " thread" : " threads");
    }
    for (const std::string& descriptor : now.descriptors) {
        if (before.descriptors.count(descriptor) == 0) words += (words.empty() ? "file " : ", file ") + descriptor;
    }
    return words;
}

std::string LeftBehindAfter(const ProcessState& before, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
        std::string left = LeftBehind(before, LookAtProcess());
        if (left.empty() || std::chrono::steady_clock::now() >= until) return left;
        std::this_thread::sleep_for(kLookPause);
    }
}

}  // namespace fanfare::conformance
