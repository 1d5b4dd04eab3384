"""`packaging/quickstart --once` as a newcomer runs it: exit 0, the four events at both destinations, nothing left over."""
import glob
import re
import subprocess
import sys


def main(quickstart):
    before = set(glob.glob("/tmp/fanfare-quickstart.*"))
    result = subprocess.run([quickstart, "--once"], capture_output=True, text=True, check=False, start_new_session=True)
    print(result.stdout, result.stderr)
    assert result.returncode == 0, f"exit {result.returncode}"
    rows = re.findall(r"^dlv_\S+ +\S+ +(\S+) +(journal|receiver) +sent ", result.stdout, re.MULTILINE)
    types = ["change.create", "change.delete", "change.update", "request.gapps.account.create"]
    assert sorted(rows) == sorted((kind, to) for kind in types for to in ("journal", "receiver")), rows
    assert set(glob.glob("/tmp/fanfare-quickstart.*")) == before, "its directory is still there"
    left = subprocess.run(["pgrep", "-f", "fanfare-quickstart\\."], capture_output=True, text=True, check=False).stdout
    assert not left, f"processes are still running: {left}"


main(sys.argv[1])
