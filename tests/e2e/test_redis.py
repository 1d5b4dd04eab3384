"""The redis plugin in the running daemon, at a real Redis server, read back with redis-py."""
import base64
import collections
import itertools
import json
import os

import pytest
import redis

from support.load import Ledger, Load, body_of
from support.redis_server import RedisServer
from support.wait import until

QUICK = {"timeout": "5s", "retry": {"base": "20ms", "max_delay": "100ms", "max_attempts": 100000},
         "breaker": {"probe": "100ms"}}
BODIES = {
    "json": (b'{ "caf\xc3\xa9": "\xf0\x9f\x98\x80", "n": 1.50 }', "application/json"),
    "text": ("Zürich\r\nline two\u2028\n".encode(), "text/plain; charset=utf-8"),
    "empty": (b"", "text/plain"),
    "binary": (bytes(range(256)) * 4, "application/octet-stream"),
    "resp": (b"*1\r\n$8\r\nFLUSHALL\r\n", "application/octet-stream"),
    "large": (b"x" * 900_000, "application/octet-stream"),
}


@pytest.fixture
def server(directory):
    with RedisServer(directory) as running:
        yield running


def destination(at, key="events", **options):
    return {"plugin": "redis", "server": at.address, "key": key, "delivery": QUICK, **options}


def entries(client, key="events"):
    """The entries of a stream, oldest first, as {field name: bytes}."""
    return [{name.decode(): value for name, value in fields.items()} for _, fields in client.xrange(key)]


def delivery(daemon, event_id):
    return daemon.event(event_id)["deliveries"][0]


def history(daemon, event_id):
    return daemon.admin("GET", "/v1/deliveries/" + delivery(daemon, event_id)["id"]).json["history"]


def until_state(daemon, event_id, state):
    until(lambda: delivery(daemon, event_id)["state"] == state, 60,
          lambda: f"{event_id} to be {state}, it is {delivery(daemon, event_id)}; this")


def first_reason(daemon, event_id):
    """Of the first attempt that failed."""
    return until(lambda: next((one["reason"] for one in history(daemon, event_id) if one["reason"]), None), 60, "an attempt")


def post_bodies(daemon):
    for name, (body, content_type) in BODIES.items():
        answer = daemon.post(name, body, content_type=content_type, ce_subject="Z%C3%BCrich")
        assert answer.status == 202, answer
    daemon.drain()
    assert daemon.status()["deliveries"]["sent"] == len(BODIES)


def test_a_stream_holds_every_attribute_and_the_data_byte_for_byte(daemon_on, server):
    daemon = daemon_on({"events": destination(server)}).start()
    post_bodies(daemon)
    found = {fields["id"].decode(): fields for fields in entries(server.client())}
    assert set(found) == set(BODIES)
    for name, (body, content_type) in BODIES.items():
        fields = found[name]
        assert fields["data"] == body, name
        assert fields["datacontenttype"].decode() == content_type
        assert fields["subject"].decode() == "Zürich"
        assert fields["source"] == b"/tests" and fields["type"] == b"test.event" and fields["specversion"] == b"1.0"
        assert fields["message_id"].startswith(b"msg_")
    assert len({fields["message_id"] for fields in found.values()}) == len(BODIES)


def test_a_list_holds_cloudevents_in_json_in_their_order_and_at_most_its_cap(daemon_on, server):
    daemon = daemon_on({"right": destination(server, "right", mode="list"),
                        "left": destination(server, "left", mode="list", push="left", max_length=3)}).start()
    for number in range(6):
        daemon.post(f"e-{number}", b'{"n":%d}' % number)
        daemon.drain()
    client = server.client()
    assert [json.loads(item)["id"] for item in client.lrange("right", 0, -1)] == [f"e-{number}" for number in range(6)]
    newest = [json.loads(item) for item in client.lrange("left", 0, -1)]
    assert [item["data"]["n"] for item in newest] == [5, 4, 3]


