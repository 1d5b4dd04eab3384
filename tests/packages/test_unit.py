"""The unit of the service, as systemd's own tools judge it where systemd does not run."""
import re
import subprocess

from built import SOURCE, debs, output

UNITS = f"{SOURCE}/packaging/systemd"


def test_systemd_finds_no_mistake_in_the_units(root):
    root.install(debs()["fanfare"])
    result = subprocess.run(["systemd-analyze", "verify", f"--root={root.path}", "fanfare.service", "fanfare.socket"],
                            capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_exposure_of_the_service_is_at_most_one_and_a_half():
    text = output("systemd-analyze", "security", "--offline=yes", "--no-pager", f"{UNITS}/fanfare.service")
    exposure = float(re.search(r"Overall exposure level for fanfare.service: ([0-9.]+)", text).group(1))
    print(f"exposure: {exposure}")
    assert exposure <= 1.5, text
