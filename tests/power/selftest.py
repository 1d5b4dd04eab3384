#!/usr/bin/python3
"""Does the power-loss harness find what is there, and nothing else? Runs it on a small SQLite writer whose answers are
known: synchronous=FULL loses nothing; NORMAL, an early acknowledgement and a start without a checkpoint after a failed
fsync lose."""
import argparse
import os
import subprocess
import sys

from harness import NO_START_CHECKPOINT, NORMAL_FOR_FULL, SEED, Job, Recording

IMAGES = 400


def write(recording, mode, first=0, events=1000, **shims):
    command = [os.path.join(recording.build, "tests/power/stand_in"), "write", recording.watched, str(events),
               str(first), mode]
    return subprocess.run(command, env=recording.environment(**shims), stderr=subprocess.DEVNULL).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    build = os.path.abspath(parser.parse_args().build)
    verifier = [os.path.join(build, "tests/power/stand_in"), "verify"]
    job = Job()
    print(f"seed={SEED}")
    with Recording(build) as recording:
        job.expect("the writer ends well", write(recording, "full") == 0)
        counts = recording.counts()
        job.expect("every acknowledgement was seen", counts["acks"] == 1000, str(counts))
        job.expect("every group was synced", counts["wal_syncs"] >= 200, str(counts))
        job.expect_safe("synchronous=FULL", recording.check(verifier, IMAGES))
        job.expect_loss("the same record read as acknowledged early", recording.check(verifier, IMAGES, "early-ack"))
    with Recording(build) as recording:
        job.expect("the writer ends well", write(recording, "full", PL_SQL=NORMAL_FOR_FULL) == 0)
        job.expect_loss("synchronous=NORMAL", recording.check(verifier, IMAGES))
    with Recording(build) as recording:
        job.expect("the writer ends well", write(recording, "ack-first") == 0)
        job.expect_loss("an answer before the commit", recording.check(verifier, IMAGES))
    for n in (15, 30, 60, 100):
        for checkpoint in (True, False):
            with Recording(build) as recording:
                job.expect(f"fsync {n} fails and the writer ends with 74",
                           write(recording, "full", PL_EIO_SYNC=n) == 74)
                sql = None if checkpoint else NO_START_CHECKPOINT
                job.expect("it starts again", write(recording, "full", 5000, 500, PL_SQL=sql) == 0)
                check = job.expect_safe if checkpoint else job.expect_loss
                check("a start with a checkpoint" if checkpoint else "a start without a checkpoint",
                      recording.check(verifier, IMAGES))
    return 1 if job.failures else 0


if __name__ == "__main__":
    sys.exit(main())
