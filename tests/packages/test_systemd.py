"""The service under systemd itself, with all that the unit forbids it."""
import os
import re

import pytest

from built import debs, field
from machine import Machine
from support.wait import until

JOURNAL = """
[destination.{name}]
plugin = "file"
path = "/var/log/fanfare/{name}.ndjson"

[[route]]
name = "all-to-{name}"
to = "{name}"
"""
DROP_INS = "/etc/systemd/system/fanfare.service.d"


@pytest.fixture(scope="module")
def machine(root):
    root.install("systemd-sysv", "dbus")
    root.run("apt-get", "-q", "satisfy", "-y", "--no-install-recommends", field(debs()["fanfare"], "Depends"))
    with Machine(root) as running:
        running.run("dpkg", "-i", *root.bring(debs()["fanfare"]))
        yield running


@pytest.fixture
def service(machine):
    """The service as configured here, running."""
    root = machine.root
    root.write("/etc/fanfare/conf.d/journal.toml", JOURNAL.format(name="journal"))
    machine.run("systemctl", "reset-failed", "fanfare.service")
    machine.run("systemctl", "restart", "fanfare.service")
    yield machine
    for path in ("/etc/fanfare/conf.d/more.toml", f"{DROP_INS}/test.conf"):
        if os.path.exists(root.at(path)):
            os.remove(root.at(path))
    machine.run("systemctl", "daemon-reload")


def drop_in(machine, text):
    os.makedirs(machine.root.at(DROP_INS), exist_ok=True)
    machine.root.write(f"{DROP_INS}/test.conf", f"[Service]\n{text}\n")
    machine.run("systemctl", "daemon-reload")


def wait_for_event(machine, event_id, name="journal"):
    path = machine.root.at(f"/var/log/fanfare/{name}.ndjson")

    def has_come():
        with open(path, encoding="utf-8") as file:
            return f'"{event_id}"' in file.read()

    until(lambda: os.path.exists(path) and has_come(), what=f"delivery of {event_id}")


def test_installed_it_runs_and_will_run_after_a_boot(machine):
    assert machine.run("systemctl", "is-active", "fanfare.service").strip() == "active"
    assert machine.run("systemctl", "is-enabled", "fanfare.service").strip() == "enabled"
    assert machine.fails("systemctl", "is-enabled", "fanfare.socket")[1].strip() == "disabled"


def test_systemd_finds_no_mistake_in_the_units_and_rates_what_is_left_open_at_one_and_a_half_at_most(machine):
    units = [f"/usr/lib/systemd/system/fanfare.{kind}" for kind in ("service", "socket")]
    assert machine.fails("systemd-analyze", "verify", "--man=no", *units) == (0, "")
    text = machine.run("systemd-analyze", "security", "--offline=yes", "--no-pager", units[0])
    exposure = float(re.search(r"Overall exposure level for fanfare.service: ([0-9.]+)", text).group(1))
    print(f"exposure: {exposure}")
    assert exposure <= 1.5, text


def test_an_event_goes_in_and_out_under_all_that_the_unit_forbids(service):
    assert service.post("e-1") == "202"
    wait_for_event(service, "e-1")
    began, ready = (int(service.show(name)) for name in ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"))
    print(f"from start to ready: {(ready - began) / 1000:.0f} ms")


def runners(machine):
    """The processes that the daemon has for plugins."""
    return machine.run("sh", "-c", f"cat /proc/{machine.show('MainPID')}/task/*/children").split()


def test_a_plugin_in_a_process_of_its_own_delivers_under_all_that_the_unit_forbids_and_again_after_it_was_killed(service):
    service.root.write("/etc/fanfare/conf.d/more.toml",
                       JOURNAL.format(name="apart").replace("path =", 'isolation = "process"\npath ='))
    service.run("systemctl", "restart", "fanfare.service")
    daemon = service.show("MainPID")
    assert service.post("e-apart") == "202"
    wait_for_event(service, "e-apart", "apart")
    (runner,) = runners(service)
    # What the kernel holds it to: no new privileges, and the filter of system calls (mode 2).
    status = service.run("cat", f"/proc/{runner}/status")
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE) and re.search(r"^Seccomp:\t2$", status, re.MULTILINE)
    service.run("sh", "-c", f"kill -KILL {runner}")
    until(lambda: runners(service) not in ([runner], []), what="a new process of the plugin")
    assert service.post("e-apart-again") == "202"
    wait_for_event(service, "e-apart-again", "apart")
    assert service.show("MainPID") == daemon and service.show("NRestarts") == "0"


