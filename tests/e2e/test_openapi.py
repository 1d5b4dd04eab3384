"""What the document of the admin API says of answers holds for those with everything in them, and forbids the rest."""
import json

import jsonschema
import pytest

from support.commands import until_state
from support.daemon import webhook
from support.openapi import Contract
from support.receiver import Reply
from support.wait import until

QUICK = {"retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 2}}
SHAPE = {"template": "{{id}}", "content_type": "text/plain", "headers": {"x-what": "{{type}}"}}


@pytest.fixture
def busy(daemon_on, receiver):
    """`hook` gets what is shaped, `raw` what is not, `own` Fanfare's own events, `leaving` can be taken away."""
    daemon = daemon_on({"hook": webhook(receiver, delivery=QUICK, shape=dict(SHAPE)), "raw": webhook(receiver, "/raw"),
                        "own": webhook(receiver, "/own"), "leaving": webhook(receiver, "/leaving")}, routes=[
        {"name": "all", "to": ["hook", "raw", "leaving"]}, {"name": "own", "realms": ["fanfare"], "to": ["own"]}])
    return daemon.start()


@pytest.fixture
def contract(busy):
    return Contract(busy.admin("GET", "/openapi.json").json)


@pytest.fixture
def ask(busy, contract):
    """Asks for an operation, checks its answer, and returns it."""
    def run(method, path, query="", status=200, **values):
        answer = busy.admin(method, path.format(**values) + query)
        assert answer.status == status, answer
        contract.check(method, path, answer)
        return answer.json
    return run


def objects_in(schema):
    if isinstance(schema, list):
        for one in schema:
            yield from objects_in(one)
    elif isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for one in schema.values():
            yield from objects_in(one)


def test_every_component_is_described_and_used_and_every_object_is_closed_but_this_document(contract):
    schemas = contract.document["components"]["schemas"]
    used = json.dumps(contract.document)
    for name, schema in schemas.items():
        assert schema["description"], name
        assert f'"#/components/schemas/{name}"' in used, name
        assert name == "Document" or all("additionalProperties" in one for one in objects_in(schema)), name
        for member, one in schema.get("properties", {}).items():
            assert "$ref" in one or one["description"], (name, member)


def test_every_operation_has_a_name_of_its_own_and_describes_itself_and_its_parameters(contract):
    names = []
    for path, methods in contract.document["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"], (method, path)
            for parameter in operation["parameters"]:
                assert parameter["description"], (method, path, parameter["name"])
    assert len(set(names)) == len(names) > 20


def test_deliveries_in_every_state_are_as_the_document_says(busy, receiver, ask):
    receiver.script("/hook", Reply(503, body=b"later"), Reply(422, body=b"never"))
    busy.post("dead", b"\xff\xfe", content_type="application/octet-stream", ce_subject="s",
              ce_time="2026-01-02T03:04:05Z", ce_dataschema="http://example.com/s", ce_colour="red")
    until(lambda: ask("GET", "/v1/deliveries", "?state=dead")["deliveries"], 60, "a dead delivery")
    ask("POST", "/v1/destinations/{name}/pause", "?reason=work", name="hook")
    busy.post("waiting", b'{"a":[1,null]}')
    busy.post("text", b"plain", content_type="text/plain")
    page = ask("GET", "/v1/deliveries", "?destination=hook&limit=1")
    assert page["next"]
    for one in ask("GET", "/v1/deliveries")["deliveries"]:
        ask("GET", "/v1/deliveries/{id}", id=one["id"])
    for one in ask("GET", "/v1/events", "?limit=2")["events"] + ask("GET", "/v1/events")["events"]:
        ask("GET", "/v1/events/{id}", id=one["key"])
    assert ask("GET", "/v1/events/{id}", id="dead")["data_base64"] == "//4="
    waiting = ask("GET", "/v1/deliveries", "?state=waiting&destination=hook")["deliveries"][0]["id"]
    assert ask("POST", "/v1/deliveries/{id}/cancel", id=waiting)["state"] == "cancelled"
    assert ask("POST", "/v1/deliveries/{id}/retry", id=waiting)["state"] == "waiting"
    assert ask("POST", "/v1/deliveries/cancel", "?state=waiting&destination=hook")["changed"] == 2


def test_what_is_rendered_anew_and_what_cannot_be_are_as_the_document_says(busy, receiver, ask):
    receiver.script("/hook", Reply(422), Reply(422))
    busy.post("bad", b"{}")
    until_state(busy, "bad", "dead")
    busy.config["destination"]["hook"]["shape"]["template"] = "{{data.gone}}"
    busy.write_config()
    ask("POST", "/v1/reload")
    assert ask("POST", "/v1/deliveries/retry", "?state=dead&render=true")["failed"]


def test_a_destination_that_the_configuration_has_no_more_is_as_the_document_says(busy, ask):
    busy.post("e-1")
    busy.drain()
    del busy.config["destination"]["leaving"]
    busy.config["route"][0]["to"].remove("leaving")
    busy.write_config()
    assert ask("POST", "/v1/reload")["removed"] == ["leaving"]
    assert ask("GET", "/v1/destinations/{name}", name="leaving")["state"] == "absent"
    ask("GET", "/v1/destinations")
    ask("GET", "/v1/status")
    ask("GET", "/v1/destinations/{name}", status=404, name="nobody")


def test_a_refused_reload_is_as_the_document_says(busy, ask):
    busy.config["destination"]["leaving"]["plugin"] = "nonsense"
    busy.write_config()
    assert ask("POST", "/v1/reload", status=422)["errors"]


def test_activity_of_every_kind_is_as_the_document_says(busy, receiver, ask):
    begin = ask("GET", "/v1/activity")["next"]
    receiver.script("/hook", Reply(503), Reply(422))
    busy.post("e-1")
    until_state(busy, "e-1", "dead")
    ask("POST", "/v1/destinations/{name}/pause", name="hook")
    until(lambda: {one["kind"] for one in ask("GET", "/v1/activity", f"?after={begin}")["activity"]} == {"sent", "failed", "dead", "gate"},
          60, "all kinds")


def test_a_member_that_the_document_does_not_tell_breaks_the_contract(busy, contract):
    store = busy.admin("GET", "/v1/store").json
    schema = contract.document["paths"]["/v1/store"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    contract.validate(schema, store)
    with pytest.raises(jsonschema.ValidationError, match="unheard_of"):
        contract.validate(schema, store | {"unheard_of": 1})
    del store["commits"]
    with pytest.raises(jsonschema.ValidationError, match="commits"):
        contract.validate(schema, store)
