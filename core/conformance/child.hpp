// Runs one test in a process of its own, so that what a plugin does to its process is an answer and not the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace fanfare::conformance {

struct Verdict {
    enum class State { kPassed, kFailed, kSkipped };
    State state = State::kPassed;
    std::string text;  // why it failed or was skipped, and how to mend it
    std::vector<std::string> notes;
};

// Forks, and runs `test` in the child with its standard output and error kept aside. A child that crashes, ends by
// itself or is not back after `limit` has failed; the text says what it was doing, as Doing last had it, and what it
// printed. Threads: the caller has no other threads.
Verdict RunInChild(const std::function<Verdict()>& test, std::chrono::seconds limit);

// In the child: what is about to be done, as in "the plugin was in deliver".
void Doing(const char* what);
// In the child: bytes that were printed so far.
std::size_t PrintedSoFar();

}  // namespace fanfare::conformance
