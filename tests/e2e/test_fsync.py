"""202 means durable, seen from outside: which system calls stand between a request and its answer."""
import os

import pytest

from support.daemon import webhook
from support.load import Ledger, Load
from support.strace import Strace
from support.wait import until

EX_IOERR = 74  # sysexits.h
READS = ["read", "recvfrom", "recvmsg", "readv"]
SENDS = ["write", "sendto", "sendmsg", "writev"]
WRITES = ["write", "pwrite64", "writev", "pwritev", "pwritev2"]
SYNCS = ["fsync", "fdatasync"]
WAL = "-wal>"


def first(calls, what, **conditions):
    for call in calls:
        if all(check(call) for check in conditions.values()):
            return call
    raise AssertionError(f"strace saw no {what}")


@pytest.fixture
def straceable(monkeypatch):
    """LeakSanitizer cannot work in a traced process, and says so with an exit status of its own."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


def test_the_log_is_synced_between_a_request_and_its_202(straceable, daemon_on, receiver, directory):
    daemon = daemon_on({"hook": webhook(receiver)}).start()
    trace = Strace(daemon.process.pid, os.path.join(directory, "trace"), sorted({*READS, *SENDS, *WRITES, *SYNCS}))
    for number in range(20):
        assert daemon.post(f"synced-{number}", b'{"n":1}').status == 202
        daemon.drain()
    calls = trace.stop()
    for number in range(20):
        mark = f"ce-id: synced-{number}\\r\\n"
        read = first(calls, f"read of {mark}", name=lambda c: c.name in READS,
                     mark=lambda c: mark.lower() in c.text.lower() and "POST /v1/events" in c.text)
        answer = first(calls, "202", name=lambda c: c.name in SENDS, after=lambda c: c.begin > read.end,
                       text=lambda c: "HTTP/1.1 202" in c.text)
        wrote = first(calls, "write to the log", name=lambda c: c.name in WRITES, wal=lambda c: WAL in c.text,
                      after=lambda c: c.begin > read.begin)
        synced = first(calls, "sync of the log", name=lambda c: c.name in SYNCS, wal=lambda c: WAL in c.text,
                       after=lambda c: c.begin > wrote.end)
        assert synced.result == 0
        assert synced.end < answer.begin, f"event {number}: the answer did not wait for the sync"


def test_when_a_sync_fails_nobody_is_told_202_and_the_process_ends(straceable, daemon_on, receiver, directory):
    daemon = daemon_on({"hook": webhook(receiver)}).start()
    assert daemon.post("before").status == 202
    daemon.drain()
    Strace(daemon.process.pid, os.path.join(directory, "trace"), SYNCS, inject="fsync,fdatasync:error=EIO")
    answer = daemon.post("unlucky")
    assert answer.status == 503
    assert answer.is_problem
    assert daemon.wait_exit() == EX_IOERR

    daemon.start()
    assert daemon.status()["recovery"]["lost_events"] == 0
    assert daemon.event("before")
    assert daemon.post("after").status == 202
    daemon.drain()
    assert {"before", "after"} <= set(receiver.accepted())


def test_a_failing_sync_under_load_loses_nothing_that_was_promised(straceable, daemon_on, receiver, directory):
    daemon = daemon_on({"hook": webhook(receiver)}).start()
    ledger = Ledger()
    load = Load(daemon.address, ledger, "eio", connections=8).start()
    until(lambda: len(ledger.acked) > 200, what="some load")
    Strace(daemon.process.pid, os.path.join(directory, "trace"), SYNCS, inject="fsync,fdatasync:error=EIO")
    assert daemon.wait_exit() == EX_IOERR
    load.join()
    assert {status for status, _ in ledger.other} <= {503}

    daemon.start()
    daemon.drain()
    assert set(ledger.acked) <= set(receiver.accepted())