def test_a_list_holds_any_bytes(daemon_on, server):
    daemon = daemon_on({"list": destination(server, "l", mode="list")}).start()
    post_bodies(daemon)
    found = {event["id"]: event for event in map(json.loads, server.client().lrange("l", 0, -1))}
    assert set(found) == set(BODIES)
    assert found["json"]["data"] == json.loads(BODIES["json"][0])
    assert found["text"]["data"] == BODIES["text"][0].decode()
    assert base64.b64decode(found["binary"]["data_base64"]) == BODIES["binary"][0]


def test_a_channel_reaches_who_listens_and_waits_for_a_receiver_if_told_to(daemon_on, server):
    daemon = daemon_on({"channel": destination(server, "news", mode="channel", require_receiver=True)}).start()
    daemon.post("e-1", b'{"n":1}')
    assert "nobody was listening" in first_reason(daemon, "e-1")
    listener = server.client().pubsub()
    listener.subscribe("news")
    message = until(lambda: listener.get_message(ignore_subscribe_messages=True, timeout=1), 60, "the message")
    assert json.loads(message["data"])["id"] == "e-1"
    until_state(daemon, "e-1", "sent")


def test_a_shape_is_the_payload_and_its_headers_are_fields(daemon_on, server):
    shape = {"template": "{{ data.name }} is {{ type }}", "headers": {"x-priority": "{{ data.priority }}"}}
    daemon = daemon_on({"events": destination(server, shape=shape)}).start()
    assert daemon.post("e-1", json.dumps({"name": "Zoë", "priority": 7}).encode()).status == 202
    daemon.drain()
    fields = entries(server.client())[0]
    assert fields["data"].decode() == "Zoë is test.event"
    assert fields["x-priority"] == b"7"
    assert "id" not in fields and "type" not in fields


def test_a_key_follows_the_event_and_cannot_leave_its_prefix(daemon_on, server):
    daemon = daemon_on({"events": destination(server, "orders:{{ data.region }}")}).start()
    for event_id, region in (("e-1", "eu"), ("e-2", "Zürich/ü"), ("e-3", "{a}\\r\\nDEL x")):
        assert daemon.post(event_id, b'{"region":"%s"}' % region.encode()).status == 202
    daemon.post("e-4", b'{}')
    until(lambda: len(server.client().keys()) == 2, 60, "two keys")
    assert {key.decode() for key in server.client().keys()} == {"orders:eu", "orders:Zürich/ü"}
    for refused in ("e-3", "e-4"):
        until_state(daemon, refused, "dead")


def test_a_stream_keeps_as_many_entries_as_it_may(daemon_on, server):
    daemon = daemon_on({"exact": destination(server, "exact", max_length=5, exact_trim=True),
                        "aged": destination(server, "aged", max_age_seconds=3600)}).start()
    client = server.client()
    client.xadd("aged", {"old": "entry"}, id="1-1")
    for number in range(12):
        daemon.post(f"e-{number}", b"{}")
    daemon.drain()
    assert client.xlen("exact") == 5
    assert client.xlen("aged") in (12, 13)


def test_order_is_kept_while_the_server_comes_and_goes(daemon_on, server):
    delivery_options = {**QUICK, "order_by": "/subject"}
    daemon = daemon_on({"events": destination(server, delivery=delivery_options)}).start()
    numbers = {subject: itertools.count() for subject in ("a", "b", "c")}

    def post_some():
        for _ in range(20):
            for subject, number in numbers.items():
                assert daemon.post(f"{subject}-{next(number)}", b"{}", ce_subject=subject).status == 202

    post_some()
    server.kill9()
    post_some()
    server.start()
    post_some()
    daemon.drain()
    seen = collections.defaultdict(list)
    for fields in entries(server.client()):
        subject, number = fields["id"].decode().split("-")
        if int(number) not in seen[subject]:  # a repetition may follow what was in doubt
            seen[subject].append(int(number))
    for subject in numbers:
        assert seen[subject] == list(range(60))


