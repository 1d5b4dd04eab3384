"""What destinations are sent in place of the event: seen by whoever receives it."""
import json
import os

import pytest

from support.daemon import webhook
from support.receiver import Reply

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "examples", "events")
HOSTILE = ['a"b\\c', "a\r\nX-Evil: 1", "../../etc/passwd", "https://evil.example/", "<b>&amp;</b>", "\u0000\u0007", "x" * ((1 << 20) - 100)]


def sample(name):
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


def start(daemon_on, receiver, shape=None, routes=None, **options):
    hook = webhook(receiver, **options)
    if shape is not None:
        hook["shape"] = shape
    return daemon_on({"hook": hook}, routes=routes).start()


def dead(daemon):
    daemon.drain()
    return list(daemon.deliveries(state="dead"))


# A38
def test_a_template_makes_the_body_with_nested_names_and_list_indexes(daemon_on, receiver):
    text = '{"text": "{{data.new_object.name}} {{data.new_object.tags.1.name}} {{type}}", "id": {{data.new_object.id}}}'
    daemon = start(daemon_on, receiver, {"template": text, "content_type": "application/json"})
    daemon.post("1", sample("change-create.json"), event_type="change.create")
    request = receiver.wait_for(1)[0]
    assert request.headers["content-type"] == "application/json"
    assert not [name for name in request.headers if name.startswith("ce-")]
    assert json.loads(request.body) == {"text": "myname 2 change.create", "id": 1}


# A39
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_leaves_the_json_string_that_it_is_put_into(daemon_on, receiver, value):
    daemon = start(daemon_on, receiver, {"template": '{"a": "{{data.v}}", "b": 1}', "content_type": "application/json"})
    daemon.post("1", json.dumps({"v": value}).encode())
    assert json.loads(receiver.wait_for(1)[0].body) == {"a": value, "b": 1}


# A37
@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "\u0000", "a\nb"], ids=range(3))
def test_a_value_that_would_leave_its_header_kills_the_delivery_and_says_which_header(daemon_on, receiver, value):
    daemon = start(daemon_on, receiver, {"headers": {"X-Value": "{{data.v}}"}})
    assert daemon.post("1", json.dumps({"v": value}).encode()).status == 202
    one = dead(daemon)
    assert len(one) == 1 and "X-Value" in json.dumps(one[0])
    assert receiver.requests() == []


# A36
def test_headers_are_made_for_each_event_and_the_event_is_sent_as_it_came(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"headers": {"X-Kind": "{{type}} of {{data.v}}"}})
    daemon.post("1", b'{"v": "three"}', event_type="kind.a")
    request = receiver.wait_for(1)[0]
    assert request.headers["x-kind"] == "kind.a of three"
    assert request.body == b'{"v": "three"}'
    assert request.headers["ce-id"] == "1"


@pytest.mark.parametrize("value,path", [("a b", "/hook/a%20b"), ("../x", "/hook/..%2Fx"), ("a?b#c", "/hook/a%3Fb%23c")])
def test_no_value_leaves_its_part_of_the_url(daemon_on, receiver, value, path):
    daemon = start(daemon_on, receiver, path="/hook/{{data.v}}")
    daemon.post("1", json.dumps({"v": value}).encode())
    assert receiver.wait_for(1)[0].path == path


def test_a_value_that_would_climb_out_of_the_url_kills_the_delivery(daemon_on, receiver):
    daemon = start(daemon_on, receiver, path="/hook/{{data.v}}/x")
    daemon.post("1", b'{"v": ".."}')
    assert len(dead(daemon)) == 1
    assert receiver.requests() == []


# A40
def test_a_name_that_the_event_does_not_have_kills_the_delivery_and_is_named(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"template": "{{data.new_object.nmae}}"})
    daemon.post("1", sample("change-create.json"))
    one = dead(daemon)
    assert len(one) == 1 and "data.new_object.nmae" in json.dumps(one[0])
    assert receiver.requests() == []


# A40
def test_a_missing_name_is_empty_where_the_operator_says_so(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"template": "[{{data.none}}]", "missing": "empty"})
    daemon.post("1", b"{}")
    assert receiver.wait_for(1)[0].body == b"[]"


