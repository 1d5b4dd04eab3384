"""What an operator sees and steers: states, retries, pause, alerts, monitor, prune (SEED-SYSTEMS A25-A30, A34, A35, A45-A50)."""
import collections
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.parse

import pytest

from support.commands import objects, run, until_state
from support.daemon import BINARY, webhook
from support.node import validate_openapi
from support.openapi import Contract
from support.receiver import Reply
from support.wait import until

QUICK = {"retry": {"base": "1ms", "max_delay": "5ms", "jitter": 0, "max_attempts": 3}}


def history(daemon, delivery_id):
    return daemon.admin("GET", "/v1/deliveries/" + delivery_id).json["history"]


@pytest.fixture
def failing(daemon_on, receiver):
    """`hook` answers 503 at first, as often as the script says; `own` gets Fanfare's own events."""
    daemon = daemon_on({"hook": webhook(receiver, delivery=QUICK), "own": webhook(receiver, "/own")}, routes=[
        {"name": "all", "to": ["hook"]}, {"name": "own", "realms": ["fanfare"], "to": ["own"]}])
    return daemon.start()


def test_a25_a_soft_error_is_tried_again_and_only_attempts_of_this_daemon_count(failing, receiver):
    receiver.script("/hook", Reply(503), Reply(503), Reply(204))
    failing.post("e-1")
    sent = until_state(failing, "e-1", "sent")
    assert sent["attempts"] == 3
    assert [one["outcome"] for one in history(failing, sent["id"])] == ["retry", "retry", "delivered"]


def test_a_failed_attempt_tells_the_address_that_answered(failing, receiver):
    receiver.script("/hook", Reply(400))
    failing.post("e-1")
    dead = until_state(failing, "e-1", "dead")
    assert [one["remote"] for one in history(failing, dead["id"])] == [f"127.0.0.1:{receiver.port}"]


def test_a_receiver_that_says_410_pauses_its_destination_and_the_rest_is_kept(failing, receiver):
    receiver.script("/hook", Reply(410, body=b"no longer here"))
    failing.post("e-1")
    dead = until_state(failing, "e-1", "dead")
    assert dead["reason"].endswith("no longer here")
    until(lambda: [one for one in objects(failing, "destinations", "list") if one["name"] == "hook" and one["state"] == "paused"])
    failing.post("e-2")
    assert len(receiver.requests("/hook")) == 1
    alerts = until(lambda: [one for one in receiver.requests("/own") if one.headers["ce-type"] == "fanfare.destination.paused"])
    assert "no longer here" in alerts[0].body.decode()
    run(failing, "destinations", "resume", "hook")
    until_state(failing, "e-2", "sent")


def test_a26_when_the_attempts_are_used_up_the_delivery_is_dead_after_exactly_so_many(failing, receiver):
    receiver.script("/hook", *[Reply(503)] * 10)
    failing.post("e-1")
    dead = until_state(failing, "e-1", "dead")
    assert dead["attempts"] == 3
    assert dead["reason"].startswith("given up after 3 attempts")
    assert len(receiver.requests("/hook")) == 3


def test_a27_a_hard_error_is_not_repeated_and_can_be_replayed(failing, receiver):
    receiver.script("/hook", Reply(422, body=b"no such field: colour"))
    failing.post("e-1", b'{"colour":"red"}')
    dead = until_state(failing, "e-1", "dead")
    assert dead["attempts"] == 1
    run(failing, "deliveries", "retry", dead["id"])
    until_state(failing, "e-1", "sent")
    assert [request.body for request in receiver.requests("/hook")] == [b'{"colour":"red"}'] * 2


def test_a29_every_failure_is_an_event_with_its_error_text_and_level_and_the_time_of_the_next_try(failing, receiver):
    receiver.script("/hook", *[Reply(503)] * 3)
    failing.post("e-1")
    until_state(failing, "e-1", "dead")
    told = {request.headers["ce-type"]: json.loads(request.body) for request in receiver.wait_for(2, "/own")}
    failed, dead = told["fanfare.delivery.failed"], told["fanfare.delivery.dead"]
    assert (failed["level"], dead["level"]) == (3, 4)
    assert failed["event_id"] == dead["event_id"] == "e-1"
    assert "503" in failed["reason"] and isinstance(failed["next_try_in_ms"], int)
    assert "given up after 3 attempts" in dead["reason"] and dead["next_try_in_ms"] is None


