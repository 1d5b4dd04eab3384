"""Docker Hub's build trigger: address and body as the eventhooks package sends them, and what is told of its errors."""
import json

import pytest

from support.receiver import Reply
from support.secrets import places_of
from support.wait import until

SOURCE = "7d5a1f0e-51aa-4b7e-9f3c-source000001"
TRIGGER = "c0ffee00-11bb-4c8d-8e4d-trigger00001"
PATH = f"/api/build/v1/source/{SOURCE}/trigger/{TRIGGER}/call/"
ONCE = {"timeout": "1m", "retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 2}}


@pytest.fixture
def daemon_for(daemon_on, receiver):
    """daemon_for(**options): a daemon that runs with one destination at the receiver, at log level trace."""
    def start(**options):
        destination = {"plugin": "dockerhub", "base_url": receiver.url("/"), "source": SOURCE, "trigger": TRIGGER,
                       "delivery": ONCE, **options}
        daemon = daemon_on({"build": destination})
        daemon.config["log"] = {"level": "trace"}
        return daemon.start()

    return start


def send(daemon, data=b"{}", event_id="e-1"):
    """The delivery once it is sent or dead."""
    assert daemon.post(event_id, data).status == 202
    return until(lambda: [one for one in daemon.event(event_id)["deliveries"] if one["state"] in ("sent", "dead")], 60,
                 f"an end of {event_id}")[0]


def test_an_event_calls_the_trigger_with_the_branch_and_without_its_data(daemon_for, receiver):
    assert send(daemon_for(), b'{"confidential":1}')["state"] == "sent"
    (request,) = receiver.requests()
    assert (request.method, request.path) == ("POST", PATH)
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"source_type": "Branch", "source_name": "master"}'


def test_the_tag_of_the_event_is_built(daemon_for, receiver):
    daemon = daemon_for(source_type="Tag", source_name="v{{ data.version }}")
    assert send(daemon, json.dumps({"version": "1.0 \"\u20ac\""}).encode())["state"] == "sent"
    assert json.loads(receiver.requests()[0].body) == {"source_type": "Tag", "source_name": "v1.0 \"\u20ac\""}


def test_a_trigger_that_is_not_there_is_dead_at_once_and_a_busy_service_is_tried_again(daemon_for, receiver):
    daemon = daemon_for()
    receiver.script(PATH, Reply(404, body=f"no trigger {TRIGGER} of {SOURCE}".encode()))
    dead = send(daemon, event_id="missing")
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "no such trigger" in dead["reason"]
    assert places_of(daemon, [SOURCE, TRIGGER]) == [], "the service repeats both in its answer"
    receiver.script(PATH, Reply(503), Reply(202))
    sent = send(daemon, event_id="busy")
    assert (sent["state"], sent["attempts"]) == ("sent", 2)
