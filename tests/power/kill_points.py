#!/usr/bin/python3
"""kill -9 of the unmodified daemon at chosen points of its run, and writes that fail (RELIABILITY 2.2 R2, R5, R7, R11): what was
answered 202 arrives, nothing is invented, and nothing comes twice that was not reported as in doubt. The control puts a
front before the daemon that answers 202 by itself, before anything is stored: it must lose, or the job fails."""
import argparse
import contextlib
import http.client
import http.server
import json
import os
import queue
import shutil
import socketserver
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
sys.dont_write_bytecode = True


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--hits", type=int, default=20, help="kills at each point")
    parser.add_argument("--only", choices=["points", "writes", "readonly", "versions"], help="a part of it")
    return parser.parse_args()


ARGUMENTS = parse_arguments()
BUILD = os.path.abspath(ARGUMENTS.build)
os.environ["FANFARE_BUILD"] = BUILD

from harness import Job, Recording  # noqa: E402
from support.client import Client  # noqa: E402
from support.daemon import Daemon, webhook  # noqa: E402
from support.load import Ledger, Load  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.receiver import Receiver  # noqa: E402

EX_IOERR, EX_CONFIG = 74, 78  # sysexits.h
# A point, and the least of its passes that is under load and not part of the start.
POINTS = {"write.before": 60, "write.half": 60, "sync.before": 20, "sync.after": 20, "checkpoint.before": 2,
          "checkpoint.after": 2, "truncate.before": 1, "answer.before": 5, "answer.after": 5, "delivery.before": 5,
          "delivery.after": 5}
EVENTS = 2500  # enough for checkpoints under load
RETRY = {"base": "50ms", "max_delay": "200ms", "max_attempts": 1000}


class Bench:
    """One store under kills; what was promised and what arrived."""

    def __init__(self, recording, receiver):
        self.recording, self.receiver = recording, receiver
        self.ledger = Ledger()
        place = os.path.join(recording.root, "daemon")
        os.makedirs(place, mode=0o700)
        self.daemon = Daemon(place, {"hook": webhook(receiver, delivery={"retry": RETRY})},
                             store={"path": recording.watched})
        self.in_doubt = 0

    def environment(self, **shims):
        # What is recorded is not looked at here, and would fill the memory.
        return dict(self.recording.environment(**shims), PL_LOG="/dev/null")

    def run(self, name, **shims):
        """Starts with the fault and loads until the process ends or the load has passed; its exit status, or None."""
        self.daemon.launch(env=self.environment(**shims))
        if self.daemon.wait_ready_or_exit():
            self.note_recovery()
            Load(self.daemon.address, self.ledger, name, connections=8, limit=EVENTS).start().join()
        try:
            return self.daemon.wait_exit(1)
        except subprocess.TimeoutExpired:
            self.daemon.kill9()
            return None

    def note_recovery(self):
        try:
            recovery = self.daemon.status()["recovery"]
        except (OSError, http.client.HTTPException):
            return  # it died before it could be asked; the next one says it again
        self.in_doubt += recovery["in_doubt"]
        assert recovery["lost_events"] == 0, recovery

    def totals(self):
        """After a start without faults, some fresh events and a drain: (lost, invented, twice)."""
        self.daemon.start(env=self.environment())
        self.note_recovery()
        Load(self.daemon.address, self.ledger, "fresh", connections=2, limit=20).start().join()
        self.daemon.drain(300)
        assert self.daemon.stop() == 0, self.daemon.log_tail()
        arrived = self.receiver.accepted()
        lost = set(self.ledger.acked) - set(arrived)
        return len(lost), len(set(arrived) - self.ledger.issued), arrived.total() - len(arrived)


def expect_whole(job, bench, what, kills):
    lost, invented, twice = bench.totals()
    detail = f"kills={kills} acked={len(bench.ledger.acked)} lost={lost} invented={invented} twice={twice} in_doubt={bench.in_doubt}"
    job.expect(what, lost == invented == 0 and len(bench.ledger.acked) > 0, detail)
    return twice


