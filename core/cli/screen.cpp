#include "cli/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace fanfare::cli {
namespace {

// The alternate screen, so that what stood there comes back; the cursor hidden.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::array<int, 3> kEnds = {SIGINT, SIGTERM, SIGHUP};

volatile sig_atomic_t ended = 0;

void OnEnd(int) { ended = 1; }
void OnResize(int) {}

void Handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
}

std::size_t Height() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return 24;
    return size.ws_row;
}

}  // namespace

bool Screen::IsThere() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

Screen::Screen() {
    // Blocked but in Wait: a signal cannot fall between the look at `ended` and the wait.
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : kEnds) {
        sigaddset(&blocked, signal);
        Handle(signal, OnEnd);
    }
    sigaddset(&blocked, SIGWINCH);
    Handle(SIGWINCH, OnResize);
    sigprocmask(SIG_BLOCK, &blocked, &mask_before_);

    tcgetattr(STDIN_FILENO, &before_);
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    // Stopped in the background, it would leave the shell a terminal without echo.
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys);
    std::fputs(kEnter, stdout);
    std::fflush(stdout);
}

Screen::~Screen() {
    std::fputs(kLeave, stdout);
    std::fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    for (const int signal : kEnds) Handle(signal, SIG_DFL);
    Handle(SIGWINCH, SIG_DFL);
    // One that came meanwhile has been obeyed: it must not end the program before its last words.
    const timespec at_once{};
    sigset_t pending;
    sigemptyset(&pending);
    for (const int signal : kEnds) sigaddset(&pending, signal);
    while (sigtimedwait(&pending, nullptr, &at_once) > 0) {
    }
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Screen::Draw(const std::string& text) {
    std::string out = "\x1b[H";
    std::size_t left = Height();
    for (std::size_t from = 0; from < text.size() && left > 0; --left) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        out += (from == 0 ? "" : "\r\n") + text.substr(from, end - from) + "\x1b[K";
        from = end + 1;
    }
    out += "\x1b[J";
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);
}

bool Screen::Wait(std::chrono::milliseconds at_most) {
    pollfd keyboard{STDIN_FILENO, POLLIN, 0};
    const timespec limit{at_most.count() / 1000, (at_most.count() % 1000) * 1'000'000};
    const int ready = ppoll(&keyboard, 1, &limit, &mask_before_);
    if (ended != 0) return false;
    if (ready <= 0) return true;
    char key = 0;
    // Nothing to read although it is ready: the terminal is gone.
    return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
}

}  // namespace fanfare::cli