# A42
def test_a_payload_that_is_no_json_after_all_kills_the_delivery(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"template": '{"a": {{{data.v}}}}', "content_type": "application/json"})
    daemon.post("1", b'{"v": "x"}')
    one = dead(daemon)
    assert len(one) == 1 and "Payload is an invalid JSON" in json.dumps(one[0])


# A43
def test_a_change_is_sent_as_the_object_that_it_changed(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"payload": "object"})
    change = json.loads(sample("change-create.json"))
    daemon.post("1", sample("change-create.json"), event_type="change.create")
    kind = change["content_type"]
    body = json.loads(receiver.wait_for(1)[0].body)
    assert body["object_type"] == f'{kind["app_label"]}.{kind["model"]}'
    assert body["object_id"] == kind["id"]
    assert body["object_serialization"] == change["new_object"]


# A23 A44
def test_an_envelope_leaves_as_it_came_in(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"payload": "envelope"})
    daemon.post("1", sample("gadz-request.json"))
    assert json.loads(receiver.wait_for(1)[0].body) == json.loads(sample("gadz-request.json"))


# A24
def test_the_count_of_errors_in_an_envelope_is_the_number_of_them(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"payload": "envelope"})
    error = {"error_type": "softerror", "error_sender": "a", "error_uuid": "3f0c3c2e-7d5b-4d7e-9f61-0b1c6f2d8a11",
             "error_message": "m", "timestamp": "2026-11-20T09:00:00Z"}
    envelope = {**json.loads(sample("gadz-request.json")), "errors": [error, error], "errors_count": 7}
    daemon.post("1", json.dumps(envelope).encode())
    assert json.loads(receiver.wait_for(1)[0].body) == {**envelope, "errors_count": 2}


def test_a_cloudevent_is_sent_whole(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"payload": "cloudevents"})
    daemon.post("1", b'{"v": 1}', event_type="kind.a")
    request = receiver.wait_for(1)[0]
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    event = json.loads(request.body)
    assert (event["specversion"], event["id"], event["type"], event["data"]) == ("1.0", "1", "kind.a", {"v": 1})


# A45
def test_every_attempt_sends_the_same_bytes_also_after_a_restart_with_another_template(daemon_on, receiver):
    delivery = {"retry": {"base": "50ms", "max_delay": "50ms", "max_attempts": 1000}}
    receiver.script("/hook", *[Reply(503)] * 3)
    daemon = start(daemon_on, receiver, {"template": "first {{id}} {{data.v}}"}, delivery=delivery)
    daemon.post("1", b'{"v": 1}')
    receiver.wait_for(1)
    daemon.kill9()
    daemon.config["destination"]["hook"]["shape"] = {"template": "second"}
    daemon.start()
    daemon.drain()
    bodies = {request.body for request in receiver.requests()}
    assert bodies == {b"first 1 1"}
    detail = daemon.admin("GET", "/v1/deliveries/" + next(daemon.deliveries())["id"]).json
    assert detail["request"]["body"] == "first 1 1"


# A52
def test_one_destination_that_cannot_be_shaped_does_not_disturb_another(daemon_on, receiver):
    broken = {**webhook(receiver, path="/broken"), "shape": {"template": "{{data.none}}"}}
    good = {**webhook(receiver, path="/good"), "shape": {"template": "{{data.v}}"}}
    daemon = daemon_on({"broken": broken, "good": good}).start()
    daemon.post("1", b'{"v": "x"}')
    assert receiver.wait_for(1, path="/good")[0].body == b"x"
    assert [one["destination"] for one in dead(daemon)] == ["broken"]
    assert receiver.requests("/broken") == []


# A20
def test_a_dry_run_shows_what_would_be_sent(daemon_on, receiver):
    daemon = start(daemon_on, receiver, {"template": "{{data.v}}", "headers": {"X-Kind": "{{type}}"}}, path="/hook/{{data.v}}")
    with daemon.client() as client:
        answer = client.request("POST", "/v1/events?dry_run=true", b'{"v": "x"}',
                                {"Content-Type": "application/json", "Fanfare-Type": "kind.a"})
    request = answer.json["accepted"][0]["deliveries"][0]["request"]
    assert request["body"] == "x"
    assert request["headers"] == {"X-Kind": "kind.a"}
    assert request["options"]["/url"].endswith("/hook/x")
    assert receiver.requests() == []