def kill_at(job, point, first):
    with Recording(BUILD) as recording, Receiver() as receiver:
        bench = Bench(recording, receiver)
        kills = 0
        for hit in range(ARGUMENTS.hits):
            # Ever later ones, so that no two kills are at the same place of a group.
            number = first + hit * (1 if first < 5 else 7)
            kills += bench.run(f"{point}-{hit}", PL_KILL=f"{point}@{number}") == -9
        twice = expect_whole(job, bench, f"kill -9 at {point}", kills)
        job.expect(f"{point} was met", kills > 0)
        job.expect("nothing came twice that was not in doubt", twice <= bench.in_doubt, f"{twice} of {bench.in_doubt}")


def failing_writes(job, fault, numbers):
    with Recording(BUILD) as recording, Receiver() as receiver:
        bench = Bench(recording, receiver)
        statuses = [bench.run(f"{fault}-{number}", PL_WRITE=f"{fault}@{number}") for number in numbers]
        if fault == "eio":
            job.expect("a write that fails ends the process with 74, or is only a mark that may be too low",
                       set(statuses) <= {EX_IOERR, None} and EX_IOERR in statuses, str(statuses))
            codes = {code for code, _ in bench.ledger.other}
            job.expect("whoever waited was told 503, or nothing", codes <= {503}, str(codes))
        else:
            job.expect(f"{fault}: nobody noticed", set(statuses) == {None} and not bench.ledger.other,
                       f"{statuses} {bench.ledger.other[:2]}")
        expect_whole(job, bench, f"writes with {fault}", len(numbers))


def read_only(job):
    """As a file system that was remounted read-only while the daemon ran: every write is refused from then on."""
    with Recording(BUILD) as recording, Receiver() as receiver:
        bench = Bench(recording, receiver)
        statuses = [bench.run(f"readonly-{number}", PL_WRITE=f"readonly@{number}") for number in (60, 200, 500)]
        job.expect("read-only while it runs: the process ends with 74", set(statuses) == {EX_IOERR}, str(statuses))
        codes = {code for code, _ in bench.ledger.other}
        job.expect("whoever waited was told 503, or nothing", codes <= {503}, str(codes))
        store = recording.watched
        bench.daemon.launch(wrapper=["unshare", "--mount", "sh", "-c", f'mount --bind {store} {store} && '
                                     f'mount -o remount,bind,ro {store} && exec "$@"', "read-only"])
        status = bench.daemon.wait_exit()
        said = bench.daemon.log_tail(1)
        job.expect("read-only at the start: refused with 78, the path and the reason",
                   status == EX_CONFIG and store in said and "Read-only" in said, f"{status} {said.strip()}")
        expect_whole(job, bench, "a store that was read-only", len(statuses))


# What makes a store of version n one of version n - 1.
OLDER = {
    6: [],
    5: ["DROP INDEX delivery_oldest_retry"],
    4: ["ALTER TABLE delivery DROP COLUMN by_hand"],
    3: ["ALTER TABLE attempt DROP COLUMN response", "ALTER TABLE attempt DROP COLUMN remote",
        "ALTER TABLE delivery DROP COLUMN order_key", "ALTER TABLE destination DROP COLUMN pruned", "DROP TABLE gate"],
    2: ["ALTER TABLE delivery DROP COLUMN request", "DROP TABLE request"],
}
LATEST = max(OLDER)
TAKE_OVER_POINTS = ("write.before", "write.half", "sync.before", "sync.after", "truncate.before")


def make_older(store, version):
    with contextlib.closing(sqlite3.connect(os.path.join(store, "fanfare.db"), isolation_level=None)) as database:
        for newer in range(LATEST, version, -1):
            for statement in OLDER[newer]:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")


