"""The amqp plugin while its broker is killed, restarted, frozen, or short of memory."""
import collections
import os
import signal

import pytest

from support.daemon import webhook
from support.load import Ledger, Load, body_of
from support.rabbitmq import Rabbit
from support.wait import until
from test_amqp import delivery, destination, first_reason, history, until_state

REQUESTS = 1000  # in each round; every eighth is a batch
WINDOW = 500


@pytest.fixture
def broker(directory):
    with Rabbit(directory) as running:
        yield running


def sent(daemon):
    return daemon.status()["deliveries"]["sent"]


@pytest.mark.parametrize("how", ["kill9", "terminate"])
def test_an_event_that_is_sent_is_in_the_queue_whatever_happens_to_the_broker(daemon_on, broker, how, ends):
    broker.declare("load")
    broker.sync()
    daemon = daemon_on({"bus": destination(broker, "load", max_unconfirmed=WINDOW)}).start()
    ledger = Ledger()
    cut = 0  # rounds in which there was something under way
    for number in range(ends):
        before, acked = sent(daemon), len(ledger.acked)
        load = Load(daemon.address, ledger, f"round{number}", connections=2, limit=REQUESTS).start()
        until(lambda: sent(daemon) > before + 20, 120, lambda: f"confirms of round {number}, {daemon.status()}\n{daemon.log_tail()}\nThis")
        cut += sent(daemon) - before < len(ledger.acked) - acked
        getattr(broker, how)()
        broker.start()
        load.join()
    assert cut, "the broker never ended in the midst of the load"
    daemon.drain(300)
    assert daemon.is_running() and not ledger.other
    assert sent(daemon) == len(ledger.acked)
    found = collections.Counter(properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("load"))
    missing = set(ledger.acked) - set(found)
    assert not missing, f"{len(missing)} of {len(ledger.acked)} events are not in the queue: {sorted(missing)[:5]}"
    duplicates = sum(found.values()) - len(found)
    print(f"{how}: {len(found)} events, {ends} times, {cut} of them in the midst of the load, {duplicates} arrived twice")
    assert duplicates <= ends * WINDOW


def test_the_bodies_survive_too(daemon_on, broker):
    broker.declare("bodies")
    broker.sync()
    daemon = daemon_on({"bus": destination(broker, "bodies")}).start()
    ledger = Ledger()
    load = Load(daemon.address, ledger, "b", connections=2, limit=500).start()
    until(lambda: sent(daemon) > 20, 120, "the first confirms")
    broker.kill9()
    broker.start()
    load.join()
    daemon.drain(300)
    for _, properties, body in broker.take("bodies"):
        assert body.decode() == body_of(properties.headers["cloudEvents_id"])


def test_while_the_broker_is_gone_no_attempt_is_spent(daemon_on, broker):
    broker.declare("away")
    broker.sync()
    daemon = daemon_on({"bus": destination(broker, "away")}).start()
    broker.kill9()
    daemon.post("e-1")
    assert f"127.0.0.1:{broker.port}: Connection refused; see that the broker runs and listens there" == first_reason(daemon, "e-1")
    until(lambda: len(history(daemon, "e-1")) >= 3, 60, "some tries")
    broker.start()
    until_state(daemon, "e-1", "sent")
    assert delivery(daemon, "e-1")["attempts"] == 1
    assert {attempt["outcome"] for attempt in history(daemon, "e-1")} == {"unreachable", "delivered"}