def test_a_reload_takes_a_new_configuration_and_refuses_a_wrong_one(service):
    root = service.root
    process = service.show("MainPID")
    root.write("/etc/fanfare/conf.d/more.toml", JOURNAL.format(name="second"))
    service.run("systemctl", "reload", "fanfare.service")
    assert service.post("e-second") == "202"
    wait_for_event(service, "e-second", "second")
    root.write("/etc/fanfare/conf.d/more.toml", "[realm.new]\nno_such_key = 1\n")
    code, _ = service.fails("systemctl", "reload", "fanfare.service")
    assert code != 0
    assert "no_such_key" in service.journal()
    assert service.show("MainPID") == process and service.post("e-after-reload") == "202"


def test_it_does_not_start_with_a_configuration_that_is_wrong_and_the_journal_says_where(service):
    service.run("systemctl", "stop", "fanfare.service")
    service.root.write("/etc/fanfare/conf.d/more.toml", "[realm.new]\nwrong_key = 1\n")
    code, _ = service.fails("systemctl", "start", "fanfare.service")
    assert code != 0
    assert "/etc/fanfare/conf.d/more.toml:2" in service.journal()


def test_one_that_hangs_is_killed_by_the_watchdog_and_started_again(service):
    drop_in(service, "WatchdogSec=1s\nRestartSec=100ms")
    service.run("systemctl", "restart", "fanfare.service")
    process = service.show("MainPID")
    service.run("systemctl", "kill", "--signal=SIGSTOP", "--kill-whom=main", "fanfare.service")
    until(lambda: service.show("MainPID") not in (process, "0") and service.show("ActiveState") == "active",
          what="the start after the watchdog")
    assert service.post("e-after-watchdog") == "202"


def test_a_secret_that_only_root_can_read_comes_as_a_credential(service):
    root = service.root
    root.write("/etc/fanfare/secrets/billing", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    os.chmod(root.at("/etc/fanfare/secrets/billing"), 0o600)
    root.write("/etc/fanfare/conf.d/more.toml", '[destination.billing]\nplugin = "webhook"\nurl = "http://127.0.0.1:9/"\n'
                                                'secret = { credential = "billing" }\n')
    with open(os.path.join(root.at("/usr/share/doc/fanfare/examples/systemd/credentials.conf")), encoding="utf-8") as file:
        drop_in(service, file.read())
    service.run("systemctl", "restart", "fanfare.service")
    assert service.post("e-credential") == "202"


def test_the_socket_unit_starts_it_when_a_client_comes(service):
    root = service.root
    service.run("systemctl", "stop", "fanfare.service")
    config = root.read("/etc/fanfare/fanfare.toml")
    root.write("/etc/fanfare/fanfare.toml", config.replace('listen = "127.0.0.1:8640"', 'listen = "systemd:ingest"'))
    service.run("systemctl", "start", "fanfare.socket")
    assert service.show("ActiveState") == "inactive"
    assert service.post("e-socket") == "202"
    wait_for_event(service, "e-socket")
    service.run("systemctl", "stop", "fanfare.socket", "fanfare.service")
    root.write("/etc/fanfare/fanfare.toml", config)


def test_an_upgrade_restarts_it(service):
    process = service.show("MainPID")
    service.run("dpkg", "-i", *service.root.bring(debs()["fanfare"]))
    assert service.show("MainPID") not in (process, "0")
    assert service.post("e-after-upgrade") == "202"


def test_a_purge_stops_it_and_leaves_nothing_of_it(machine):
    process = machine.show("MainPID")
    machine.run("dpkg", "--purge", "fanfare")
    assert machine.fails("test", "-e", f"/proc/{process}")[0] == 1
    of_others = (DROP_INS, "/var/log/journal", "/run")
    assert [path for path in machine.root.files() if "fanfare" in path and not path.startswith(of_others)] == []
