"""The amqp plugin in the running daemon, at a real RabbitMQ, read back with pika."""
import json
import os
import subprocess
import tempfile

import pytest

from support.daemon import BINARY, webhook
from support.rabbitmq import Rabbit
from support.wait import until

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "examples", "events")
QUICK = {"timeout": "20s", "retry": {"base": "20ms", "max_delay": "100ms", "max_attempts": 100000},
         "breaker": {"probe": "100ms"}}
MAX_MESSAGE = 950_000  # of the broker
BODIES = {
    "json": (b'{ "caf\xc3\xa9": "\xf0\x9f\x98\x80", "n": 1.50 }', "application/json"),
    "text": ("Zürich\r\nline two\u2028\n".encode(), "text/plain; charset=utf-8"),
    "empty": (b"", "text/plain"),
    "binary": (bytes(range(256)) * 4, "application/octet-stream"),
    "frame": (b"AMQP\x00\x00\x09\x01\xce", "application/octet-stream"),
    "large": (b"x" * MAX_MESSAGE, "application/octet-stream"),
}


@pytest.fixture(scope="module")
def broker():
    config = [f"max_message_size = {MAX_MESSAGE}"]
    with tempfile.TemporaryDirectory(prefix="fanfare-rabbit.") as place, Rabbit(place, config=config) as running:
        yield running


def destination(at, queue=None, **options):
    """To a queue by the default exchange, unless the options say otherwise."""
    key = {"routing_key": queue} if queue else {}
    return {"plugin": "amqp", "url": at.url, "delivery": QUICK, **key, **options}


def delivery(daemon, event_id):
    return daemon.event(event_id)["deliveries"][0]


def history(daemon, event_id):
    return daemon.admin("GET", "/v1/deliveries/" + delivery(daemon, event_id)["id"]).json["history"]


def until_state(daemon, event_id, state):
    until(lambda: delivery(daemon, event_id)["state"] == state, 90,
          lambda: f"{event_id} to be {state}, it is {delivery(daemon, event_id)}; this")


def first_reason(daemon, event_id):
    """Of the first attempt that failed."""
    return until(lambda: next((one["reason"] for one in history(daemon, event_id) if one["reason"]), None), 90, "an attempt")


def sample(name):
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


def test_a_queue_holds_the_data_byte_for_byte_and_every_attribute(daemon_on, broker):
    broker.declare("bytes")
    daemon = daemon_on({"bus": destination(broker, "bytes")}).start()
    for name, (body, content_type) in BODIES.items():
        answer = daemon.post(name, body, content_type=content_type, ce_subject="Z%C3%BCrich", ce_time="2026-11-20T09:00:00.5+01:00",
                             ce_correlationid="case-7")
        assert answer.status == 202, answer
    daemon.drain()
    assert daemon.status()["deliveries"]["sent"] == len(BODIES)
    found = {properties.headers["cloudEvents_id"]: (properties, body) for _, properties, body in broker.take("bytes")}
    assert set(found) == set(BODIES)
    for name, (body, content_type) in BODIES.items():
        properties, got = found[name]
        assert got == body, name
        assert properties.content_type == content_type
        assert properties.delivery_mode == 2
        assert properties.app_id == "fanfare"
        assert properties.type == "test.event"
        assert properties.timestamp == 1795161600
        assert properties.correlation_id == "case-7"
        assert properties.message_id.startswith("msg_")
        assert properties.headers["cloudEvents_subject"] == "Zürich"
        assert properties.headers["cloudEvents_source"] == "/tests"
        assert properties.headers["cloudEvents_type"] == "test.event"
        assert properties.headers["cloudEvents_specversion"] == "1.0"
        assert properties.headers["fanfare-delivery"] == delivery(daemon, name)["id"]
    assert len({properties.message_id for properties, _ in found.values()}) == len(BODIES)


