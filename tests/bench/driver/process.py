"""What a process and its children use, as the kernel counts it."""
import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time

_TICK = os.sysconf("SC_CLK_TCK")
_EVENTS = {"syscalls": "raw_syscalls:sys_enter", "fsyncs": "syscalls:sys_enter_fdatasync", "fsync": "syscalls:sys_enter_fsync",
           "instructions": "instructions"}


def family(pid):
    """The process and all below it."""
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children", encoding="ascii") as file:
                    queue += [int(child) for child in file.read().split()]
    return found


def _memory_mb(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M)[1]) / 1024


def resident_mb(pid):
    return _memory_mb(pid, "VmRSS")


class MostResident:
    """`mb`: the most memory that a process had resident within a `with`."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")  # the peak so far is forgotten: proc(5)
        return self

    def __exit__(self, *error):
        if not any(error):
            self.mb = _memory_mb(self.pid, "VmHWM")


def processor_seconds(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


def bytes_written(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/io", encoding="ascii") as file:
            total += int(re.search(r"^write_bytes: (\d+)", file.read(), re.M)[1])
    return total


class Usage:
    """Processor time and bytes sent to the disk within a `with`."""

    def __init__(self, pid):
        self.pids = family(pid)

    def __enter__(self):
        self._before = processor_seconds(self.pids), bytes_written(self.pids)
        self._began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._began
        self.processor = processor_seconds(self.pids) - self._before[0]
        self.written = bytes_written(self.pids) - self._before[1]


class Counters:
    """System calls, fsyncs and, where the processor lets it be counted, instructions within a `with`: by perf, which hardly
    disturbs. `counts` has only what could be counted; it is empty where perf is forbidden."""

    def __init__(self, pid):
        self.pids = family(pid)
        self.counts = {}

    def __enter__(self):
        self._output = tempfile.NamedTemporaryFile(mode="r", prefix="fanfare-bench.")
        self._perf = None
        if shutil.which("perf"):
            self._perf = subprocess.Popen(
                ["perf", "stat", "-x", ";", "-o", self._output.name, "-e", ",".join(_EVENTS.values()),
                 "-p", ",".join(map(str, self.pids))], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.5)  # until it has attached to every thread
        return self

    def __exit__(self, *_):
        if self._perf:
            self._perf.send_signal(signal.SIGINT)
            self._perf.wait(timeout=60)
            self._read()
        self._output.close()

    def _read(self):
        names = {event: name for name, event in _EVENTS.items()}
        for line in self._output:
            fields = line.split(";")
            if len(fields) > 2 and fields[0].isdigit() and fields[2].split(":u")[0] in names:
                self.counts[names[fields[2].split(":u")[0]]] = int(fields[0])
        if "fsyncs" in self.counts:
            self.counts["fsyncs"] += self.counts.pop("fsync", 0)


class Allocations:
    """For a process started with `environment`: what it has allocated so far, and how many bytes."""

    def __init__(self, build):
        self._file = tempfile.NamedTemporaryFile(prefix="fanfare-bench.")
        self._file.write(bytes(16))
        self._file.flush()
        self.environment = {**os.environ, "LD_PRELOAD": os.path.join(build, "tests/bench/libcount_allocations.so"),
                            "FANFARE_ALLOCATIONS": self._file.name}

    def read(self):
        with open(self._file.name, "rb") as file:
            return struct.unpack("QQ", file.read(16))


@contextlib.contextmanager
def running(words, **options):
    """A process that ends with the block."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