def version_of(store):
    with contextlib.closing(sqlite3.connect(os.path.join(store, "fanfare.db"))) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def kill_while_taken_over(job, version):
    """kill -9 at passes of every point of a start that takes an older store over, until the start is done before it."""
    with Recording(BUILD) as recording, Receiver() as receiver:
        bench = Bench(recording, receiver)
        hook = bench.daemon.config["destination"]["hook"]
        there, hook["url"] = hook["url"], f"http://127.0.0.1:{free_port()}/nobody"
        bench.daemon.start()
        Load(bench.daemon.address, bench.ledger, "old", connections=4, limit=200).start().join()
        waiting = bench.daemon.status()["deliveries"]["waiting"]
        assert bench.daemon.stop() == 0, bench.daemon.log_tail()
        store, old = recording.watched, os.path.join(recording.root, "old")
        make_older(store, version)
        shutil.copytree(store, old)
        kills, wrong, half_done = 0, [], 0
        for point in TAKE_OVER_POINTS:
            for number in range(1, 1000):
                shutil.rmtree(store)
                shutil.copytree(old, store)
                bench.daemon.launch(env=bench.environment(PL_KILL=f"{point}@{number}"))
                if bench.daemon.wait_ready_or_exit():
                    bench.daemon.kill9()
                    break
                kills += bench.daemon.wait_exit() == -9
                half_done += version < version_of(store) < LATEST
                bench.daemon.start(env=bench.environment())
                counts = bench.daemon.status()["deliveries"]
                if counts["waiting"] + counts["sending"] != waiting or version_of(store) != LATEST:
                    wrong.append(f"{point}@{number}: {counts}")
                bench.daemon.kill9()
        job.expect(f"version {version} under kill -9: the next start goes on with all of it", not wrong and kills > 0,
                   f"kills={kills} between_versions={half_done} {wrong[:3]}")
        hook["url"] = there
        expect_whole(job, bench, f"a store of version {version}", kills)


class EarlyFront(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Says 202 to everything, and passes it on when it finds the time."""
    daemon_threads = True

    def __init__(self, address):
        super().__init__(("127.0.0.1", 0), EarlyAnswer)
        self.waiting = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        threading.Thread(target=self.pass_on, args=(address,), daemon=True).start()

    def pass_on(self, address):
        with Client(address) as client:
            while True:
                path, headers, body = self.waiting.get()
                try:
                    client.request("POST", path, body, headers)
                except (OSError, http.client.HTTPException):
                    return


class EarlyAnswer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802, the name is the library's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
        self.server.waiting.put((self.path, headers, body))
        answer = json.dumps({"accepted": [{"id": self.headers.get("ce-id")}]}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def control_early_answer(job):
    with Recording(BUILD) as recording, Receiver() as receiver:
        bench = Bench(recording, receiver)
        for number in range(3):
            bench.daemon.launch(env=bench.environment(PL_KILL="answer.after@100"))
            assert bench.daemon.wait_ready_or_exit()
            front = EarlyFront(bench.daemon.address)
            Load(f"127.0.0.1:{front.server_port}", bench.ledger, f"early-{number}", connections=8, batch_every=0,
                 limit=500).start().join()
            bench.daemon.wait_exit(60)
            front.shutdown()
            front.server_close()
        lost, _, _ = bench.totals()
        job.expect("an answer before the commit loses, as it must", lost > 0, f"acked={len(bench.ledger.acked)} lost={lost}")


def all_points(job):
    control_early_answer(job)
    for point, first in POINTS.items():
        kill_at(job, point, first)


def all_writes(job):
    failing_writes(job, "eio", range(20, 20 + 37 * ARGUMENTS.hits, 37))
    failing_writes(job, "short", (2, 3))
    failing_writes(job, "eintr", (2, 3))


def all_versions(job):
    for version in range(1, LATEST):
        kill_while_taken_over(job, version)


PARTS = {"points": all_points, "writes": all_writes, "readonly": read_only, "versions": all_versions}


def main():
    job = Job()
    for name, part in PARTS.items():
        if ARGUMENTS.only in (None, name):
            part(job)
    return 1 if job.failures else 0


if __name__ == "__main__":
    sys.exit(main())