def test_a_frozen_broker_keeps_nobody_past_the_timeout(daemon_on, broker, receiver):
    broker.declare("frozen")
    bus = destination(broker, "frozen", heartbeat_seconds=2)
    daemon = daemon_on({"bus": {**bus, "delivery": {**bus["delivery"], "timeout": "2s"}}, "hook": webhook(receiver)}).start()
    daemon.post("e-1")
    until_state(daemon, "e-1", "sent")
    os.killpg(broker.process.pid, signal.SIGSTOP)
    daemon.post("e-2")
    assert "not confirmed in time" in first_reason(daemon, "e-2")
    print(f"found after {history(daemon, 'e-2')[0]['took_ms'] / 1000:.1f} s of 2 s")
    daemon.post("e-3")
    receiver.wait_for(3)
    until(lambda: any("heartbeat" in (attempt["reason"] or "") or "no connection in time" in (attempt["reason"] or "")
                      or "no answer in time" in (attempt["reason"] or "") for attempt in history(daemon, "e-3")), 90, "the silence to be noticed")
    os.killpg(broker.process.pid, signal.SIGCONT)
    for event_id in ("e-2", "e-3"):
        until(lambda name=event_id: any(one["destination"] == "bus" and one["state"] == "sent" for one in daemon.event(name)["deliveries"]),
              120, "the broker to take it")
    assert {"e-1", "e-2", "e-3"} <= {properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("frozen")}


def test_the_daemon_stops_in_time_at_a_frozen_broker(daemon_on, broker):
    broker.declare("frozen")
    daemon = daemon_on({"bus": destination(broker, "frozen")}, server={"shutdown_timeout": "3s"}).start()
    daemon.post("e-1")
    until_state(daemon, "e-1", "sent")
    os.killpg(broker.process.pid, signal.SIGSTOP)
    daemon.post("e-2")
    until(lambda: delivery(daemon, "e-2")["state"] == "sending", 60, "the event to be under way")
    assert daemon.stop() == 0, daemon.log_tail()
    os.killpg(broker.process.pid, signal.SIGCONT)
    daemon.start()
    until_state(daemon, "e-2", "sent")


def test_while_memory_is_short_publishing_waits_and_other_destinations_do_not(daemon_on, broker, receiver):
    broker.declare("alarm")
    bus = destination(broker, "alarm")
    daemon = daemon_on({"bus": {**bus, "delivery": {**bus["delivery"], "timeout": "2s"}}, "hook": webhook(receiver)}).start()
    broker.control("set_vm_memory_high_watermark", "absolute", "1MB")
    daemon.post("first")  # the broker tells whoever publishes
    until(lambda: "blocks publishing" in daemon.log_tail(), 60, "the broker to block")
    for number in range(100):
        daemon.post(f"e-{number}")
    receiver.wait_for(101)

    def on_bus(event_id):
        return next(one for one in daemon.event(event_id)["deliveries"] if one["destination"] == "bus")

    def tries(event_id):
        return daemon.admin("GET", "/v1/deliveries/" + on_bus(event_id)["id"]).json["history"]

    until(lambda: any("the broker blocks publishing" in (attempt["reason"] or "") for attempt in tries("first")), 60, "a try to time out")
    assert broker.count("alarm") == 0
    for number in range(100):
        assert on_bus(f"e-{number}")["state"] in ("waiting", "sending")
        assert on_bus(f"e-{number}")["attempts"] == 0
    broker.control("set_vm_memory_high_watermark", "0.4")
    daemon.drain()
    found = {properties.headers["cloudEvents_id"] for _, properties, _ in broker.take("alarm")}
    assert found == {"first", *(f"e-{number}" for number in range(100))}
    assert all(on_bus(f"e-{number}")["attempts"] == 1 for number in range(100))


def test_when_the_broker_in_use_dies_the_next_one_takes_over(daemon_on, directory, broker):
    with Rabbit(directory, "second") as second:
        for each in (broker, second):
            each.declare("failover")
            each.sync()
        daemon = daemon_on({"bus": destination(broker, "failover", url=[broker.url, second.url])}).start()
        daemon.post("e-1")
        until_state(daemon, "e-1", "sent")
        broker.kill9()
        daemon.post("e-2")
        until_state(daemon, "e-2", "sent")
        assert [properties.headers["cloudEvents_id"] for _, properties, _ in second.take("failover")] == ["e-2"]
