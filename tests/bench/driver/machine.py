"""The machine the figures come from, and what else it did meanwhile."""
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time


def _first_line(*words):
    try:
        result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return None
    lines = (result.stdout + result.stderr).strip().splitlines()
    return lines[0].strip() if lines else None


def _field(path, name):
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return None


def filesystem(directory):
    """(type, device, options) of what is mounted where the directory is."""
    directory = os.path.realpath(directory)
    best = ("", "?", "?", "?")
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            device, place, kind, options = line.split()[:4]
            inside = directory == place or directory.startswith(place.rstrip("/") + "/")
            if inside and len(place) >= len(best[0]):
                best = (place, kind, device, options)
    return best[1:]


def sync_times(directory, count=200):
    """Milliseconds of an fdatasync after 4 KiB appended, sorted."""
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(count):
            os.write(file.fileno(), b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def _processor_ticks():
    with open("/proc/stat", encoding="ascii") as file:
        return [int(number) for number in file.readline().split()[1:9]]


class Machine:
    """Described when it is made; `finish` adds what the run saw."""

    def __init__(self, directory, build, fluent_bit):
        kind, device, options = filesystem(directory)
        times = sync_times(directory)
        self.facts = {
            "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
            "cores": os.cpu_count(),
            "virtual": " in ".join(filter(None, (_first_line("systemd-detect-virt", "--container"), _first_line("systemd-detect-virt", "--vm")))) or "unknown",
            "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
            "kernel": platform.release(),
            "system": _system(),
            "filesystem of the stores": f"{kind} on {device} ({options})",
            "fdatasync after 4 KiB": f"median {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms",
            "load average at the start": " ".join(f"{value:.2f}" for value in os.getloadavg()),
            "fanfare": _revision(build),
            "compiler": _first_line("c++", "--version"),
            "peers": "; ".join(filter(None, _versions(fluent_bit))),
        }
        self._ticks = _processor_ticks()

    def finish(self):
        ticks = [after - before for before, after in zip(self._ticks, _processor_ticks())]
        self.facts["load average at the end"] = " ".join(f"{value:.2f}" for value in os.getloadavg())
        self.facts["stolen by the host during the run"] = f"{100 * ticks[7] / max(1, sum(ticks)):.1f} %"

    def warnings(self):
        if float(self.facts["load average at the start"].split()[0]) > 0.5:
            yield "The machine was not idle when the run began (load average %s): absolute figures are too low." \
                % self.facts["load average at the start"]
        if self.facts["filesystem of the stores"].startswith(("tmpfs", "overlay")):
            yield "The stores are not on a disk's own filesystem: an fsync costs less, or more, than it would. See --directory."


def _system():
    with open("/etc/os-release", encoding="utf-8") as file:
        names = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    return names.get("PRETTY_NAME", "?").strip('"')


def _revision(build):
    version = _first_line(os.path.join(build, "fanfare"), "version")
    commit = _first_line("git", "-C", os.path.dirname(__file__), "describe", "--always", "--dirty")
    return f"{version}, commit {commit}"


def _versions(fluent_bit):
    for package in ("nginx-light", "rabbitmq-server", "redis-server", "libsqlite3-0", "libpoco-dev"):
        version = _first_line("dpkg-query", "-W", "-f=${Package} ${Version}", package)
        if version and "no packages" not in version:
            yield version
    if fluent_bit and shutil.which(fluent_bit):
        yield _first_line(fluent_bit, "--version")
