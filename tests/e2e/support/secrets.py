"""Whether a secret can be found in anything that the daemon writes or says."""
import itertools
import json
import os
import urllib.parse

from .commands import run


def _written(daemon):
    """(where, bytes) of the log, of every file of the store and of what else it has written."""
    for folder, _, names in os.walk(daemon.directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and name != "fanfare.toml":
                with open(path, "rb") as file:
                    yield path, file.read()


def _said(daemon, most):
    """(where, bytes) of the answers of the admin API and of commands."""
    paths = ["/v1/status", "/v1/destinations", "/v1/deliveries", "/v1/activity", "/metrics"]
    # With every attempt, and what it sends.
    paths += ["/v1/deliveries/" + one["id"] for one in itertools.islice(daemon.deliveries(), most)]
    for path in paths:
        answer = daemon.admin("GET", path)
        assert answer.status == 200, answer
        yield path, answer.body
    yield "the list of deliveries", json.dumps(list(daemon.deliveries())).encode()
    for words in (("deliveries", "list"), ("destinations", "list")):
        yield " ".join(words), run(daemon, *words, "--json").stdout.encode()


def everything_of(daemon, most=None):
    """[(where, bytes)]: whatever the daemon has written or tells. most: so many deliveries are looked at one by one."""
    return [*_written(daemon), *_said(daemon, most)]


def places_of(daemon, secrets):
    """Where any of the texts is, as it is or percent-encoded. The daemon runs, at log level trace."""
    assert daemon.config["log"]["level"] == "trace"
    forms = {form.encode() for secret in secrets for form in (secret, urllib.parse.quote(secret, safe=""))}
    found = everything_of(daemon)
    assert all(data for where, data in found if where == daemon.log_path)
    return sorted({where for where, data in found if any(form in data for form in forms)})
