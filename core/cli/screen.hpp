// The whole terminal for a program that redraws, and given back as it was at every end that can be caught.
#pragma once

#include <signal.h>
#include <termios.h>

#include <chrono>
#include <string>

namespace fanfare::cli {

// One at a time. Threads: the one that made it.
class Screen {
public:
    // Whether standard input and output are a terminal; without one there is no Screen.
    static bool IsThere();

    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    // Replaces what is shown; lines beyond the height are cut off.
    void Draw(const std::string& text);
    // Waits that long, or less if the size of the terminal changes. False: q, Ctrl-C, SIGTERM, SIGHUP, or the terminal
    // is gone.
    bool Wait(std::chrono::milliseconds at_most);

private:
    termios before_{};
    sigset_t mask_before_{};
};

}  // namespace fanfare::cli
