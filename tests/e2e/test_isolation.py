"""One destination that hangs for ever holds up nobody."""
import collections

from support.daemon import webhook
from support.load import Ledger, Load
from support.receiver import Reply
from support.wait import until

EVENTS = 2000
GOOD = [f"good{n}" for n in range(9)]


def test_nine_destinations_get_everything_while_one_hangs(daemon_on, receiver):
    receiver.behave = lambda request: Reply(hang=request.path == "/hung")
    destinations = {name: webhook(receiver, f"/{name}") for name in GOOD}
    destinations["hung"] = webhook(receiver, "/hung")
    daemon = daemon_on(destinations, server={"shutdown_timeout": "1s"}).start()
    ledger = Ledger()

    Load(daemon.address, ledger, "i", batch_every=0, limit=EVENTS).start().join()
    assert len(ledger.acked) == EVENTS, f"ingest refused: {ledger.other[:3]}"
    until(lambda: all(len(receiver.accepted(f"/{name}")) == EVENTS for name in GOOD), 600, "the nine had everything")

    again = {name: [key for key, count in receiver.accepted(f"/{name}").items() if count > 1] for name in GOOD}
    assert not any(again.values()), f"sent more than once: {again}"
    states = collections.Counter(delivery["state"] for delivery in daemon.deliveries(destination="hung"))
    assert states.total() == EVENTS
    assert set(states) <= {"waiting", "sending"}
    # In flight is what its window allows, not the backlog.
    asked = len(receiver.requests("/hung"))
    assert 0 < asked < EVENTS / 2
    assert states["sending"] >= asked
    # Ingest and the nine go on.
    assert daemon.post("after").status == 202
    until(lambda: all("after" in receiver.accepted(f"/{name}") for name in GOOD), what="the event after")
    assert len(receiver.requests("/hung")) == asked


def test_what_hung_is_sent_after_a_restart(daemon_on, receiver):
    hang = True
    receiver.behave = lambda request: Reply(hang=hang)
    daemon = daemon_on({"hook": webhook(receiver)}, server={"shutdown_timeout": "1s"})
    daemon.start()
    assert daemon.post("one").status == 202
    receiver.wait_for(1)
    daemon.stop()
    hang = False
    daemon.start()
    daemon.drain()
    assert receiver.accepted() == {"one": 1}
