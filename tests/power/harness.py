"""Records a process with plrec.so and cuts its power with plcheck."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TALLY = re.compile(r"^images=(\d+) lost=(\d+) damaged=(\d+) partial=(\d+) most_lost=(\d+) promised=(\d+) "
                   r"records=(\d+) seed=(\d+)$", re.M)
# For PL_SQL: promises broken in a program that has no switch for it.
NORMAL_FOR_FULL = "PRAGMA synchronous=FULL=>PRAGMA synchronous=NORMAL|PRAGMA synchronous=>SELECT 2"
NO_START_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)=>SELECT 0, 0, 0"
SEED = int(os.environ.get("FANFARE_POWER_SEED", "20240229"))


# A job that is told to end still removes what it made.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Recording:
    """A directory under record, over any number of processes. Lives in memory (/dev/shm) and is removed on exit."""

    def __init__(self, build):
        self.build = build
        self.root = tempfile.mkdtemp(prefix="fanfare-power.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.log = os.path.join(self.root, "record")
        self.watched = os.path.join(self.root, "watched")
        self.count_file = os.path.join(self.root, "count")
        os.mkdir(self.watched, 0o700)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if os.environ.get("FANFARE_KEEP"):
            print(f"kept: {self.root}")
            return
        shutil.rmtree(self.root, ignore_errors=True)

    def environment(self, **shims):
        env = dict(os.environ, LD_PRELOAD=os.path.join(self.build, "tests/power/plrec.so"), PL_DIR=self.watched,
                   PL_LOG=self.log, PL_COUNT=self.count_file)
        env.update({name: str(value) for name, value in shims.items() if value is not None})
        return env

    def counts(self):
        with open(self.count_file, encoding="ascii") as file:
            return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", file.read())}

    def check(self, verifier, images, control=None, jobs=2, seed=SEED):
        """Totals over `images` crash images. Raises if the harness itself failed."""
        running = []
        for shard in range(jobs):
            work = os.path.join(self.root, f"work{shard}")
            os.makedirs(work, exist_ok=True)
            command = [os.path.join(self.build, "tests/power/plcheck"), "--log", self.log, "--work", work, "--images",
                       str(images), "--seed", str(seed), "--shard", f"{shard}/{jobs}"]
            command += ["--control", control] if control else []
            running.append(subprocess.Popen(command + ["--"] + verifier, stdout=subprocess.PIPE, text=True))
        try:
            return self._totals(running)
        finally:
            for process in running:
                process.kill()

    @staticmethod
    def _totals(running):
        totals = {"images": 0, "lost": 0, "damaged": 0, "partial": 0, "most_lost": 0, "examples": []}
        for process in running:
            output, _ = process.communicate()
            found = TALLY.search(output)
            if process.returncode not in (0, 1) or not found:
                raise RuntimeError(f"plcheck failed with {process.returncode}: {output}")
            for name, value in zip(("images", "lost", "damaged", "partial"), found.groups()):
                totals[name] += int(value)
            totals["most_lost"] = max(totals["most_lost"], int(found.group(5)))
            totals["promised"], totals["records"] = int(found.group(6)), int(found.group(7))
            totals["examples"] += [line for line in output.splitlines() if line.startswith("image=")]
        return totals


class Job:
    """Collects results and says in the end whether all were as they must be."""

    def __init__(self):
        self.failures = 0

    def expect(self, what, ok, detail=""):
        print(f"{'ok  ' if ok else 'FAIL'} {what}{': ' + detail if detail else ''}", flush=True)
        self.failures += not ok

    def expect_safe(self, what, totals):
        ok = totals["lost"] == totals["damaged"] == totals["partial"] == 0 and totals["promised"] > 0
        self.expect(what, ok, text_of(totals))
        if not ok:
            print("\n".join(totals["examples"][:5]))

    def expect_loss(self, what, totals):
        self.expect(f"{what} loses, as it must", totals["lost"] > 0, text_of(totals))


def text_of(totals):
    names = ("images", "lost", "damaged", "partial", "most_lost", "promised", "records")
    return " ".join(f"{name}={totals[name]}" for name in names)
