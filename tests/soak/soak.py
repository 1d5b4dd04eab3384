#!/usr/bin/python3
"""A daemon under load for a long time, with kills at random and far sides that fail in turns (RELIABILITY 2.2 R17).

Its memory, descriptors and threads are sampled and written as CSV and SVG. In the end nothing that was answered 202 is
lost, nothing is invented or altered, no more came twice than was reported, descriptors and threads stand where they stood, and
memory grows by less than 1 MiB an hour (from 20 minutes on; a shorter run is too short to say it)."""
import argparse
import collections
import csv
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=200, help="events a second, about")
    parser.add_argument("--kills", type=float, default=4, help="kills while it lasts, about; a kill starts a new process")
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--out", help="where samples.csv and samples.svg go; by default nowhere")
    return parser.parse_args()


ARGUMENTS = parse_arguments()
os.environ["FANFARE_BUILD"] = os.path.abspath(ARGUMENTS.build)

from support.daemon import Daemon, webhook  # noqa: E402
from support.load import Ledger, Load, body_of  # noqa: E402
from support.receiver import Receiver, Reply  # noqa: E402

KEYS = ("rss_kib", "fds", "threads")
RETRY = {"base": "100ms", "max_delay": "1s", "max_attempts": 100000}
SHORT_HOURS = 1 / 3  # below it a slope says nothing


class FarSides:
    """One is always well; the moody one is well, slow, refuses or resets, for some seconds each. Counts what they took:
    hours of requests are too much to keep."""

    def __init__(self, chance):
        self.chance, self.mood, self.until = chance, "well", 0
        self.lock = threading.Lock()
        self.arrived = {"steady": collections.Counter(), "moody": collections.Counter()}
        self.altered = []

    def __call__(self, request):
        reply = self.mood_of_now() if request.path == "/moody" else Reply()
        with self.lock:
            if request.body != body_of(request.event_id).encode():
                self.altered.append(request.event_id)
            if not reply.reset and reply.status // 100 == 2:
                self.arrived[request.path[1:]][request.event_id] += 1
        return reply

    def mood_of_now(self):
        if time.monotonic() > self.until:
            self.mood = self.chance.choice(("well", "well", "slow", "refuses", "resets"))
            self.until = time.monotonic() + self.chance.uniform(1, 5)
        return {"well": Reply(), "slow": Reply(delay=0.2), "refuses": Reply(503), "resets": Reply(reset=True)}[self.mood]


def sample(pid, started):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    return {"seconds": round(time.monotonic() - started, 1), "pid": pid, "rss_kib": int(status["VmRSS"].split()[0]),
            "fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(status["Threads"])}


def slope(samples, key):
    """By the hour, least squares over the samples of one process."""
    times = [one["seconds"] / 3600 for one in samples]
    values = [one[key] for one in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in times)
    return sum((at - middle) * (value - mean) for at, value in zip(times, values)) / spread if spread else 0.0


def write_svg(path, samples):
    width, height = 900, 160
    last = max(one["seconds"] for one in samples) or 1
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(KEYS)}" font-family="sans-serif" font-size="12">']
    for row, key in enumerate(KEYS):
        most = max(one[key] for one in samples) or 1
        points = " ".join(f"{one['seconds'] / last * width:.1f},{(row + 1) * height - one[key] / most * (height - 30):.1f}"
                          for one in samples)
        parts.append(f'<text x="4" y="{row * height + 16}">{key}, at most {most}, over {last:.0f} s</text>')
        parts.append(f'<polyline fill="none" stroke="#225588" points="{points}"/>')
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(parts + ["</svg>\n"]))


def write_samples(directory, samples):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "samples.csv"), "w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, fieldnames=list(samples[0]))
        writer.writeheader()
        writer.writerows(samples)
    write_svg(os.path.join(directory, "samples.svg"), samples)


