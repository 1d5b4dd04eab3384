"""What went wrong with a message, written into it for Gadz.org's readers (SEED-SYSTEMS A24 to A27)."""
import json
import os
import shutil

import jsonschema
import pytest

from support.commands import objects, run
from support.daemon import webhook
from support.receiver import Reply

PROFILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "fanfare", "profiles.d")
HISTORY = {"retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 3}, "error_history": True}


@pytest.fixture
def gadz(daemon_on, receiver):
    """`crm` takes Gadz.org's envelopes with their errors; `letters` gets the dead ones."""
    daemon = daemon_on({"crm": webhook(receiver, "/crm", delivery=HISTORY),
                        "letters": webhook(receiver, "/letters", shape={"template": "{{{data.letter}}}", "content_type": "application/json"})},
                       realms={"gadz": {"profile": "gadz-v1"}}, routes=[
        {"name": "all", "to": ["crm"]},
        {"name": "dead", "realms": ["fanfare"], "types": ["fanfare.delivery.dead"], "to": ["letters"]}])
    shutil.copytree(PROFILES, os.path.join(daemon.directory, "profiles.d"))
    return daemon.start()


def post_envelope(daemon, **members):
    envelope = {"event_name": "request.gapps.account.create", "event_uuid": "1fae9ca5-4ad6-4fd0-b1fe-8d5b6b1a3ae1",
                "event_creation_time": "2016-05-17T15:00:00Z", "event_sender_id": "reference", "data": {"n": 1.50}} | members
    with daemon.client() as client:
        answer = client.request("POST", "/v1/realms/gadz/events", json.dumps(envelope), {"Content-Type": "application/json"})
    assert answer.status == 202, answer.body
    return envelope


def test_a24_each_attempt_carries_the_failures_before_it_and_their_count(gadz, receiver):
    receiver.script("/crm", Reply(503, body=b"first"), Reply(500, body=b"second"), Reply(204))
    earlier = {"error_type": "info", "error_sender": "reference", "timestamp": "2016-05-17T15:00:00Z",
               "error_uuid": "1fae9ca5-4ad6-4fd0-b1fe-8d5b6b1a3ae2", "error_message": "was late"}
    envelope = post_envelope(gadz, errors=[earlier], errors_count=9)
    bodies = [json.loads(request.body) for request in receiver.wait_for(3, "/crm")]
    assert bodies[0] == envelope
    for sent, failures in ((bodies[1], ["first"]), (bodies[2], ["first", "second"])):
        assert sent["errors_count"] == len(sent["errors"]) == 1 + len(failures)
        assert sent["errors"][0] == earlier
        assert {name: sent[name] for name in ("event_uuid", "data", "event_name")} == {name: envelope[name] for name in ("event_uuid", "data", "event_name")}
        for error, failure in zip(sent["errors"][1:], failures):
            assert (error["error_type"], error["error_sender"]) == ("softerror", "crm")
            assert failure in error["error_message"]
    assert bodies[1]["errors"][1] == bodies[2]["errors"][1], "an error keeps its uuid and its time"
    with open(os.path.join(PROFILES, "gadz-v1.schema.json")) as file:
        schema = json.load(file)
    for body in bodies:
        jsonschema.Draft4Validator({key: value for key, value in schema.items() if key != "$schema"}).validate(body)


def test_a26_what_used_up_its_attempts_is_published_with_one_hard_error_more(gadz, receiver):
    receiver.script("/crm", Reply(503), Reply(503), Reply(503))
    post_envelope(gadz)
    letter = json.loads(receiver.wait_for(1, "/letters")[0].body)
    assert [error["error_type"] for error in letter["errors"]] == ["softerror"] * 3 + ["harderror"]
    assert letter["errors_count"] == 4
    assert "given up after 3 attempts" in letter["errors"][3]["error_message"]
    assert len(receiver.requests("/crm")) == 3


def test_a27_what_is_refused_has_a_hard_error_at_once_and_can_be_replayed(gadz, receiver):
    receiver.script("/crm", Reply(400, body=b"no such account"))
    envelope = post_envelope(gadz)
    letter = json.loads(receiver.wait_for(1, "/letters")[0].body)
    assert [error["error_type"] for error in letter["errors"]] == ["harderror"]
    assert "no such account" in letter["errors"][0]["error_message"]
    dead = objects(gadz, "deliveries", "list", "--state", "dead")[0]
    run(gadz, "deliveries", "retry", dead["id"])
    assert json.loads(receiver.wait_for(2, "/crm")[1].body) == envelope


def test_many_dead_letters_are_all_published(gadz, receiver):
    receiver.behave = lambda request: Reply(400) if request.path == "/crm" else Reply(204)
    for number in range(30):
        post_envelope(gadz, event_uuid=f"1fae9ca5-4ad6-4fd0-b1fe-8d5b6b1a3a{number:02d}")
    letters = [json.loads(request.body) for request in receiver.wait_for(30, "/letters")]
    assert len({letter["event_uuid"] for letter in letters}) == 30