def test_a29_the_failure_of_an_alert_tells_nothing_more(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, delivery=QUICK)}, routes=[
        {"name": "all", "to": ["hook"]}, {"name": "own", "realms": ["fanfare"], "to": ["hook"]}]).start()
    receiver.script("/hook", *[Reply(422)] * 10)
    daemon.post("e-1")
    until(lambda: daemon.status()["deliveries"]["dead"] == 2, 60, "the delivery and its alert")
    daemon.drain()
    assert daemon.status()["deliveries"]["created"] == 2


def test_a30_an_event_shows_every_attempt_with_error_code_answer_and_address(failing, receiver):
    receiver.script("/hook", Reply(503, body=b"try later, please"), Reply(204))
    failing.post("e-1")
    sent = until_state(failing, "e-1", "sent")
    first = history(failing, sent["id"])[0]
    assert first["code"] == 503
    assert first["response"] == "try later, please"
    assert first["took_ms"] > 0 and first["started_at"]
    assert failing.post("e-1", b'{"other":1}').status == 409


def test_a35_a_retry_schedule_is_changed_by_a_reload(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver, delivery={"retry": {"base": "1h", "max_delay": "1h"}})}).start()
    receiver.script("/hook", Reply(503), Reply(503), Reply(204))
    daemon.post("e-1")
    until(lambda: daemon.event("e-1")["deliveries"][0]["attempts"] == 1, 60, "the first attempt")
    daemon.config["destination"]["hook"]["delivery"] = QUICK
    daemon.write_config()
    assert daemon.admin("POST", "/v1/reload").json["changed"] == ["hook"]
    daemon.post("e-2")
    until_state(daemon, "e-2", "sent")  # by the new one
    assert daemon.event("e-1")["deliveries"][0]["state"] == "waiting"  # keeps the time that it was given


def test_a45_a_replay_sends_what_was_rendered_although_the_template_has_changed(daemon_on, receiver):
    shaped = webhook(receiver, delivery=QUICK, shape={"template": '{"was": "{{data.name}}"}', "content_type": "application/json"})
    daemon = daemon_on({"hook": shaped}).start()
    receiver.script("/hook", Reply(422))
    daemon.post("e-1", b'{"name":"red"}')
    dead = until_state(daemon, "e-1", "dead")
    shaped["shape"]["template"] = '{"is": "{{data.name}}"}'
    daemon.write_config()
    assert daemon.admin("POST", "/v1/reload").status == 200
    run(daemon, "deliveries", "retry", dead["id"])
    until_state(daemon, "e-1", "sent")
    assert [request.body for request in receiver.requests("/hook")] == [b'{"was": "red"}'] * 2


def test_a46_each_state_is_listed_and_counted(failing, receiver):
    receiver.script("/hook", Reply(204), Reply(422), Reply(503))
    failing.post("sent")
    until_state(failing, "sent", "sent")
    failing.post("dead")
    until_state(failing, "dead", "dead")
    run(failing, "destinations", "pause", "hook")
    failing.post("waiting")
    failing.post("cancelled")
    run(failing, "deliveries", "cancel", failing.event("cancelled")["deliveries"][0]["id"])
    for state in ("sent", "dead", "waiting", "cancelled"):
        listed = objects(failing, "deliveries", "list", "--state", state, "--destination", "hook")
        assert [one["event_id"] for one in listed] == [state]
    counts = failing.status()["deliveries"]
    assert counts["created"] == sum(counts[state] for state in counts if state != "created")


def test_a47_dead_deliveries_are_sent_again_by_filter_after_a_preview(failing, receiver):
    receiver.script("/hook", *[Reply(422)] * 5)
    for number in range(5):
        failing.post(f"e-{number}", event_type="order.paid" if number % 2 else "order.open")
        until_state(failing, f"e-{number}", "dead")
    words = ("deliveries", "retry", "--state", "dead", "--destination", "hook", "--type", "order.paid")
    assert run(failing, *words, "--preview").stdout == "2 deliveries match\n"
    refused = run(failing, *words, check=False, stdin=subprocess.DEVNULL)
    assert refused.returncode == 64 and "--yes" in refused.stderr
    assert run(failing, *words, "--yes").stdout == "retry: 2 done, 0 skipped\n"
    until(lambda: failing.status()["deliveries"]["dead"] == 3, 60, "the replay")
    failing.drain()


