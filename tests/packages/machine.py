"""A Root that has booted: systemd runs in it as process 1, with a network of its own, and starts what is installed."""
import os
import subprocess
import tempfile

from built import output
from root import QUIET
from support.wait import until


class Machine:
    """with Machine(root) as machine: ... Off afterwards."""

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        self._console = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network", "--console=read-only",
             "--directory", self.root.path, "--machine", f"fanfare-{os.getpid()}"],
            stdin=subprocess.DEVNULL, stdout=self._console, stderr=self._console)
        until(lambda: self._nspawn.poll() is not None or self._is_up(), what=lambda: f"{self._said()}\nthe start of systemd")
        assert self._nspawn.poll() is None, self._said()
        return self

    def __exit__(self, *_):
        if self._nspawn.poll() is None:
            self._enter("systemctl", "poweroff", "--force")
            self._nspawn.wait(60)
        self._console.close()

    def _said(self):
        self._console.seek(0)
        return self._console.read()

    def _leader(self):
        """Process 1 in there, by its number out here."""
        with open(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children", encoding="ascii") as file:
            return file.read().split()[0]

    def _enter(self, *command):
        spaces = ("--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup")
        enter = ["nsenter", "--target", self._leader(), *spaces, "--root", "--wd=/"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=False, env=QUIET)

    def _is_up(self):
        try:
            return self._enter("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")
        except (FileNotFoundError, IndexError):
            return False

    def run(self, *command):
        """What it prints; fails with what it and the service said unless it ends with 0."""
        result = self._enter(*command)
        said = f"{result.stdout}{result.stderr}\n{self.journal()}"
        assert result.returncode == 0, f"{' '.join(command)} ended with {result.returncode}:\n{said}"
        return result.stdout

    def fails(self, *command):
        result = self._enter(*command)
        return result.returncode, result.stdout + result.stderr

    def journal(self):
        return self._enter("journalctl", "--no-pager", "--output=cat", "--unit=fanfare.service").stdout

    def show(self, name):
        """A property of the unit, as systemd sees it."""
        return self.run("systemctl", "show", "--property", name, "--value", "fanfare.service").strip()

    def post(self, event_id):
        """The status of the answer to an event, sent by curl in the network of the machine."""
        return output("nsenter", "--target", self._leader(), "--net", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                      "-H", "Content-Type: application/json", "-H", f"Fanfare-Id: {event_id}", "-H", "Fanfare-Type: test",
                      "-d", '{"hello": "world"}', "http://127.0.0.1:8640/v1/events")
