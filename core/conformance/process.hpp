// What this process holds, to see what a plugin has left behind.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>

namespace fanfare::conformance {

struct ProcessState {
    std::size_t threads = 0;
    std::set<std::string> descriptors;  // "7 (socket:[4711])"
};

// Errors: both throw Skip where /proc is not mounted.
ProcessState LookAtProcess();
std::size_t ThreadCount();
// Bytes of the heap in use; 0 where the allocator does not tell (sanitizers).
std::size_t HeapInUse();

// What `now` has more than `before`, as words: "2 threads", "file 7 (socket:[4711])"; empty: nothing.
std::string LeftBehind(const ProcessState& before, const ProcessState& now);
// The same once the process has come to rest: a thread that was joined is seen a little longer.
std::string LeftBehindAfter(const ProcessState& before, std::chrono::milliseconds patience);

}  // namespace fanfare::conformance