def test_a47_more_than_a_page_is_cancelled(failing, receiver):
    run(failing, "destinations", "pause", "hook")
    with failing.client() as client:
        for number in range(25):
            events = [{"specversion": "1.0", "id": f"e-{number}-{i}", "source": "/t", "type": "t", "data": {}} for i in range(100)]
            answer = client.request("POST", "/v1/events", json.dumps(events), {"Content-Type": "application/cloudevents-batch+json"})
            assert answer.status == 202
    assert objects(failing, "deliveries", "cancel", "--destination", "hook", "--yes") == [{"changed": 2500, "skipped": 0}]
    assert failing.status()["deliveries"]["cancelled"] == 2500


def test_a47_a_request_that_forgot_its_filter_changes_nothing(failing):
    for verb in ("retry", "cancel"):
        answer = failing.admin("POST", f"/v1/deliveries/{verb}")
        assert answer.status == 400 and "give a filter" in answer.json["detail"]


def test_a48_monitor_exits_1_from_the_limit_on_and_64_on_a_wrong_option(failing, receiver):
    receiver.script("/hook", *[Reply(422)] * 2)
    assert run(failing, "monitor", "--limit", "1").returncode == 0
    for number in range(2):
        failing.post(f"e-{number}")
        until_state(failing, f"e-{number}", "dead")
    assert run(failing, "monitor", "--limit", "3").returncode == 0
    assert run(failing, "monitor", "--limit", "2", check=False).returncode == 1
    assert run(failing, "monitor", "--limit", "2", "--minutes-ago", "5").returncode == 0
    assert run(failing, "monitor", "--limit", "many", check=False).returncode == 64
    assert "it can be" in run(failing, "monitor", "--state", "error", check=False).stderr


def test_a49_prune_takes_what_has_ended_and_leaves_what_waits_and_what_is_dead(failing, receiver):
    receiver.script("/hook", Reply(204), Reply(422), Reply(204))
    for event_id, state in (("sent", "sent"), ("dead", "dead"), ("newest", "sent")):
        failing.post(event_id)
        until_state(failing, event_id, state)
    assert objects(failing, "prune", "0", "--yes")[0]["events"] >= 1
    assert failing.event("sent") is None
    assert failing.event("dead") is not None
    assert objects(failing, "prune", "0", "--dead", "--yes")[0]["events"] >= 1
    assert failing.event("dead") is None
    counts = failing.status()["deliveries"]
    assert counts["created"] == sum(counts[state] for state in counts if state != "created")
    refused = run(failing, "prune", "0", check=False, stdin=subprocess.DEVNULL)
    assert refused.returncode == 64 and "--yes" in refused.stderr


def test_a50_a_paused_destination_keeps_its_deliveries_over_a_restart(failing, receiver):
    run(failing, "destinations", "pause", "hook", "--reason", "maintenance window")
    failing.post("e-1")
    failing.restart()
    shown = failing.admin("GET", "/v1/destinations/hook").json
    assert (shown["state"], shown["reason"], shown["waiting"]) == ("paused", "maintenance window", 1)
    assert "maintenance window" in run(failing, "status").stdout
    assert receiver.requests("/hook") == []
    run(failing, "destinations", "resume", "hook")
    until_state(failing, "e-1", "sent")
    told = [request.headers["ce-type"] for request in receiver.wait_for(2, "/own")]
    assert told == ["fanfare.destination.paused", "fanfare.destination.resumed"]
    assert run(failing, "destinations", "pause", "nobody", check=False).returncode == 66


