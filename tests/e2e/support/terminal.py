"""A real terminal, by tmux, on a server of its own."""
import os
import shlex
import subprocess

from support.wait import until


class Terminal:
    def __init__(self, directory, columns=100, rows=30):
        self.socket = os.path.join(directory, "tmux")
        self.size = ("-x", str(columns), "-y", str(rows))
        self.lines = 0

    def __enter__(self):
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", *self.size, "env LC_ALL=C.UTF-8 PS1='ready> ' bash --norc")
        try:
            self.wait_for("ready>")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._tmux("kill-server")

    def _tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], capture_output=True, text=True, check=True).stdout

    def write(self, text):
        self._tmux("send-keys", "-t", "t", "-l", text)

    def type(self, *words):
        """A command, with Enter."""
        self.write(" ".join(shlex.quote(word) for word in words))
        self.press("Enter")

    def press(self, *keys):
        self._tmux("send-keys", "-t", "t", *keys)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))

    def screen(self, colours=False):
        return self._tmux("capture-pane", "-t", "t", "-p", *(["-e"] if colours else []))

    def wait_for(self, text, seconds=30):
        until(lambda: text in self.screen(), seconds, lambda: f"{text!r} on the terminal, which shows\n{self.screen().strip()}\nIt")

    def run(self, line, seconds=30):
        """A line of shell; what it printed. The terminal is cleared first, but not at once: each line has an end of its own."""
        self.lines += 1
        self.press("C-l")
        self.write(f"clear; {line}; echo 'end'\"=$?\"' #'{self.lines}")
        self.press("Enter")
        self.wait_for(f" #{self.lines}\n", seconds)
        return self.screen()
