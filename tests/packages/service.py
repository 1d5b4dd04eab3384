"""The daemon of a Root as its unit starts it, less what only systemd can do: its user, no privileges, its configuration."""
import json
import os
import signal
import subprocess

from support.client import Client, cloudevent_headers
from support.wait import until

CONFIG = "/etc/fanfare/fanfare.toml"
AS_USER = ("setpriv", "--reuid=fanfare", "--regid=fanfare", "--init-groups", "--inh-caps=-all", "--bounding-set=-all",
           "--no-new-privs")


def listen_anywhere(root):
    """A free port in place of the usual one, which another program of this machine may have."""
    text = root.read(CONFIG)
    root.write(CONFIG, text.replace('listen = "127.0.0.1:8640"', 'listen = "127.0.0.1:0"'))
    assert root.read(CONFIG) != text


class Service:
    """with Service(root) as service: ... Stopped afterwards, whatever happens."""

    def __init__(self, root):
        self.root = root
        self._log = root.at("/tmp/fanfare.log")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def start(self):
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen(self.root.command(*AS_USER, "/usr/bin/fanfare", "serve", mounts=False),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: self.process.poll() is not None or self._status() is not None, what=lambda: f"{self.log()}\nreadiness")
        assert self.process.poll() is None, self.log()
        self.address = self._status()["listen"]

    def _status(self):
        code, text = self.root.fails("fanfare", "status", "--json")
        return json.loads(text) if code == 0 else None

    def log(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log()

    def owner(self):
        """The user ids the process has, by name of the Root: real, effective, saved, of the file system."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(line for line in file if line.startswith("Uid:")).split()[1:]

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("VmRSS:")).split()[1])

    def post(self, event_id, body=b'{"hello": "world"}'):
        with Client(self.address) as client:
            return client.request("POST", "/v1/events", body, cloudevent_headers(event_id)).status

    def deliveries(self, state):
        lines = self.root.run("fanfare", "deliveries", "list", "--state", state, "--json").splitlines()
        return [json.loads(line) for line in lines]