def test_extensions_keep_their_kind(daemon_on, broker):
    broker.declare("kinds")
    daemon = daemon_on({"bus": destination(broker, "kinds")}).start()
    event = {"specversion": "1.0", "id": "e-1", "source": "/tests", "type": "t", "number": -7, "flag": True, "text": "7"}
    with daemon.client() as client:
        answer = client.request("POST", "/v1/events", json.dumps(event), {"Content-Type": "application/cloudevents+json"})
    assert answer.status == 202, answer
    daemon.drain()
    _, properties, body = broker.take("kinds")[0]
    assert body == b""
    headers = properties.headers
    assert (headers["cloudEvents_number"], headers["cloudEvents_flag"], headers["cloudEvents_text"]) == (-7, True, "7")


def test_the_type_is_the_routing_key_of_a_topic_exchange_that_is_declared(daemon_on, broker):
    declared = {"declare_exchange": {"type": "topic"},
                "declare_queue": {"name": "requests", "binding_key": "request.#", "arguments": {"x-max-length": 1000}}}
    daemon = daemon_on({"bus": destination(broker, exchange="bus", **declared)}).start()
    daemon.post("e-1", event_type="request.gapps.account.create")
    daemon.post("e-2", event_type="notify.login")
    until_state(daemon, "e-1", "sent")
    until_state(daemon, "e-2", "dead")
    assert [key for key, _, _ in broker.take("requests")] == ["request.gapps.account.create"]
    with broker.channel() as channel:
        channel.exchange_declare("bus", "topic", durable=True)
        channel.queue_declare("requests", durable=True, arguments={"x-max-length": 1000})


def test_a_routing_key_may_be_a_template_and_too_long_a_one_is_rejected(daemon_on, broker):
    broker.declare("eu.orders")
    daemon = daemon_on({"bus": destination(broker, "{{ data.region }}.orders")}).start()
    daemon.post("e-1", b'{"region":"eu"}')
    daemon.post("e-2", json.dumps({"region": "x" * 250}).encode())
    until_state(daemon, "e-1", "sent")
    until_state(daemon, "e-2", "dead")
    assert "its routing key has 257 bytes" in first_reason(daemon, "e-2")
    assert [key for key, _, _ in broker.take("eu.orders")] == ["eu.orders"]


def test_a_shape_is_the_body_and_its_headers_are_headers(daemon_on, broker):
    broker.declare("shaped")
    shape = {"template": "{{ data.name }} is {{ type }}", "content_type": "text/plain", "headers": {"x-rank": "{{ data.rank }}"}}
    daemon = daemon_on({"bus": destination(broker, "shaped", shape=shape, priority=3, expiration_ms=600000, persistent=False,
                                           app_id="crm")}).start()
    daemon.post("e-1", json.dumps({"name": "Zoë", "rank": 7}).encode())
    daemon.drain()
    _, properties, body = broker.take("shaped")[0]
    assert body.decode() == "Zoë is test.event"
    assert properties.content_type == "text/plain"
    assert set(properties.headers) == {"fanfare-delivery", "x-rank"} and properties.headers["x-rank"] == "7"
    assert properties.type is None and properties.timestamp is None
    assert (properties.priority, properties.expiration, properties.delivery_mode, properties.app_id) == (3, "600000", 1, "crm")


def gadz(daemon_on, broker, queue, form, **options):
    broker.declare(queue)
    daemon = daemon_on({"bus": destination(broker, queue, form=form, **options)}).start()
    request = json.loads(sample("gadz-request.json"))
    daemon.post(request["event_uuid"], sample("gadz-request.json"), source=request["event_sender_id"],
                event_type=request["event_name"], ce_time=request["event_creation_time"])
    daemon.drain()
    return request, *broker.take(queue)[0][1:]


def test_gadz_version_1_has_the_envelope_as_body(daemon_on, broker):
    request, properties, body = gadz(daemon_on, broker, "gadz-1", "gadz-v1")
    assert json.loads(body) == request
    assert (properties.message_id, properties.app_id) == (request["event_uuid"], "gram")
    assert properties.headers["soa-version"] == "1.0"
    assert properties.timestamp == 1464534230