@pytest.mark.parametrize("end", ["kill9", "terminate"])
def test_ends_of_the_server_under_load_lose_nothing(daemon_on, server, end, ends):
    daemon = daemon_on({"events": destination(server)}).start()
    ledger = Ledger()
    load = Load(daemon.address, ledger, "r", connections=2).start()
    for _ in range(ends):
        length = server.client().xlen("events")
        until(lambda at=length: server.client().xlen("events") > at + 50, 60, "entries")
        getattr(server, end)()
        sent = {one["event_id"] for one in daemon.deliveries(state="sent")}
        server.start()
        there = {fields["id"].decode() for fields in entries(server.client())}
        assert sent <= there, f"called sent without a confirmation: {list(sent - there)[:5]}"
    load.stop()
    daemon.drain()
    assert not ledger.other
    found = entries(server.client())
    counts = collections.Counter(fields["id"].decode() for fields in found)
    assert set(ledger.acked) <= set(counts), f"lost: {list(set(ledger.acked) - set(counts))[:5]}"
    assert set(counts) <= ledger.issued
    for fields in found:
        assert fields["data"].decode() == body_of(fields["id"].decode())
    duplicates = counts.total() - len(counts)
    print(f"{end}: ends={ends} acked={len(ledger.acked)} duplicates={duplicates}")
    deliveries = daemon.status()["deliveries"]
    assert deliveries["sent"] == len(ledger.acked) and deliveries["dead"] == 0


def test_a_server_that_is_stopped_confirms_nothing_and_holds_up_nobody_else(daemon_on, server, directory):
    with RedisServer(directory, "other") as other:
        quick = {**QUICK, "timeout": "500ms"}
        daemon = daemon_on({"frozen": destination(server, delivery=quick), "well": destination(other)}).start()
        daemon.post("e-0", b"{}")
        daemon.drain()
        server.freeze()
        daemon.post("e-1", b"{}")
        until(lambda: any(one["destination"] == "frozen" and one["attempts"] > 0
                          for one in daemon.event("e-1")["deliveries"]), 60, "an attempt in vain")
        states = {one["destination"]: one["state"] for one in daemon.event("e-1")["deliveries"]}
        history = daemon.admin("GET", "/v1/deliveries/" + next(
            one["id"] for one in daemon.event("e-1")["deliveries"] if one["destination"] == "frozen")).json["history"]
        print(f"found after {history[0]['took_ms'] / 1000:.1f} s of 0.5 s")
        assert states["frozen"] in ("waiting", "sending") and states["well"] == "sent"
        assert daemon.stop() == 0
        assert "left_behind" not in daemon.log_tail(1000), "the plugin did not stop in time"
        server.thaw()
        daemon.start()
        daemon.drain()
        assert {fields["id"] for fields in entries(server.client())} == {b"e-0", b"e-1"}


def test_a_key_of_another_type_is_rejected_and_can_be_replayed(daemon_on, server):
    client = server.client()
    client.set("events", "a string")
    daemon = daemon_on({"events": destination(server)}).start()
    daemon.post("e-1", b"{}")
    until_state(daemon, "e-1", "dead")
    dead = delivery(daemon, "e-1")
    assert "WRONGTYPE" in dead["reason"] and "choose another key" in dead["reason"]
    client.delete("events")
    assert daemon.admin("POST", f"/v1/deliveries/{dead['id']}/retry").status in (200, 202)
    until_state(daemon, "e-1", "sent")
    assert [fields["id"] for fields in entries(client)] == [b"e-1"]


