"""kill -9 under load: tests/e2e/test_kill9.py, which knows every event that was answered 202 and looks for each. How many,
is in the name of the row."""
import os
import re
import subprocess
import sys

NAME = "kills"
TITLE = "kill -9 under load"
SUBJECT = "fanfare"
LOST, TWICE, DOUBT = "acknowledged events lost", "deliveries that came twice", "deliveries reported as in doubt"
_E2E = os.path.join(os.path.dirname(__file__), "../../../e2e")


def case(scale, what):
    return f"{scale.kills} kills: {what}"


def run(bench):
    result = subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "test_kill9.py", "--rounds",
                             str(bench.scale.kills), "-k", "acknowledged"], cwd=_E2E, capture_output=True, text=True, check=False)
    found = re.search(r"acked=(\d+) duplicates=(\d+) in_doubt=(\d+)", result.stdout)
    if result.returncode != 0 or not found:
        raise RuntimeError("test_kill9.py failed:\n" + result.stdout[-2000:])
    for what, value in ((LOST, 0), (TWICE, found[2]), (DOUBT, found[3])):
        bench.figures.add(NAME, case(bench.scale, what), "events" if what == LOST else "deliveries", SUBJECT, value)
