"""The commands of fanfare on a running daemon, and what its deliveries come to."""
import json
import os
import subprocess

from .daemon import BINARY
from .wait import until


def run(daemon, *words, check=True, **options):
    done = subprocess.run([BINARY, *words, "--config", os.path.join(daemon.directory, "fanfare.toml")],
                          capture_output=True, text=True, **options)
    if check:
        assert done.returncode == 0, done.stderr
    return done


def objects(daemon, *words):
    return [json.loads(line) for line in run(daemon, *words, "--json").stdout.splitlines()]


def until_state(daemon, event_id, state):
    return until(lambda: [one for one in daemon.event(event_id)["deliveries"] if one["state"] == state], 60, state)[0]
