"""`fanfare store salvage`: what is good in a damaged store comes to its destinations from a new one (RELIABILITY R9)."""
import hashlib
import json
import os
import random

from support.commands import run
from support.daemon import webhook
from support.load import Ledger, Load, body_of
from support.receiver import Reply

PAGE = 8192
EVENTS = 3000
# Patient, so that what cannot be delivered waits.
RETRY = {"base": "200ms", "max_delay": "500ms", "max_attempts": 100000}


def salvage(daemon, to, *words):
    done = run(daemon, "store", "salvage", "--json", "--from", daemon.store_path, "--to", to, *words, check=False)
    return done, json.loads(done.stdout) if done.stdout else None


def digests(directory):
    return {name: hashlib.sha256(open(os.path.join(directory, name), "rb").read()).hexdigest()
            for name in os.listdir(directory)}


def killed_under_load(daemon_on, receiver):
    """A daemon that was killed, while one destination takes events and the other refuses them all."""
    receiver.behave = lambda request: Reply(503) if request.path == "/down" else Reply()
    daemon = daemon_on({name: webhook(receiver, f"/{name}", delivery={"retry": RETRY}) for name in ("steady", "down")})
    daemon.start()
    ledger = Ledger()
    Load(daemon.address, ledger, "s", limit=EVENTS).start().join()
    daemon.kill9()
    return daemon, ledger


def start_on(daemon, directory, receiver):
    receiver.behave = lambda request: Reply()
    daemon.store_path = directory
    daemon.config["store"]["path"] = directory
    daemon.write_config()
    daemon.start()
    daemon.drain()


def check_received(receiver, ledger, expected):
    for path in ("/steady", "/down"):
        counts = receiver.accepted(path)
        assert expected <= set(counts), f"{path} lacks {len(expected - set(counts))}: {list(expected - set(counts))[:5]}"
        assert set(counts) <= ledger.issued, f"invented: {list(set(counts) - ledger.issued)[:5]}"
    for received in receiver.requests():
        assert received.body.decode() == body_of(received.event_id), f"{received.event_id} was altered"


def test_a_store_that_is_sound_comes_over_whole(daemon_on, receiver, tmp_path):
    daemon, ledger = killed_under_load(daemon_on, receiver)
    before = digests(daemon.store_path)
    done, report = salvage(daemon, str(tmp_path / "new"))
    assert done.returncode == 0, done
    assert report["whole"] and report["lost_events"] == 0 and report["faults"] == [], report
    assert report["events"] >= len(ledger.acked)
    assert digests(daemon.store_path) == before
    start_on(daemon, str(tmp_path / "new"), receiver)
    check_received(receiver, ledger, set(ledger.acked))
    assert run(daemon, "store", "verify").stdout == "the store is sound\n"
    assert daemon.stop() == 0


def test_what_is_intact_in_a_damaged_store_is_delivered_and_the_rest_is_named(daemon_on, receiver, tmp_path):
    daemon, ledger = killed_under_load(daemon_on, receiver)
    # Into the database with it, so that a page has one place.
    daemon.start()
    assert daemon.stop() == 0
    os.rename(daemon.log_path, daemon.log_path + ".first")
    database = os.path.join(daemon.store_path, "fanfare.db")
    chance = random.Random(20240229)
    pages = os.path.getsize(database) // PAGE
    with open(database, "r+b") as file:
        for page in [0, *chance.sample(range(1, pages), 2)]:
            file.seek(page * PAGE)
            file.write(chance.randbytes(PAGE))
    daemon.launch()
    assert daemon.wait_exit() == 65

    before = digests(daemon.store_path)
    done, report = salvage(daemon, str(tmp_path / "new"))
    assert done.returncode == 65, done
    assert report["damaged_pages"] >= 1 and report["faults"] == [], report
    assert digests(daemon.store_path) == before
    events = report["events"]
    print(f"acked={len(ledger.acked)} pages={pages} report={report}")
    assert events >= 0.9 * len(ledger.acked), "two pages hold hardly that many"
    start_on(daemon, str(tmp_path / "new"), receiver)
    kept = {one["event_id"] for one in daemon.deliveries(destination="down")}
    expected = {event_id for event_id, name in ledger.acked.items() if event_id in kept or name in kept}
    assert len(expected) >= events - len(ledger.issued - set(ledger.acked))
    check_received(receiver, ledger, expected)
    assert report["lost_events"] + report["numbers_without_trace"] >= len(ledger.acked) - len(expected)
    assert run(daemon, "store", "verify").stdout == "the store is sound\n"
    assert daemon.stop() == 0


def test_a_refused_start_names_salvage_as_a_remedy(daemon_on, receiver):
    daemon, _ = killed_under_load(daemon_on, receiver)
    os.truncate(os.path.join(daemon.store_path, "fanfare.db-wal"), 0)
    daemon.launch()
    assert daemon.wait_exit() == 65
    assert "fanfare store salvage" in daemon.log_tail()


def test_a_wrong_order_is_refused_and_nothing_is_made(daemon_on, receiver, tmp_path):
    daemon = daemon_on({"steady": webhook(receiver, "/steady")})
    daemon.start()
    new = str(tmp_path / "new")
    done, _ = salvage(daemon, new)
    assert done.returncode == 75 and f"pid {daemon.process.pid}" in done.stderr, done
    assert daemon.stop() == 0
    done = run(daemon, "store", "salvage", "--from", daemon.store_path, check=False)
    assert done.returncode == 64 and "--to" in done.stderr, done
    done = run(daemon, "store", "salvage", "--from", str(tmp_path / "none"), "--to", new, check=False)
    assert done.returncode == 66, done
    done, _ = salvage(daemon, daemon.store_path)
    assert done.returncode == 73, done
    done, _ = salvage(daemon, str(tmp_path / "no" / "such" / "place"))
    assert done.returncode == 73, done
    assert not os.path.exists(new)


def test_the_report_for_people_says_what_to_do_next(daemon_on, receiver, tmp_path):
    daemon = daemon_on({"steady": webhook(receiver, "/steady")})
    daemon.start()
    daemon.post("1")
    daemon.drain()
    assert daemon.stop() == 0
    new = str(tmp_path / "new")
    done = run(daemon, "store", "salvage", "--from", daemon.store_path, "--to", new)
    assert "steady" in done.stdout
    assert done.stdout.endswith(f"{new} has 1 events and 1 deliveries, and nothing is lost; to start on it, name it in [store] path\n")