def test_gadz_version_2_has_the_data_as_body_and_the_rest_as_properties(daemon_on, broker):
    request, properties, body = gadz(daemon_on, broker, "request.gadz-2", "gadz-v2")
    assert json.loads(body) == request["data"]
    assert (properties.message_id, properties.app_id, properties.type) == (request["event_uuid"], "gram", "request")
    assert properties.content_type == "application/json"
    assert properties.content_encoding is None
    assert properties.timestamp == 1464534230
    assert properties.headers["soa-version"] == "2.0"
    assert properties.headers["client-library"].startswith("Fanfare ")
    assert properties.headers["softfail-count"] == 0


def test_what_was_configured_for_eventhooks_arrives_as_it_did(daemon_on, broker):
    """exchange "", routing_key "example_queue" and vhost "/" stood there by default."""
    broker.declare("example_queue")
    daemon = daemon_on({"bus": destination(broker, "example_queue", exchange="", vhost="/", user="guest")}).start()
    daemon.post("e-1", b'{"a": 1}')
    daemon.drain()
    assert [(key, body) for key, _, body in broker.take("example_queue")] == [("example_queue", b'{"a": 1}')]


def test_what_reaches_no_queue_is_dead_as_unroutable_and_replayed_once_there_is_one(daemon_on, broker):
    daemon = daemon_on({"bus": destination(broker, "missing")}).start()
    events = [f"e-{number}" for number in range(20)]
    for event_id in events:
        daemon.post(event_id, json.dumps({"id": event_id}).encode())
    for event_id in events:
        until_state(daemon, event_id, "dead")
        [attempt] = history(daemon, event_id)
        assert attempt["outcome"] == "rejected", attempt
        assert attempt["reason"].startswith("unroutable: the default exchange has no queue for it: 312 NO_ROUTE"), attempt
    broker.declare("missing")
    retried = subprocess.run([BINARY, "deliveries", "retry", "--admin", daemon.admin_address,
                              *[delivery(daemon, event_id)["id"] for event_id in events]], capture_output=True, text=True, check=False)
    assert retried.returncode == 0, retried.stdout + retried.stderr
    for event_id in events:
        until_state(daemon, event_id, "sent")
    assert sorted(json.loads(body)["id"] for _, _, body in broker.take("missing")) == sorted(events)


def test_each_unroutable_event_of_a_busy_channel_is_told_from_the_others(daemon_on, broker):
    broker.declare("there")
    daemon = daemon_on({"bus": destination(broker, "{{ data.queue }}")}).start()
    with daemon.client() as client:
        for block in range(10):
            events = [{"specversion": "1.0", "id": f"{block}-{number}", "source": "/tests", "type": "t",
                       "data": {"queue": "nowhere" if number % 3 == 0 else "there"}} for number in range(100)]
            answer = client.request("POST", "/v1/events", json.dumps(events), {"Content-Type": "application/cloudevents-batch+json"})
            assert answer.status == 202, answer
    daemon.drain()
    lost = {f"{block}-{number}" for block in range(10) for number in range(0, 100, 3)}
    assert {one["event_id"] for one in daemon.deliveries(state="dead")} == lost
    found = [properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("there")]
    assert len(found) == len(set(found)) == 1000 - len(lost)


def test_without_mandatory_the_broker_may_drop_what_reaches_no_queue(daemon_on, broker):
    daemon = daemon_on({"bus": destination(broker, "missing-2", mandatory=False)}).start()
    daemon.post("e-1")
    until_state(daemon, "e-1", "sent")