@pytest.mark.parametrize("code, break_it, mend_it", [
    ("OOM", lambda c, s: c.config_set("maxmemory", 1), lambda c, s: c.config_set("maxmemory", 0)),
    ("READONLY", lambda c, s: c.execute_command("REPLICAOF", "127.0.0.1", 1), lambda c, s: c.execute_command("REPLICAOF", "NO", "ONE")),
    ("NOREPLICAS", lambda c, s: c.config_set("min-replicas-to-write", 1), lambda c, s: c.config_set("min-replicas-to-write", 0)),
    ("NOPERM", lambda c, s: c.acl_setuser("default", enabled=True, nopass=True, reset_keys=True, keys=["other"], categories=["+@all"]),
     lambda c, s: c.acl_setuser("default", enabled=True, nopass=True, keys=["*"], categories=["+@all"])),
    ("NOAUTH", lambda c, s: c.config_set("requirepass", "surprise"), lambda c, s: c.config_set("requirepass", "")),
], ids=["OOM", "READONLY", "NOREPLICAS", "NOPERM", "NOAUTH"])
def test_what_a_real_server_refuses_is_named_and_delivered_once_it_is_mended(daemon_on, server, code, break_it, mend_it):
    daemon = daemon_on({"events": destination(server)}).start()
    operator = server.client(single_connection_client=True)
    operator.ping()
    break_it(operator, server)
    daemon.post("e-1", b"{}")
    assert code in first_reason(daemon, "e-1")
    mend_it(operator, server)
    until_state(daemon, "e-1", "sent")
    assert [fields["id"] for fields in entries(operator)] == [b"e-1"]


def test_an_acl_user_needs_no_more_than_its_command_and_its_password_is_shown_nowhere(daemon_on, server):
    server.client().acl_setuser("fanfare", enabled=True, passwords=["+pass wörd:'\""], keys=["events"], commands=["+xadd"])
    daemon = daemon_on({"events": destination(server, user="fanfare", password="pass wörd:'\"", database=0),
                        "wrong": destination(server, user="fanfare", password="hidden-and-wrong")}).start()
    daemon.post("e-1", b"{}")
    until(lambda: any(one["destination"] == "events" and one["state"] == "sent" for one in daemon.event("e-1")["deliveries"]),
          60, "the delivery")
    wrong = next(one for one in daemon.event("e-1")["deliveries"] if one["destination"] == "wrong")
    reason = until(lambda: [one["reason"] for one in daemon.admin("GET", "/v1/deliveries/" + wrong["id"]).json["history"]], 60,
                   "an attempt")[0]
    assert "WRONGPASS" in reason and "correct user and password" in reason
    assert "hidden-and-wrong" not in daemon.log_tail(1000) + reason


def test_a_database_is_chosen_and_a_unix_socket_will_do(daemon_on, directory):
    path = directory + "/r.sock"
    with RedisServer(directory, unixsocket=path, unixsocketperm=700) as server:
        daemon = daemon_on({"events": destination(server, server="unix:" + path, database=5)}).start()
        daemon.post("e-1", b"{}")
        daemon.drain()
        assert [fields["id"] for fields in entries(server.client(db=5))] == [b"e-1"]
        assert server.client().dbsize() == 0


def is_loading(server):
    try:
        server.client().ping()
    except redis.exceptions.BusyLoadingError:
        return True
    except redis.exceptions.RedisError:
        pass
    return False


def test_a_server_that_starts_with_much_to_read_is_waited_for(daemon_on, directory):
    with RedisServer(directory, key_load_delay=200000, loading_process_events_interval_bytes=1024) as server:
        daemon = daemon_on({"events": destination(server)}).start()
        client = server.client()
        for number in range(20):
            client.set(f"key{number}", os.urandom(2000))
        client.execute_command("BGREWRITEAOF")
        until(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0 and
              client.info("persistence")["aof_rewrite_scheduled"] == 0, 60, "the rewrite")
        server.kill9()
        server.start(wait=False)
        until(lambda: is_loading(server), 60, "a server that is loading")
        daemon.post("e-1", b"{}")
        until(lambda: any("LOADING" in (one["reason"] or "") for one in history(daemon, "e-1")), 60,
              lambda: f"LOADING in {history(daemon, 'e-1')}; this")
        until_state(daemon, "e-1", "sent")
        assert delivery(daemon, "e-1")["attempts"] == 1, "the time of loading has cost attempts"