class Soak:
    def __init__(self, place, receiver):
        self.chance = random.Random(ARGUMENTS.seed)
        receiver.behave = self.sides = FarSides(self.chance)
        self.ledger, self.samples = Ledger(), []
        self.daemon = Daemon(place, {"steady": webhook(receiver, "/steady", {"retry": RETRY}),
                                     "moody": webhook(receiver, "/moody", {"retry": RETRY})})
        self.in_doubt = self.kills = 0
        self.started = time.monotonic()

    def start(self):
        self.daemon.start()
        recovery = self.daemon.status()["recovery"]
        assert recovery["lost_events"] == 0, recovery
        self.in_doubt += recovery["in_doubt"]

    def run(self):
        self.start()
        end, number = self.started + ARGUMENTS.minutes * 60, 0
        while time.monotonic() < end:
            turn = time.monotonic()
            kill = self.chance.random() < ARGUMENTS.kills / (ARGUMENTS.minutes * 60)
            # A second's worth of events; the kill comes into the middle of it.
            load = Load(self.daemon.address, self.ledger, f"s{number}", connections=4, limit=ARGUMENTS.rate).start()
            if kill:
                time.sleep(self.chance.uniform(0, 0.1))
                self.daemon.kill9()
                self.kills += 1
            load.join()
            if kill:
                self.start()
            else:
                self.samples.append(sample(self.daemon.process.pid, self.started))
            number += 1
            time.sleep(max(0.0, turn + 1 - time.monotonic()))
        self.daemon.drain(600)
        self.samples.append(sample(self.daemon.process.pid, self.started))
        assert self.daemon.stop() == 0, self.daemon.log_tail()

    def faults(self):
        """What is wrong, a sentence each."""
        wrong = []
        twice = 0
        for name in ("steady", "moody"):
            arrived = self.sides.arrived[name]
            lost, invented = set(self.ledger.acked) - set(arrived), set(arrived) - self.ledger.issued
            twice += arrived.total() - len(arrived)
            if lost:
                wrong.append(f"{len(lost)} acknowledged events never came to {name}: {sorted(lost)[:3]}")
            if invented:
                wrong.append(f"{len(invented)} events came to {name} that nobody sent: {sorted(invented)[:3]}")
        if self.sides.altered:
            wrong.append(f"{len(self.sides.altered)} came with another body: {self.sides.altered[:3]}")
        if twice > self.in_doubt:
            wrong.append(f"{twice} came twice, and {self.in_doubt} were reported as in doubt")
        last = [one for one in self.samples if one["pid"] == self.samples[-1]["pid"]]
        # The first seconds open what is kept: connections, threads.
        settled = last[len(last) // 4:]
        for key, most in (("fds", 64), ("threads", 2)):
            if settled and settled[-1][key] > settled[0][key] + most:
                wrong.append(f"{key} grew from {settled[0][key]} to {settled[-1][key]}")
        hours = (settled[-1]["seconds"] - settled[0]["seconds"]) / 3600
        growth = slope(settled, "rss_kib") / 1024
        if hours >= SHORT_HOURS and growth > 1:
            wrong.append(f"memory grows by {growth:.1f} MiB an hour")
        print(f"seed={ARGUMENTS.seed} minutes={ARGUMENTS.minutes} acked={len(self.ledger.acked)} kills={self.kills} "
              f"twice={twice} in_doubt={self.in_doubt} rss_kib={settled[-1]['rss_kib']} mib_an_hour={growth:.2f} "
              f"fds={settled[-1]['fds']} threads={settled[-1]['threads']}")
        return wrong


def main():
    with tempfile.TemporaryDirectory(prefix="fanfare-soak.") as place, Receiver(keep=False) as receiver:
        soak = Soak(place, receiver)
        with soak.daemon:
            soak.run()
        wrong = soak.faults()
        if ARGUMENTS.out:
            write_samples(ARGUMENTS.out, soak.samples)
    for sentence in wrong:
        print(f"FAIL {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
