"""Plugins in processes of their own: `isolation = "process"`."""
import os
import signal

import pytest

from support.commands import objects, run, until_state
from support.daemon import BUILD, webhook
from support.receiver import Reply
from support.wait import until

BAD_PLUGINS = os.path.join(BUILD, "tests", "bad_plugins")
QUICK = {"timeout": "1s", "retry": {"base": "100ms", "max_delay": "1s", "max_attempts": 4}}


def children(daemon):
    """The processes of the daemon's plugins, by what /proc says."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == daemon.process.pid and b"--plugin-runner" in words:
            found.append(int(name))
    return found


@pytest.fixture
def isolated(daemon_on, receiver):
    """`crasher` does what its events say, in its own process; `own` is a webhook in its own process; `hook` one inside."""
    daemon = daemon_on({"crasher": {"plugin": "crasher", "isolation": "process", "delivery": QUICK},
                        "own": webhook(receiver, "/own", isolation="process"), "hook": webhook(receiver)})
    daemon.config["plugins"] = {"path": [BAD_PLUGINS, *daemon.config["plugins"]["path"]]}
    return daemon.start()


@pytest.mark.parametrize("deed", ["abort", "exit", "close all"])
def test_what_a_plugin_does_to_its_process_costs_the_daemon_nothing_and_one_event_dies_of_it(isolated, receiver, deed):
    daemon = isolated.process.pid
    for number in range(10):
        isolated.post(f"e-{number}", data=(deed if number == 4 else "fine").encode(), content_type="text/plain")
    for number in range(10):
        state = "dead" if number == 4 else "sent"
        until(lambda: {one["destination"]: one["state"] for one in isolated.event(f"e-{number}")["deliveries"]}
              == {"crasher": state, "own": "sent", "hook": "sent"}, 120, number)
    dead = objects(isolated, "deliveries", "list", "--state", "dead")
    assert len(dead) == 1 and "crashed the plugin twice" in dead[0]["reason"]
    assert isolated.is_running() and isolated.process.pid == daemon
    shown = [one for one in objects(isolated, "destinations", "list") if one["name"] == "crasher"][0]
    assert shown["misbehaviour"]["crashed"] >= 2
    assert receiver.accepted("/hook") == receiver.accepted("/own") == {f"e-{n}": 1 for n in range(10)}


def test_a_plugin_that_hangs_is_ended_and_its_event_dies_after_its_attempts(isolated):
    isolated.post("e-1", data=b"loop", content_type="text/plain")
    isolated.post("e-2", data=b"fine", content_type="text/plain")
    until(lambda: {one["destination"]: one["state"] for one in isolated.event("e-2")["deliveries"]}["crasher"] == "sent", 120)
    until(lambda: {one["destination"]: one["state"] for one in isolated.event("e-1")["deliveries"]}["crasher"] == "dead", 120)


def test_a_process_that_is_killed_under_load_loses_nothing(isolated, receiver):
    receiver.behave = lambda request: Reply(204, delay=0.005 if request.path == "/own" else 0)
    for number in range(300):
        isolated.post(f"e-{number}", data=b"fine", content_type="text/plain")
    for count in (50, 150, 250):
        until(lambda: len(receiver.accepted("/own")) >= count, 120)
        for process in children(isolated):
            os.kill(process, signal.SIGKILL)
    until(lambda: set(receiver.accepted("/own")) == {f"e-{n}" for n in range(300)}, 120)
    assert all(count <= 2 for count in receiver.accepted("/own").values())


def test_a_stop_ends_the_processes_too_and_a_kill_of_the_daemon_leaves_none(isolated):
    before = children(isolated)
    assert len(before) == 2
    assert isolated.stop() == 0
    assert not any(os.path.exists(f"/proc/{process}") for process in before)
    isolated.start()
    before = children(isolated)
    isolated.kill9()
    until(lambda: not any(os.path.exists(f"/proc/{process}") for process in before))


def test_a_signal_to_the_whole_group_lets_the_plugin_finish(isolated, receiver):
    """As a terminal sends SIGINT and a service manager SIGTERM."""
    receiver.behave = lambda request: Reply(204, delay=0.2 if request.path == "/own" else 0)
    for number in range(5):
        isolated.post(f"e-{number}", data=b"fine", content_type="text/plain")
    receiver.wait_for(1, "/own")
    for process in children(isolated):
        os.kill(process, signal.SIGTERM)
    assert isolated.stop() == 0
    assert all(count == 1 for count in receiver.accepted("/own").values())


def test_check_says_what_an_isolated_plugin_says_of_its_options(daemon_on, receiver):
    daemon = daemon_on({"own": webhook(receiver, "/own", isolation="process", method="GET")})
    daemon.write_config()
    done = run(daemon, "check", check=False)
    assert done.returncode == 78 and "GET" in done.stdout


def test_a_reload_gives_a_destination_its_process_and_takes_it_away(isolated, receiver):
    isolated.config["destination"]["own"]["isolation"] = "none"
    isolated.write_config()
    run(isolated, "reload")
    until(lambda: len(children(isolated)) == 1)
    isolated.post("e-1", data=b"fine", content_type="text/plain")
    until_state(isolated, "e-1", "sent")
    receiver.wait_for(1, "/own")