def test_a34_a_destination_that_holds_its_window_does_not_delay_another(daemon_on, receiver):
    daemon = daemon_on({"slow": webhook(receiver, "/slow", delivery={"concurrency": 2}), "fast": webhook(receiver, "/fast")}).start()
    receiver.script("/slow", *[Reply(hang=True)] * 2)
    for number in range(50):
        daemon.post(f"e-{number}")
    receiver.wait_for(50, "/fast")
    assert len(receiver.requests("/slow")) == 2


def test_order_by_keeps_the_order_of_each_key_over_random_failures_and_restarts(daemon_on, receiver):
    """1,000 keys; a third of the requests fail; the daemon is killed twice meanwhile."""
    dice = random.Random(7)
    lock = threading.Lock()
    arrived = collections.defaultdict(list)

    def behave(request):
        with lock:
            if dice.random() < 0.33:
                return Reply(503)
            event = json.loads(request.body)
            arrived[event["key"]].append(event["n"])
            return Reply(204)

    receiver.behave = behave
    hook = webhook(receiver, delivery={"order_by": "/data/key", "concurrency": 32, "breaker": {"failures": 1000000}, "retry": {
        "base": "1ms", "max_delay": "20ms", "max_attempts": 1000}})
    daemon = daemon_on({"hook": hook}).start()
    for n in range(5):
        for first in range(0, 1000, 100):
            events = [{"specversion": "1.0", "id": f"{key}-{n}", "source": "/t", "type": "t", "data": {"key": key, "n": n}}
                      for key in range(first, first + 100)]
            with daemon.client() as client:
                answer = client.request("POST", "/v1/events", json.dumps(events), {"Content-Type": "application/cloudevents-batch+json"})
            assert answer.status == 202
        if n in (1, 3):
            daemon.kill9()
            daemon.start()
    daemon.drain()
    assert daemon.status()["deliveries"]["sent"] == 5000
    assert len(arrived) == 1000
    for key, numbers in arrived.items():
        # What was on its way when it was killed comes again; what is new comes in order.
        new = [n for at, n in enumerate(numbers) if n not in numbers[:at]]
        assert new == [0, 1, 2, 3, 4], (key, numbers)
        assert all(b >= a for a, b in zip(numbers, numbers[1:])), (key, numbers)


def test_an_unreachable_destination_is_told_and_recovers(daemon_on, receiver, directory):
    with_nobody = {"plugin": "webhook", "url": "http://127.0.0.1:9/", "delivery": {
        "breaker": {"failures": 1, "probe": "100ms"}, "retry": {"base": "1ms", "max_delay": "1ms"}}}
    daemon = daemon_on({"gone": with_nobody, "own": webhook(receiver, "/own")}, routes=[
        {"name": "all", "to": ["gone"]}, {"name": "own", "realms": ["fanfare"], "types": ["fanfare.destination.*"], "to": ["own"]}]).start()
    daemon.post("e-1")
    told = receiver.wait_for(1, "/own")[0]
    assert told.headers["ce-type"] == "fanfare.destination.unreachable"
    assert json.loads(told.body)["destination"] == "gone"
    assert daemon.admin("GET", "/v1/destinations/gone").json["state"] == "unreachable"
    assert daemon.event("e-1")["deliveries"][0]["attempts"] == 0
    daemon.config["destination"]["gone"] = webhook(receiver, "/back")
    daemon.write_config()
    assert daemon.admin("POST", "/v1/reload").status == 200
    receiver.wait_for(1, "/back")
    assert receiver.wait_for(2, "/own")[1].headers["ce-type"] == "fanfare.destination.recovered"


def test_the_trace_of_the_request_goes_on_to_the_receiver_and_another_one_makes_no_conflict(hooked, receiver):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"Content-Type": "application/json", "Fanfare-Id": "e-1", "traceparent": parent, "tracestate": "a=b"}
    with hooked.client() as client:
        assert client.request("POST", "/v1/events", b"{}", headers).status == 202
        headers["traceparent"] = parent.replace("4bf9", "5cfa")
        again = client.request("POST", "/v1/events", b"{}", headers)
        assert again.status == 202 and again.json["accepted"][0]["duplicate"] is True
    request = receiver.wait_for(1)[0]
    assert request.headers["traceparent"] == parent and request.headers["tracestate"] == "a=b"
    assert request.headers["ce-traceparent"] == parent


