"""Whether a secret can be found in anything that the daemon writes or says."""
import json
import os
import urllib.parse


def _written(daemon):
    """(where, bytes) of the log and of every file of the store."""
    with open(daemon.log_path, "rb") as file:
        yield "the log", file.read()
    for folder, _, names in os.walk(daemon.store_path):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                yield path, file.read()


def _said(daemon):
    """(where, bytes) of the answers of the admin API."""
    paths = ["/v1/status", "/v1/destinations", "/v1/activity", "/metrics"]
    paths += ["/v1/deliveries/" + one["id"] for one in daemon.deliveries()]  # with every attempt, and what it sends
    for path in paths:
        answer = daemon.admin("GET", path)
        assert answer.status == 200, answer
        yield path, answer.body
    yield "the list of deliveries", json.dumps(list(daemon.deliveries())).encode()


def places_of(daemon, secrets):
    """Where any of the texts is, as it is or percent-encoded. The daemon runs, at log level trace."""
    assert daemon.config["log"]["level"] == "trace"
    forms = {form.encode() for secret in secrets for form in (secret, urllib.parse.quote(secret, safe=""))}
    found = [*_written(daemon), *_said(daemon)]
    assert all(data for where, data in found if where == "the log")
    return sorted({where for where, data in found if any(form in data for form in forms)})
