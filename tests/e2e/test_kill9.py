"""kill -9 under load, again and again: what was answered 202 is never lost, and what may come twice is reported
(RELIABILITY 2.2 R1, 2.3). That a power cut loses nothing is another question: tests/power."""
import collections
import random
import re
import time

from support.daemon import webhook
from support.load import Ledger, Load, body_of
from support.receiver import Reply

SEED = 20240229
KNOWN = {"waiting", "sending", "sent", "dead"}
# RELIABILITY 2.3, for each destination: what is in flight, and one group of completions that was not committed.
IN_FLIGHT, GROUP = 1024, 8192
RETRY = {"base": "50ms", "max_delay": "200ms", "max_attempts": 1000}


class Flapping:
    """Refuses every third request."""

    def __init__(self):
        self.count = 0

    def __call__(self, request):
        if request.path != "/flapping":
            return Reply()
        self.count += 1
        return Reply(503) if self.count % 3 == 0 else Reply()


def states_of(daemon):
    """{(the daemon's name of the event, destination): state}, from the pages of /v1/deliveries."""
    found = {}
    for delivery in daemon.deliveries():
        key = (delivery["event_id"], delivery["destination"])
        assert key not in found, f"{key} is listed twice"
        found[key] = delivery["state"]
    return found


def check_ledger(daemon, ledger, destinations):
    states = states_of(daemon)
    for event_id, name in ledger.acked.items():
        for destination in destinations:
            assert states.get((name, destination)) in KNOWN, f"{event_id} was answered 202; {destination}: " \
                f"{states.get((name, destination))}"
    return states


def check_newest(daemon, ledger, count):
    """The other way to ask: /v1/events/{id}."""
    for event_id, name in list(ledger.acked.items())[-count:]:
        event = daemon.event(name)
        assert event, f"{event_id} ({name}) was answered 202 and is not there"


def check_batches_whole(received, path):
    parts = collections.defaultdict(set)
    for event_id in received.accepted(path):
        if match := re.fullmatch(r"(.*)\.(\d+)\.(\d+)", event_id):
            parts[match[1], int(match[3])].add(match[2])
    for (batch, size), seen in parts.items():
        assert len(seen) == size, f"only {len(seen)} of {size} events of the batch {batch} arrived"


def test_an_acknowledged_event_survives_kill_9(daemon_on, receiver, request):
    rounds = request.config.getoption("--rounds")
    chance = random.Random(SEED)
    receiver.behave = Flapping()
    destinations = {name: webhook(receiver, f"/{name}", delivery={"retry": RETRY}) for name in ("steady", "flapping")}
    daemon = daemon_on(destinations)
    ledger = Ledger()
    in_doubt = 0

    for number in range(rounds + 1):
        daemon.start()
        recovery = daemon.status()["recovery"]
        in_doubt += recovery["in_doubt"]
        assert recovery["lost_events"] == 0
        assert recovery["unclean"] == (number > 0)
        # All of them in each of the first rounds; later that would be most of the time.
        if number <= 50 or number % 10 == 0 or number == rounds:
            check_ledger(daemon, ledger, destinations)
        check_newest(daemon, ledger, 50)
        if number < rounds:
            load = Load(daemon.address, ledger, f"r{number}", connections=8).start()
            time.sleep(chance.uniform(0.02, 0.5))  # the moment of the kill, not a synchronisation
            daemon.kill9()
            load.join()

    assert not ledger.other, f"{len(ledger.other)} answers were not 202, first: {ledger.other[0]}"
    assert len(ledger.acked) > rounds, "hardly any load"
    daemon.drain()
    states = check_ledger(daemon, ledger, destinations)
    assert set(states.values()) == {"sent"}
    duplicates = 0
    for name in destinations:
        counts = receiver.accepted(f"/{name}")
        assert set(ledger.acked) <= set(counts), f"lost: {list(set(ledger.acked) - set(counts))[:5]}"
        assert set(counts) <= ledger.issued, f"invented: {list(set(counts) - ledger.issued)[:5]}"
        check_batches_whole(receiver, f"/{name}")
        duplicates += counts.total() - len(counts)
    for received in receiver.requests():
        assert received.body.decode() == body_of(received.event_id), f"{received.event_id} was altered"
    print(f"rounds={rounds} acked={len(ledger.acked)} duplicates={duplicates} in_doubt={in_doubt} seed={SEED}")
    assert duplicates <= in_doubt, "more came twice than the daemon reported"
    assert duplicates <= rounds * len(destinations) * (IN_FLIGHT + GROUP)
    assert daemon.stop() == 0


def test_a_clean_stop_leaves_nothing_in_doubt(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver)})
    daemon.start()
    ledger = Ledger()
    Load(daemon.address, ledger, "c", limit=200).start().join()
    daemon.restart()
    recovery = daemon.status()["recovery"]
    assert recovery == {"unclean": False, "in_doubt": 0, "lost_events": 0}
    daemon.drain()
    counts = receiver.accepted()
    assert set(counts) == set(ledger.acked)
    assert set(counts.values()) == {1}, "a clean stop sent something twice"
