"""System calls of the daemon, in order, as strace saw them."""
import os
import re
import signal
import subprocess
from dataclasses import dataclass

from .wait import until

_LINE = re.compile(r"^(\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>(?P<rest>.*)|(?P<call>\w+)\((?P<text>.*))$")
_RESULT = re.compile(r"\) += (-?\d+|\?)[^=]*$")


@dataclass
class Call:
    name: str
    text: str      # arguments, with the paths of descriptors (-y)
    begin: int     # line at which it was entered
    end: int       # line at which it returned
    result: int


def parse(lines):
    """Calls in order of their begin; one that never returned is left out."""
    calls, open_calls = [], {}
    for number, line in enumerate(lines):
        match = _LINE.match(line.rstrip("\n"))
        if not match:
            continue
        pid = match[1]
        if match["resumed"]:
            begun = open_calls.pop(pid, None)
            if begun is None:
                continue
            name, text, begin = begun
            text += match["rest"]
        else:
            name, text, begin = match["call"], match["text"], number
            if text.endswith("<unfinished ...>"):
                open_calls[pid] = (name, text.removesuffix("<unfinished ...>"), begin)
                continue
        if result := _RESULT.search(text):
            calls.append(Call(name, text, begin, number, -1 if result[1] == "?" else int(result[1])))
    return sorted(calls, key=lambda call: call.begin)


class Strace:
    """Attached to a running process until it or stop() ends it. `inject`: strace's own fault syntax, as fdatasync:error=EIO."""

    def __init__(self, pid, output, calls, inject=None):
        self.output = output
        command = ["strace", "-f", "-y", "-s", "4096", "-o", output, "-e", "trace=" + ",".join(calls)]
        command += ["-e", "inject=" + inject] if inject else []
        self.process = subprocess.Popen([*command, "-p", str(pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        tasks = f"/proc/{pid}/task"
        until(lambda: self.process.poll() is not None or all(_is_traced(f"{tasks}/{task}/status") for task in
                                                             os.listdir(tasks)), what="strace to attach")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return parse(file)


def _is_traced(status):
    try:
        with open(status, encoding="ascii", errors="replace") as file:
            return not re.search(r"^TracerPid:\s+0$", file.read(), re.M)
    except (FileNotFoundError, ProcessLookupError):
        return True
