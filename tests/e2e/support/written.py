"""What a daemon has written and what it tells, to search it for what must not stand there."""
import itertools
import os
import subprocess

from .daemon import BINARY


def _run(daemon, *arguments):
    config = os.path.join(daemon.directory, "fanfare.toml")
    return subprocess.run([BINARY, *arguments, "--config", config], capture_output=True, text=True, timeout=60).stdout


def everything_of(daemon):
    """Whatever the daemon has written or tells, as bytes."""
    parts = [_run(daemon, "deliveries", "list", "--json").encode(), _run(daemon, "destinations", "list", "--json").encode()]
    for path in ("/v1/status", "/v1/deliveries", "/v1/destinations", "/metrics"):
        parts.append(daemon.admin("GET", path).body)
    for delivery in itertools.islice(daemon.deliveries(), 50):
        parts.append(daemon.admin("GET", "/v1/deliveries/" + delivery["id"]).body)
    for folder, _, names in os.walk(daemon.directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and name != "fanfare.toml":
                with open(path, "rb") as file:
                    parts.append(file.read())
    return b"\n".join(parts)
