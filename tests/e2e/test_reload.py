"""A new configuration while the daemon runs: taken whole or not at all, and no delivery is lost or doubled by it (A51)."""
import collections
import json
import os
import signal
import subprocess

from support.daemon import BINARY, webhook
from support.load import Ledger, Load
from support.wait import until


def reload(daemon):
    daemon.write_config()
    answer = daemon.admin("POST", "/v1/reload")
    assert answer.status == 200, answer
    return answer.json


def assert_identity(daemon):
    counts = daemon.status()["deliveries"]
    ended = sum(counts[state] for state in ("waiting", "sending", "sent", "dead", "cancelled"))
    assert counts["created"] == ended + counts.get("pruned", 0), counts


def deliveries_by_path(receiver):
    got = collections.defaultdict(collections.Counter)
    for request in receiver.requests():
        got[request.path][request.event_id] += 1
    return got


def test_a51_two_hundred_reloads_under_load_lose_and_double_nothing(daemon_on, receiver):
    """`stay` is never touched, `turn` changes its options each time, `come` is there every other time."""
    def destinations(number):
        found = {"stay": webhook(receiver, "/stay"), "turn": webhook(receiver, f"/turn/{number % 2}")}
        if number % 2:
            found["come"] = webhook(receiver, "/come")
        return found

    def apply(number):
        daemon.config["destination"] = destinations(number)
        daemon.config["route"] = [{"name": "all", "to": list(destinations(number))}]

    daemon = daemon_on(destinations(0))
    daemon.start()
    ledger = Ledger()
    load = Load(daemon.address, ledger, "e", connections=2).start()
    for number in range(1, 201):
        before = len(ledger.acked)
        until(lambda: len(ledger.acked) > before + 5, 60, "the load")  # events come between any two reloads
        apply(number)
        report = reload(daemon)
        assert report["changed"] == ["turn"], report
        assert report["added" if number % 2 else "removed"] == ["come"], report
        assert report["kept"] == 1, report
        assert_identity(daemon)
    load.stop()
    assert ledger.other == []
    apply(1)  # what was owed to `come` when it went is delivered when it is back
    reload(daemon)
    daemon.drain()
    assert_identity(daemon)
    assert daemon.status()["deliveries"]["dead"] == 0
    got = deliveries_by_path(receiver)
    turned = got["/turn/0"] + got["/turn/1"]
    assert got["/stay"] == collections.Counter(list(ledger.acked)), "each event once"
    assert turned == got["/stay"], "each event once, over both forms of the destination"
    assert got["/come"] and set(got["/come"].values()) == {1}
    assert daemon.status()["deliveries"]["created"] == 2 * len(ledger.acked) + len(got["/come"])


def test_a51_sighup_reloads(hooked, receiver):
    hooked.config["destination"]["hook"] = webhook(receiver, "/new")
    hooked.write_config()
    hooked.process.send_signal(signal.SIGHUP)
    until(lambda: "config.reloaded" in hooked.log_tail(), 60, "the reload")
    assert hooked.post("e-1").status == 202
    assert receiver.wait_for(1, "/new")[0].event_id == "e-1"


def test_a51_a_configuration_with_faults_leaves_everything_as_it_was_and_says_all_of_them(hooked, receiver):
    path = hooked.write_config()
    with open(path, "a", encoding="utf-8") as file:
        file.write('\n[destination.other]\nplugin = "webhok"\n[[route]]\nname = "x"\nto = ["nowhere"]\n')
    answer = hooked.admin("POST", "/v1/reload")
    assert answer.status == 422, answer
    assert answer.json["detail"] == "the configuration has faults; everything stays as it was"
    said = "\n".join(error["detail"] for error in answer.json["errors"])
    assert "fanfare.toml:" in said and "'webhok'" in said and "'nowhere'" in said, said
    assert hooked.post("e-1").status == 202
    assert receiver.wait_for(1, "/hook")[0].event_id == "e-1"
    assert "config.rejected" in hooked.log_tail()


def test_a51_a_file_that_is_half_written_leaves_everything_as_it_was(hooked, receiver):
    path = hooked.write_config()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:len(text) // 2] + '"')
    assert hooked.admin("POST", "/v1/reload").status == 422
    assert hooked.post("e-1").status == 202
    receiver.wait_for(1, "/hook")


def test_routes_and_realms_are_exchanged_with_the_rest(hooked, receiver):
    hooked.config["realm"] = {"shop": {}}
    hooked.config["route"] = [{"name": "shop", "realms": ["shop"], "to": ["hook"]}]
    reload(hooked)
    assert hooked.post("e-1", path="/v1/realms/other/events").status == 403
    assert hooked.post("e-2", path="/v1/realms/shop/events").json["accepted"][0]["deliveries"] == 1
    assert hooked.post("e-3").json["accepted"][0]["deliveries"] == 0


def test_a_secret_that_changed_in_its_file_makes_the_destination_anew(daemon_on, receiver, directory):
    path = os.path.join(directory, "secret")

    def write(text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)

    write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    daemon = daemon_on({"hook": webhook(receiver, secret={"file": path})}).start()
    assert reload(daemon)["kept"] == 1
    write("whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB")
    assert reload(daemon)["changed"] == ["hook"]


def test_what_only_a_restart_changes_is_named(hooked):
    hooked.config["server"]["max_batch"] = 5
    assert reload(hooked)["needs_restart"] == ["[server]"]


def test_the_command_line_says_what_changed_and_what_is_wrong(hooked, receiver):
    hooked.config["destination"]["more"] = webhook(receiver, "/more")
    path = hooked.write_config()
    done = subprocess.run([BINARY, "reload", "--config", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "added    more\nthe configuration is in force; 1 destinations were not touched\n"
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n[sever]\n")
    done = subprocess.run([BINARY, "reload", "--config", path], capture_output=True, text=True)
    assert done.returncode == 78
    assert "everything stays as it was" in done.stderr or "unknown section 'sever'" in done.stderr, done.stderr
    assert "did you mean 'server'?" in done.stderr


def test_the_log_changes_its_level_and_its_format_by_a_reload(hooked):
    hooked.config["log"] = {"level": "debug", "format": "json"}
    reload(hooked)
    assert json.loads(hooked.log_tail(1))["event"] == "config.reloaded"
    hooked.config["log"] = {"level": "info", "format": "text"}
    reload(hooked)
    assert " info  config.reloaded " in hooked.log_tail(1)


def test_alerts_say_that_a_configuration_was_taken_or_refused(daemon_on, receiver):
    daemon = daemon_on({"hook": webhook(receiver)}, routes=[
        {"name": "all", "to": ["hook"]}, {"name": "own", "realms": ["fanfare"], "types": ["fanfare.config.*"], "to": ["hook"]}])
    daemon.start()
    reload(daemon)
    first = receiver.wait_for(1)[0]
    assert first.headers["ce-type"] == "fanfare.config.reloaded"
    with open(daemon.write_config(), "a", encoding="utf-8") as file:
        file.write("\n[sever]\n")
    assert daemon.admin("POST", "/v1/reload").status == 422
    second = receiver.wait_for(2)[1]
    assert second.headers["ce-type"] == "fanfare.config.rejected"
    assert b"unknown section 'sever'" in second.body


def test_nobody_else_sends_into_fanfares_own_realm(hooked):
    answer = hooked.post("e-1", path="/v1/realms/fanfare/events")
    assert answer.status == 403
    assert "Fanfare's own" in answer.json["detail"]