def test_dead_letters_are_exported_with_their_attempts_and_what_they_would_send(failing, receiver):
    receiver.script("/hook", Reply(422, body=b"no"))
    failing.post("e-1")
    until_state(failing, "e-1", "dead")
    exported = objects(failing, "deliveries", "list", "--state", "dead", "--all", "--details")
    assert len(exported) == 1
    assert exported[0]["event_id"] == "e-1" and exported[0]["history"][0]["response"] == "no"


def test_the_store_is_verified_and_copied_while_the_daemon_runs(failing, receiver):
    failing.post("e-1")
    until_state(failing, "e-1", "sent")
    assert run(failing, "store", "verify").stdout == "the store is sound\n"
    copy = os.path.join(failing.directory, "copy.db")
    run(failing, "store", "backup", copy)
    assert os.stat(copy).st_mode & 0o777 == 0o600
    again = run(failing, "store", "backup", copy, check=False)
    assert again.returncode == 65 and "copy.db" in again.stderr
    home = os.path.join(failing.directory, "other")
    os.mkdir(home, 0o700)
    os.rename(copy, os.path.join(home, "fanfare.db"))
    assert failing.stop() == 0
    failing.config["store"]["path"] = home
    failing.start()
    assert failing.event("e-1")["deliveries"][0]["state"] == "sent"


def test_what_waits_longest_shows_since_when_until_it_is_sent(failing, receiver):
    def oldest():
        text = failing.admin("GET", "/metrics").body.decode()
        return float(re.search(r'^fanfare_delivery_oldest_waiting_seconds\{destination="hook"\} (\S+)$', text, re.M).group(1))

    run(failing, "destinations", "pause", "hook")
    failing.post("e-1")
    until(lambda: oldest() > 0, 30, "the delivery to be the oldest that waits")
    shown = failing.admin("GET", "/v1/destinations/hook").json
    assert shown["oldest_waiting_accepted_at"] == failing.event("e-1")["received_at"]
    run(failing, "destinations", "resume", "hook")
    until_state(failing, "e-1", "sent")
    assert oldest() == 0
    assert "oldest_waiting_accepted_at" not in failing.admin("GET", "/v1/destinations/hook").json