def test_a_missing_exchange_is_retried_with_the_words_of_the_broker_until_it_is_there(daemon_on, broker):
    daemon = daemon_on({"bus": destination(broker, exchange="late")}).start()
    for number in range(5):
        daemon.post(f"e-{number}")
    assert "404 NOT_FOUND - no exchange 'late' in vhost '/'" in first_reason(daemon, "e-4")
    assert history(daemon, "e-4")[0]["outcome"] == "retry"
    # Between the exchange and its binding nothing may come: it would be unroutable.
    assert daemon.admin("POST", "/v1/destinations/bus/pause").status in (200, 202, 204)
    until(lambda: all(delivery(daemon, f"e-{number}")["state"] == "waiting" for number in range(5)), 60, "the pause")
    with broker.channel() as channel:
        channel.queue_declare("late", durable=True)
        channel.exchange_declare("late", "fanout", durable=True)
        channel.queue_bind("late", "late")
    assert daemon.admin("POST", "/v1/destinations/bus/resume").status in (200, 202, 204)
    for number in range(5):
        until_state(daemon, f"e-{number}", "sent")
    assert {properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("late")} == {f"e-{number}" for number in range(5)}


def test_only_the_event_that_the_broker_refuses_suffers(daemon_on, broker):
    """x-max-length with reject-publish: a nack for what is too much, and only for that."""
    broker.declare("small", arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    daemon = daemon_on({"bus": destination(broker, "small")}).start()
    for number in range(5):
        daemon.post(f"e-{number}", b"{}")
    until(lambda: daemon.status()["deliveries"]["sent"] == 2, 60, "the queue to be full")
    refused = next(f"e-{number}" for number in range(5) if delivery(daemon, f"e-{number}")["state"] != "sent")
    assert "nack" in first_reason(daemon, refused)
    taken = []
    until(lambda: taken.extend(broker.take("small")) or daemon.status()["deliveries"]["sent"] == 5, 60, "room in the queue")
    taken += broker.take("small")
    assert sorted(properties.headers["cloudEvents_id"] for _, properties, _ in taken) == [f"e-{number}" for number in range(5)]


def test_a_message_that_is_too_large_by_one_byte_is_rejected_and_its_neighbours_are_not(daemon_on, broker):
    """The broker closes the channel, and does not say for which message."""
    broker.declare("sizes")
    daemon = daemon_on({"bus": destination(broker, "sizes")}).start()
    assert daemon.admin("POST", "/v1/destinations/bus/pause").status in (200, 202, 204)
    for number in range(20):
        size = MAX_MESSAGE + 1 if number == 7 else 1000
        assert daemon.post(f"e-{number}", b"x" * size, content_type="application/octet-stream").status == 202
    assert daemon.admin("POST", "/v1/destinations/bus/resume").status in (200, 202, 204)
    daemon.drain()
    [dead] = daemon.deliveries(state="dead")
    assert dead["event_id"] == "e-7"
    [attempt] = history(daemon, "e-7")
    assert "406 PRECONDITION_FAILED - message size 950001" in attempt["reason"], attempt
    others = {f"e-{number}" for number in range(20)} - {"e-7"}
    assert {properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("sizes")} == others
    assert all(len(history(daemon, event_id)) == 1 for event_id in others)


def test_the_login_the_virtual_host_and_the_permissions_are_told_apart(daemon_on, broker):
    broker.control("add_user", "writer", "top:secret word")
    broker.control("add_vhost", "orders/eu")
    broker.control("set_permissions", "-p", "orders/eu", "writer", "^$", "^allowed$", "^$")
    login = {"user": "writer", "password": "top:secret word"}
    in_vhost = {"url": broker.url + "/orders%2Feu"}
    daemon = daemon_on({
        "wrong-password": destination(broker, "q", user="writer", password="other"),
        "no-vhost": destination(broker, "q", **login, vhost="nowhere"),
        "no-access": destination(broker, "q", **login),
        "no-permission": destination(broker, exchange="amq.topic", **login, **in_vhost),
    }, routes=[{"name": name, "types": [name], "to": [name]} for name in ("wrong-password", "no-vhost", "no-access", "no-permission")])
    daemon.start()
    for name in ("wrong-password", "no-vhost", "no-access", "no-permission"):
        daemon.post(name, event_type=name)
    assert "it refuses the login: 403 ACCESS_REFUSED" in first_reason(daemon, "wrong-password")
    assert "it refuses the virtual host 'nowhere': 530 NOT_ALLOWED - vhost nowhere not found" in first_reason(daemon, "no-vhost")
    assert "it refuses the virtual host '/': 530 NOT_ALLOWED - access to vhost '/' refused" in first_reason(daemon, "no-access")
    until_state(daemon, "no-permission", "dead")
    assert "403 ACCESS_REFUSED - access to exchange 'amq.topic'" in first_reason(daemon, "no-permission")
    for name in ("wrong-password", "no-vhost", "no-access"):
        assert {attempt["outcome"] for attempt in history(daemon, name)} == {"unreachable"}
    with open(daemon.log_path, encoding="utf-8") as log:
        assert "secret word" not in log.read()


def test_a_broker_that_does_not_answer_is_passed_over(daemon_on, broker, receiver):
    """The first speaks HTTP."""
    broker.declare("second")
    urls = [f"amqp://127.0.0.1:{receiver.port}", "amqp://127.0.0.1:1", broker.url]
    daemon = daemon_on({"bus": destination(broker, "second", url=urls)}).start()
    daemon.post("e-1")
    until_state(daemon, "e-1", "sent")
    assert len(broker.take("second")) == 1


def test_a_declaration_that_the_broker_refuses_keeps_the_events_and_says_why(daemon_on, broker):
    broker.declare("other", arguments={"x-max-length": 5})
    daemon = daemon_on({"bus": destination(broker, "other", declare_queue={"name": "other"}),
                        "passive": destination(broker, exchange="never", declare_exchange={"passive": True})},
                       routes=[{"name": name, "types": [name], "to": [name]} for name in ("bus", "passive")]).start()
    daemon.post("e-1", event_type="bus")
    daemon.post("e-2", event_type="passive")
    reason = first_reason(daemon, "e-1")
    assert "it refuses to declare the queue 'other': 406 PRECONDITION_FAILED - inequivalent arg 'x-max-length'" in reason
    assert "it refuses to declare the exchange 'never': 404 NOT_FOUND" in first_reason(daemon, "e-2")
    assert {attempt["outcome"] for attempt in history(daemon, "e-1")} == {"unreachable"}


def test_strict_order_reaches_the_queue_in_order(daemon_on, broker):
    broker.declare("ordered")
    daemon = daemon_on({"bus": {**destination(broker, "ordered"), "delivery": {**QUICK, "order_by": "/data/key"}}}).start()
    with daemon.client() as client:
        for number in range(200):
            event = [{"specversion": "1.0", "id": f"{key}-{number}", "source": "/tests", "type": "t", "data": {"key": key, "n": number}}
                     for key in ("a", "b")]
            assert client.request("POST", "/v1/events", json.dumps(event), {"Content-Type": "application/cloudevents-batch+json"}).status == 202
    daemon.drain()
    data = [json.loads(body) for _, _, body in broker.take("ordered")]
    for key in ("a", "b"):
        assert [one["n"] for one in data if one["key"] == key] == list(range(200))


def test_the_daemon_stops_in_time_and_loses_nothing_while_it_publishes(daemon_on, broker, receiver):
    broker.declare("stopping")
    daemon = daemon_on({"bus": destination(broker, "stopping"), "hook": webhook(receiver)}).start()
    with daemon.client() as client:
        for block in range(20):
            events = [{"specversion": "1.0", "id": f"{block}-{number}", "source": "/tests", "type": "t", "data": {}} for number in range(100)]
            assert client.request("POST", "/v1/events", json.dumps(events), {"Content-Type": "application/cloudevents-batch+json"}).status == 202
    assert daemon.stop() == 0, daemon.log_tail()
    daemon.start().drain()
    assert len({properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("stopping")}) == 2000
