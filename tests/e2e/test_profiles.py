"""Plain bodies that become events by the profile of their realm: the two that are shipped, seen from outside."""
import json
import os
import shutil

import pytest

from support.daemon import webhook

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc")
PROFILES = os.path.join(TOP, "fanfare", "profiles.d")
CHANGES = ["change-create.json", "change-update.json", "change-delete.json"]
KEYS = ["id", "created", "action", "changes", "old_object", "new_object", "diff", "content_type"]
STRICT = """[profile.strict]
kind = "change"
verify_changes = true
compute_changes = true
unchanged = "drop"
"""


def sample(name):
    with open(os.path.join(TOP, "examples", "events", name), "rb") as file:
        return file.read()


@pytest.fixture
def bus(daemon_on, receiver):
    realms = {"gadz": {"profile": "gadz-v1"}, "inventory": {"profile": "mce"}, "strict": {"profile": "strict"},
              "plain": {}, "checked": {"schema": os.path.join(PROFILES, "mce.schema.json")}}
    daemon = daemon_on({"hook": webhook(receiver)}, realms=realms)
    place = os.path.join(daemon.directory, "profiles.d")
    shutil.copytree(PROFILES, place)
    with open(os.path.join(place, "strict.toml"), "w", encoding="utf-8") as file:
        file.write(STRICT)
    return daemon.start()


def post(daemon, realm, body, headers=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    with daemon.client() as client:
        return client.request("POST", f"/v1/realms/{realm}/events", body,
                              {"Content-Type": "application/json", **(headers or {})})


def pointers(answer):
    assert answer.status == 422 and answer.is_problem, answer
    return {fault["pointer"] for fault in answer.json["errors"]}


# A2
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_taken_and_delivered_byte_for_byte(bus, receiver, name):
    answer = post(bus, "inventory", sample(name))
    assert answer.status == 202, answer
    assert answer.json["accepted"] == [{"id": "1", "duplicate": False, "deliveries": 1}]
    request = receiver.wait_for(1)[0]
    assert request.body == sample(name)
    assert bus.event("1")["type"] == "change." + json.loads(sample(name))["action"]


# A2, A28
def test_each_of_the_eight_keys_must_be_there(bus):
    for key in KEYS:
        body = json.loads(sample("change-update.json"))
        del body[key]
        assert pointers(post(bus, "inventory", body)) == {"/" + key}
    nothing = {key: True for key in KEYS}
    assert pointers(post(bus, "inventory", nothing)) == {"/" + key for key in KEYS}
    assert bus.status()["events"]["accepted"] == 0


# A3
def test_changes_are_verified_computed_and_dropped_where_the_profile_says_so(bus, receiver):
    update = json.loads(sample("change-update.json"))
    lie = dict(update, changes=[{"op": "replace", "path": "/name", "value": "another"}])
    assert pointers(post(bus, "strict", lie)) == {"/changes"}
    assert post(bus, "inventory", lie).status == 202

    assert post(bus, "strict", dict(update, id=2, changes=[])).status == 202
    filled = next(request for request in receiver.wait_for(2) if request.event_id == "2")
    assert json.loads(filled.body) == dict(update, id=2)

    unchanged = dict(update, id=3, changes=[], old_object=update["new_object"])
    answer = post(bus, "strict", unchanged)
    assert answer.status == 202
    assert answer.json["accepted"] == [{"id": "3", "dropped": True, "duplicate": False, "deliveries": 0}]
    assert bus.event("3") is None
    assert bus.status()["events"]["dropped"] == 1


# A23
def test_an_envelope_gives_the_event_its_attributes(bus, receiver):
    answer = post(bus, "gadz", sample("gadz-request.json"))
    assert answer.status == 202, answer
    envelope = json.loads(sample("gadz-request.json"))
    event = bus.event(envelope["event_uuid"])
    assert event["type"] == "request.gapps.account.create"
    assert event["source"] == "gram"
    assert event["time"] == "2016-05-29T15:03:50+00:00"
    assert receiver.wait_for(1)[0].body == sample("gadz-request.json")


# A23, A28
def test_every_violation_of_the_envelope_is_named(bus):
    envelope = json.loads(sample("gadz-request.json"))
    envelope["event_name"] = "Request.Upper"
    envelope["more"] = 1
    envelope["errors"][0]["error_type"] = "fatal"
    del envelope["event_sender_id"]
    assert pointers(post(bus, "gadz", envelope)) == {"/event_name", "/more", "/errors/0/error_type", "/event_sender_id"}
    assert post(bus, "gadz", b"{").status == 400
    assert post(bus, "plain", b"{}").status == 202


# A23
def test_a_time_that_is_not_of_rfc_3339_is_left_out(bus):
    envelope = dict(json.loads(sample("gadz-request.json")), event_creation_time="2016-W21-7")
    assert post(bus, "gadz", envelope).status == 202
    assert not bus.event(envelope["event_uuid"]).get("time")


# A24
def test_a_wrong_count_of_errors_is_no_reason_to_refuse(bus):
    envelope = dict(json.loads(sample("gadz-request.json")), errors_count=7)
    assert post(bus, "gadz", envelope).status == 202


# A28
def test_the_schema_of_a_realm_holds_for_cloudevents_too(bus):
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"id": "x"}}
    with bus.client() as client:
        answer = client.request("POST", "/v1/realms/checked/events", json.dumps(event),
                                {"Content-Type": "application/cloudevents+json"})
    assert "/data/id" in pointers(answer) and "/data/action" in pointers(answer)


def test_lines_are_refused_together_and_each_is_named(bus):
    good = json.dumps(json.loads(sample("gadz-request.json")))
    answer = post(bus, "gadz", (good + "\n{}\n").encode(), {"Content-Type": "application/x-ndjson"})
    assert "/1/event_uuid" in pointers(answer)
    assert bus.status()["events"]["accepted"] == 0