def test_promtool_accepts_the_metrics_and_the_rules(failing, receiver):
    receiver.script("/hook", Reply(503), Reply(204))
    failing.post("e-1")
    until_state(failing, "e-1", "sent")
    metrics = failing.admin("GET", "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics.body, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b'fanfare_deliveries{destination="hook",state="sent"} 1' in metrics.body
    rules = os.path.join(os.path.dirname(__file__), "../../etc/prometheus/fanfare.rules.yml")
    assert subprocess.run(["promtool", "check", "rules", rules], capture_output=True).returncode == 0


def test_the_alert_rules_fire_when_they_should_and_not_before(directory):
    here = os.path.dirname(os.path.abspath(__file__))
    for file in (os.path.join(here, "../../etc/prometheus/fanfare.rules.yml"), os.path.join(here, "fanfare.rules.test.yml")):
        shutil.copy(file, directory)
    done = subprocess.run(["promtool", "test", "rules", "fanfare.rules.test.yml"], cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_on_tcp_the_admin_api_asks_for_its_token_and_the_command_line_sends_it(daemon_on, receiver):
    made = subprocess.run([BINARY, "token", "new"], capture_output=True, text=True, check=True)
    token = made.stdout.strip()
    hashed = hashlib.sha256(token.encode()).hexdigest()
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = "127.0.0.1:%d" % free.getsockname()[1]
    daemon = daemon_on({"hook": webhook(receiver)}, server={"admin": address, "admin_tokens": ["sha256:" + hashed]})
    daemon.admin_address = address
    daemon.launch()
    until(lambda: daemon._is_ready(), 60, "readiness, which asks for no token")
    for path in ("/v1/status", "/metrics", "/openapi.json", "/nowhere"):
        refused = daemon.admin("GET", path)
        assert refused.status == 401 and refused.headers["www-authenticate"] == "Bearer", path
        assert daemon.admin("GET", path, headers={"Authorization": "Bearer " + token[:-1] + "x"}).status == 401
    assert daemon.admin("GET", "/v1/status", headers={"Authorization": "Bearer " + token}).status == 200
    assert run(daemon, "status", check=False).returncode == 77
    assert run(daemon, "status", env={**os.environ, "FANFARE_ADMIN_TOKEN": token}).returncode == 0


@pytest.mark.parametrize("work", ["verify", "backup?path={directory}/copy.db"])
def test_a_client_that_goes_ends_the_check_or_the_copy_it_asked_for(hooked, work):
    """As Ctrl-C at 'fanfare store verify' does. The daemon is frozen meanwhile, so that it cannot be done before."""
    hooked.post("e-1")
    hooked.drain()
    hooked.process.send_signal(signal.SIGSTOP)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(hooked.admin_address[len("unix:"):])
            client.sendall(f"POST /v1/store/{work.format(directory=hooked.directory)} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    finally:
        hooked.process.send_signal(signal.SIGCONT)
    audit = os.path.join(hooked.store_path, "audit.ndjson")

    def answered():
        with open(audit, encoding="utf-8") as lines:
            return [one for one in map(json.loads, lines) if one["action"] == "admin.answered"]

    assert until(answered, 60, "the end of the work")[-1]["status"] == "503", "stopped before its end"
    assert not os.path.exists(os.path.join(hooked.directory, "copy.db"))
    assert run(hooked, "store", "verify").stdout == "the store is sound\n"


def test_the_document_of_the_admin_api_is_valid_openapi(hooked):
    document = hooked.admin("GET", "/openapi.json").json
    assert validate_openapi(document)["valid"] is True
    del document["paths"]["/v1/store"]["get"]["responses"]
    assert validate_openapi(document)["valid"] is False, "the validator looks"


def test_every_operation_of_the_document_answers_what_it_says_and_refuses_what_it_does_not_know(hooked):
    document = hooked.admin("GET", "/openapi.json").json
    contract = Contract(document)
    hooked.post("e-1")
    delivery = hooked.event("e-1")["deliveries"][0]["id"]
    hooked.drain()
    values = {"/v1/events/{id}": "e-1", "/v1/destinations/{name}": "hook", "/v1/deliveries/{id}": delivery}
    queries = {"/v1/prune": "?older_than=0", "/v1/deliveries/retry": "?state=dead", "/v1/deliveries/cancel": "?state=dead",
               "/v1/store/backup": "?path=" + hooked.directory + "/copy.db"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            real = path
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    known = next(value for prefix, value in values.items() if path.startswith(prefix))
                    real = path.replace("{" + parameter["name"] + "}", urllib.parse.quote(known))
            query = queries.get(path, "")
            answer = hooked.admin(method.upper(), real + query)
            # A delivery that is sent can be neither retried nor cancelled.
            wanted = 409 if path.endswith(("{id}/retry", "{id}/cancel")) else 200
            assert answer.status == wanted, (method, real, answer)
            contract.check(method, path, answer)
            unknown = hooked.admin(method.upper(), real + "?nonsense=1")
            contract.check(method, path, unknown)
            assert unknown.status == 400 and "unknown parameter" in unknown.json["detail"], (method, real)
            other = hooked.admin("POST" if method == "get" else "GET", real)
            assert other.status == 405 or len(methods) == 2 or path == "/v1/deliveries/retry" or path == "/v1/deliveries/cancel", (real, other)


class Tail:
    """`fanfare tail --json` while it runs. It sees what happens from its first question on."""

    def __init__(self, daemon, *words):
        self.lines = []
        self.running = subprocess.Popen(  # pylint: disable=consider-using-with
            [BINARY, "tail", "--json", *words, "--config", os.path.join(daemon.directory, "fanfare.toml")],
            stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.running.stdout:
            self.lines.append(json.loads(line))

    def find(self, **wanted):
        return [line for line in self.lines if wanted.items() <= line.items()]

    def wait_for(self, **wanted):
        return until(lambda: self.find(**wanted), 60, f"a line with {wanted}")[0]

    def end(self, by):
        self.running.send_signal(by)
        status = self.running.wait(60)
        self.reader.join()
        self.running.stdout.close()
        return status


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_tail_shows_what_is_sent_and_fails_and_which_destination_changes_and_ends_with_0(failing, receiver, by):
    all_of_them, own = Tail(failing), Tail(failing, "--destination", "own")
    try:
        count = itertools.count()
        until(lambda: failing.post(f"first-{next(count)}").status == 202 and all_of_them.lines, 60, "a line")
        failing.drain()
        receiver.script("/hook", Reply(503), Reply(204))
        failing.post("e-1", event_type="order.created")
        sent = all_of_them.wait_for(event_id="e-1", kind="sent")
        failed = all_of_them.wait_for(event_id="e-1", kind="failed")
        assert (sent["destination"], sent["type"], sent["attempts"], sent["code"]) == ("hook", "order.created", 2, 204)
        assert (failed["state"], failed["attempts"], failed["code"]) == ("waiting", 1, 503) and "503" in failed["reason"]
        assert sent["n"] > failed["n"] and sent["delivery"] == failed["delivery"] and sent["took_ms"] > 0
        receiver.script("/hook", Reply(422))
        failing.post("e-2")
        assert all_of_them.wait_for(event_id="e-2", kind="dead")["state"] == "dead"
        run(failing, "destinations", "pause", "hook", "--reason", "maintenance window")
        gate = all_of_them.wait_for(kind="gate")
        assert (gate["destination"], gate["state"], gate["reason"]) == ("hook", "paused", "maintenance window")
        until(lambda: run(failing, "destinations", "resume", "hook") and run(failing, "destinations", "pause", "hook") and own.lines,
              60, "one of fanfare's own events")
        assert {line["destination"] for line in own.lines} == {"own"}
    finally:
        statuses = [one.end(by) for one in (all_of_them, own)]
    assert statuses == [0, 0]


def test_tail_of_a_destination_that_does_not_exist_says_so(failing):
    assert run(failing, "tail", "--destination", "nobody", check=False, timeout=60).returncode == 66


def test_activity_checks_what_it_is_asked(failing):
    assert failing.admin("GET", "/v1/activity").json == {"activity": [], "next": 0}
    assert failing.admin("GET", "/v1/activity?limit=5000").status == 400
    assert failing.admin("GET", "/v1/activity?after=-1").status == 400


def test_events_are_listed_the_newest_first_with_the_states_of_their_deliveries(failing, receiver):
    receiver.script("/hook", Reply(400))
    failing.post("e-1", event_type="order.lost")
    until_state(failing, "e-1", "dead")
    failing.post("e-2", event_type="order.paid")
    until_state(failing, "e-2", "sent")
    events = [one for one in objects(failing, "events", "list") if one["realm"] != "fanfare"]
    assert [(one["id"], one["deliveries"][0]["state"]) for one in events] == [("e-2", "sent"), ("e-1", "dead")]
    assert [one["id"] for one in objects(failing, "events", "list", "--type", "order.lost")] == ["e-1"]
    table = run(failing, "events", "list", "--type", "order.lost").stdout
    assert "1 dead" in table and "e-2" not in table


def test_a_destination_is_tried_with_an_event_that_is_for_it_alone(failing, receiver):
    done = run(failing, "destinations", "test", "hook")
    assert "hook took it: code 204" in done.stdout
    request = receiver.wait_for(1, "/hook")[0]
    assert request.headers["ce-type"] == "fanfare.destination.test"
    assert json.loads(request.body)["destination"] == "hook"
    assert receiver.requests("/own") == [], "no route has a say"


def test_a_test_that_fails_says_why_and_is_not_tried_again(failing, receiver):
    receiver.script("/hook", *[Reply(503, body=b"under repair")] * 3)
    failed = run(failing, "destinations", "test", "hook", check=False)
    assert failed.returncode == 69 and "under repair" in failed.stdout
    until(lambda: objects(failing, "deliveries", "list", "--destination", "hook")[0]["state"] in ("cancelled", "dead"))
    assert run(failing, "destinations", "test", "nobody", check=False).returncode == 66
    run(failing, "destinations", "pause", "hook")
    assert run(failing, "destinations", "test", "hook", "--timeout", "100ms", check=False).returncode == 75
