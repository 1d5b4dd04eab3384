"""Plugins that are not fit to load, and plugins that break their contract: the daemon says so, and lives."""
import os
import shutil
import subprocess

import pytest

from support.daemon import BINARY, BUILD, Daemon, webhook
from support.wait import until

SOURCE = os.path.join(os.path.dirname(__file__), "../..")
BAD_PLUGINS = os.path.join(BUILD, "tests", "bad_plugins")


def with_plugins(daemon, directory):
    daemon.config["plugins"] = {"path": [directory, *daemon.config["plugins"]["path"]]}
    return daemon


def not_elf(directory):
    with open(os.path.join(directory, "text.so"), "w", encoding="ascii") as file:
        file.write("this is no library\n")
    os.chmod(os.path.join(directory, "text.so"), 0o644)
    return "text"


def world_writable(directory):
    shutil.copy(os.path.join(BAD_PLUGINS, "bare.so"), directory)
    os.chmod(os.path.join(directory, "bare.so"), 0o666)
    return "bare"


def prebuilt(name):
    def put(directory):
        shutil.copy(os.path.join(BAD_PLUGINS, name + ".so"), directory)
        return name

    return put


REFUSED = {
    "wrong ABI": (prebuilt("wrong_major"), "made for plugin ABI 2.0, this fanfare offers 1.0"),
    "newer than this host": (prebuilt("too_new"), "needs plugin ABI 1.7"),
    "a missing symbol": (prebuilt("undefined_symbol"), "which no library offers"),
    "no entry": (prebuilt("no_entry"), "fanfare_plugin_query_v1"),
    "world-writable": (world_writable, "chmod"),
    "not an ELF file": (not_elf, "ELF"),
    "not there": (lambda directory: "absent", "install the package fanfare-plugin-absent"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_plugin_that_is_not_fit_is_refused_at_check_and_at_start_with_its_own_sentence(directory, case):
    put, sentence = REFUSED[case]
    plugins = os.path.join(directory, "plugins")
    os.mkdir(plugins, 0o755)
    name = put(plugins)
    daemon = with_plugins(Daemon(directory, {"d": {"plugin": name}}), plugins)
    config = daemon.write_config()

    check = subprocess.run([BINARY, "check", "--config", config], capture_output=True, text=True, check=False)
    assert check.returncode == 78
    assert sentence in check.stdout, check.stdout
    assert f"{config}:" in check.stdout, "it says where in the configuration"
    assert [other for other, (_, text) in REFUSED.items() if other != case and text in check.stdout] == []

    daemon.launch()
    assert daemon.wait_exit() == 78
    assert sentence in daemon.log_tail()


def misbehaving(daemon_on, receiver, how, **delivery):
    policy = {"timeout": "300ms", "retry": {"base": "10ms", "jitter": 0, "max_attempts": 2}, **delivery}
    destinations = {"odd": {"plugin": "misbehaves", "how": how, "delivery": policy}, "hook": webhook(receiver)}
    return with_plugins(daemon_on(destinations), BAD_PLUGINS).start()


def misbehaviour(daemon):
    (odd,) = [one for one in daemon.status()["destinations"] if one["name"] == "odd"]
    return odd["misbehaviour"]


@pytest.mark.parametrize("how, kind, state", [
    ("throw", "threw", "dead"),
    ("throw-int", "threw", "dead"),
    ("twice", "answered-twice", "sent"),
    ("unknown-batch", "answered-unknown", "sent"),
    ("never", "never-answered", "dead"),
    ("late", "answered-late", "dead"),
    ("outcome-77", None, "dead"),
])
def test_a_plugin_that_breaks_its_contract_is_counted_and_its_delivery_goes_on_by_policy(daemon_on, receiver, how, kind, state):
    daemon = misbehaving(daemon_on, receiver, how)
    assert daemon.post("e1").status == 202
    until(lambda: list(daemon.deliveries(destination="odd", state=state)), 60, f"the delivery to be {state}")
    (delivery,) = daemon.deliveries(destination="odd")
    assert delivery["attempts"] == (2 if state == "dead" else 1)
    if kind:
        until(lambda: misbehaviour(daemon).get(kind, 0) >= 1, 30, f"a count of '{kind}', not {misbehaviour(daemon)}")
    receiver.wait_for(1)
    assert daemon.post("e2").status == 202
    assert [request.event_id for request in receiver.wait_for(2)] == ["e1", "e2"], "the other destination has both"


def test_a_plugin_that_hangs_holds_neither_the_daemon_nor_its_stop(daemon_on, receiver):
    daemon = misbehaving(daemon_on, receiver, "hang")
    daemon.config["server"]["shutdown_timeout"] = "1s"
    daemon.restart()
    assert daemon.post("e1").status == 202
    until(lambda: any(row["attempts"] > 0 for row in daemon.deliveries(destination="odd")), 60, "the attempt to be given up")
    assert daemon.post("e2").status == 202
    receiver.wait_for(2)
    assert daemon.stop() == 0


def test_the_readme_of_each_plugin_lists_the_options_that_it_has():
    tables = os.path.join(SOURCE, "plugins", "option-tables")
    done = subprocess.run([tables, "--check", BUILD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"not true any more, run plugins/option-tables {BUILD}:\n{done.stdout}{done.stderr}"
