"""The daemon in a process of its own, as an operator runs it: a configuration file and `fanfare serve`."""
import contextlib
import ctypes
import http.client
import os
import signal
import subprocess
import urllib.parse

from . import toml_text
from .client import Client, cloudevent_headers
from .wait import until

BUILD = os.path.abspath(os.environ.get("FANFARE_BUILD", "build/release"))
BINARY = os.path.join(BUILD, "fanfare")
PLUGINS = os.path.join(BUILD, "plugins")
_PR_SET_PDEATHSIG = 1


def die_with_the_test():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def webhook(receiver, path="/hook", delivery=None, **options):
    """A destination at this receiver. On a busy machine the usual timeout would send again what is only slow."""
    return {"plugin": "webhook", "url": receiver.url(path), "delivery": {"timeout": "10m", **(delivery or {})}, **options}


class Daemon:
    """One configuration and store; any number of processes on it, one after the other.

    destinations: {"hook": {"plugin": "webhook", "url": ..., "delivery": {...}}}; routes: a list of tables, by default one
    that sends all to all; realms, server, store: further tables.
    """

    def __init__(self, directory, destinations, routes=None, realms=None, server=None, store=None, pass_fds=()):
        self.directory = str(directory)
        self.pass_fds = pass_fds  # descriptors that the process inherits
        self.admin_address = "unix:" + os.path.join(self.directory, "admin.sock")
        self.admin_tls = None  # an ssl.SSLContext, where the admin API is on TCP with TLS
        self.store_path = os.path.join(self.directory, "store")
        self.log_path = os.path.join(self.directory, "daemon.log")
        self.config = {
            "server": {"listen": "127.0.0.1:0", "admin": self.admin_address, **(server or {})},
            "store": {"path": self.store_path, **(store or {})},
            "plugins": {"path": [PLUGINS]},
            "realm": realms or {},
            "destination": destinations,
            "route": routes if routes is not None else [{"name": "all", "to": list(destinations)}],
        }
        self.process = None
        self.address = None  # "127.0.0.1:PORT" once ready

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.kill9()

    def write_config(self):
        path = os.path.join(self.directory, "fanfare.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(toml_text.dumps(self.config))
        os.chmod(path, 0o600)
        return path

    def launch(self, wrapper=(), env=None):
        """Starts the process without waiting. wrapper: a command to run it under; it must exec it (strace -D)."""
        assert self.process is None or self.process.poll() is not None, "the daemon runs already"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*wrapper, BINARY, "serve", "--config", self.write_config()], env=env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_the_test, pass_fds=self.pass_fds)
        if group := os.environ.get("FANFARE_CGROUP"):
            with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as procs:
                procs.write(str(self.process.pid))

    def start(self, wrapper=(), env=None, seconds=60):
        self.launch(wrapper, env)
        if not self.wait_ready_or_exit(seconds):
            raise AssertionError(f"the daemon ended with {self.process.returncode} at its start:\n{self.log_tail()}")
        return self

    def wait_ready_or_exit(self, seconds=60):
        """True once it takes events, False if it ended instead."""
        def what():
            return f"readiness of the daemon; its log ends:\n{self.log_tail()}\nThis"

        until(lambda: not self.is_running() or self._is_ready(), seconds, what)
        try:
            self.address = self.status()["listen"]
            return True
        except (OSError, http.client.HTTPException):
            return False

    def _is_ready(self):
        try:
            return self.admin("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self, seconds=60):
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=seconds)

    def kill9(self):
        self.process.kill()
        return self.process.wait(timeout=60)

    def restart(self, **options):
        assert self.stop() == 0, self.log_tail()
        return self.start(**options)

    def wait_exit(self, seconds=60):
        return self.process.wait(timeout=seconds)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def log_tail(self, lines=40):
        with contextlib.suppress(FileNotFoundError), open(self.log_path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])
        return ""

    def client(self, timeout=60):
        return Client(self.address, timeout)

    def admin(self, method, path, body=None, headers=None):
        with Client(self.admin_address, tls=self.admin_tls) as client:
            return client.request(method, path, body, headers)

    def post(self, event_id, data=b"{}", path="/v1/events", **attributes):
        """One event in CloudEvents binary mode; the answer."""
        with self.client() as client:
            return client.request("POST", path, data, cloudevent_headers(event_id, **attributes))

    def status(self):
        answer = self.admin("GET", "/v1/status")
        assert answer.status == 200, answer
        return answer.json

    def event(self, event_id):
        """GET /v1/events/{id}; None if there is no such event."""
        answer = self.admin("GET", "/v1/events/" + urllib.parse.quote(event_id, safe=""))
        assert answer.status in (200, 404), answer
        return answer.json if answer.status == 200 else None

    def deliveries(self, state=None, destination=None, limit=1000):
        """All deliveries, page by page, over one connection."""
        query = {name: value for name, value in (("state", state), ("destination", destination)) if value}
        after = None
        with Client(self.admin_address) as client:
            while True:
                page_query = dict(query, limit=limit, **({"after": after} if after else {}))
                answer = client.request("GET", "/v1/deliveries?" + urllib.parse.urlencode(page_query))
                assert answer.status == 200, answer
                yield from answer.json["deliveries"]
                after = answer.json.get("next")
                if not after:
                    return

    def is_drained(self):
        counts = self.status()["deliveries"]
        return counts["waiting"] == 0 and counts["sending"] == 0

    def drain(self, seconds=120):
        """Waits until every delivery is final."""
        until(self.is_drained, seconds, "the drain")
