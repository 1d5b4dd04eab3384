"""`fanfare check` finds every mistake at once and says where each is and what to do."""
import json
import os
import re
import subprocess

import pytest

from support.daemon import BINARY, PLUGINS, Daemon

MAIN = f"""\
[server]
listen = "127.0.0.1:0"
admin = "unix:{{directory}}/admin.sock"
[store]
path = "{{directory}}/store"
[plugins]
path = ["{PLUGINS}"]
"""

# Line by line, because the expected places are lines and columns.
FAULTY_MAIN = MAIN + """\
[destination.hook]
plugin = "webhook"
ulr = "http://127.0.0.1:1/"
"""
FAULTY_EXTRA = """\
[destination.audit]
plugin = "fille"
path = "/tmp/audit"
[destination.other]
plugin = "file"
path = "/tmp/other"
delivery.timeout = 30
[[route]]
name = "all"
types = ["change.*x"]
to = ["hok"]
"""


@pytest.fixture
def check(directory):
    def run(main, extra=None, *options):
        path = os.path.join(directory, "fanfare.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(main.replace("{directory}", directory))
        if extra is not None:
            os.makedirs(os.path.join(directory, "conf.d"), exist_ok=True)
            with open(os.path.join(directory, "conf.d", "extra.toml"), "w", encoding="utf-8") as file:
                file.write(extra)
        return subprocess.run([BINARY, "check", "--config", path, *options], capture_output=True, text=True, check=False)

    return run


def test_a_good_configuration_is_ok(check):
    result = check(MAIN + '[destination.a]\nplugin = "file"\npath = "/tmp/a"\n[[route]]\nname = "all"\nto = "a"\n')
    assert (result.returncode, result.stderr) == (0, "")
    assert "ok, 1 destinations, 1 routes" in result.stdout


# A21
def test_five_mistakes_in_two_files_are_all_reported_with_place_line_and_hint(check):
    result = check(FAULTY_MAIN, FAULTY_EXTRA)
    assert result.returncode == 78
    main_line = MAIN.count("\n")
    for place, line, message, hint in [
        (f"fanfare.toml:{main_line + 3}:7", 'ulr = "http://127.0.0.1:1/"', "ulr", "did you mean 'url'"),
        ("conf.d/extra.toml:2:10", 'plugin = "fille"', "fille", "did you mean 'file'"),
        ("conf.d/extra.toml:7:20", "delivery.timeout = 30", "timeout", "30s"),
        ("conf.d/extra.toml:10:10", 'types = ["change.*x"]', "*x", ""),
        ("conf.d/extra.toml:11:7", 'to = ["hok"]', "hok", "did you mean 'hook'"),
    ]:
        found = re.search(re.escape(place) + r": error: (.*)\n(.*)\n(?:.*\n)?(hint: .*)?", result.stdout)
        assert found, f"nothing at {place} in:\n{result.stdout}"
        assert message in found.group(1), found.group(0)
        assert found.group(2).strip() == line, found.group(0)
        assert hint in found.group(0), found.group(0)


def test_json_prints_one_object_per_mistake(check):
    result = check(FAULTY_MAIN, FAULTY_EXTRA, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert len([row for row in rows if row["severity"] == "error"]) >= 5
    assert {"file", "line", "column", "message", "hint"} <= set(rows[0])


# A21
def test_serve_refuses_what_check_refuses(check, directory):
    check(FAULTY_MAIN, FAULTY_EXTRA)
    result = subprocess.run([BINARY, "serve", "--config", os.path.join(directory, "fanfare.toml")], capture_output=True,
                            text=True, check=False, timeout=60)
    assert result.returncode == 78
    assert "did you mean 'hook'" in result.stderr
    assert not os.path.exists(os.path.join(directory, "store")), "nothing was started"


def test_a_secret_in_a_faulty_line_is_not_shown(check):
    result = check(MAIN + '[destination.hook]\nplugin = "webhook"\nurl = "http://127.0.0.1:1/"\nsecret = ["whsec_hidden", 7]\n')
    assert result.returncode == 78
    assert "hidden" not in result.stdout + result.stderr


def test_a_file_that_is_not_there_is_named(directory):
    path = os.path.join(directory, "absent.toml")
    result = subprocess.run([BINARY, "check", "--config", path], capture_output=True, text=True, check=False)
    assert result.returncode == 78
    assert path in result.stdout


def test_a_second_daemon_on_the_same_store_is_refused_and_the_first_goes_on(daemon_on, directory):
    first = daemon_on({"journal": {"plugin": "file", "path": os.path.join(directory, "journal")}}).start()
    place = os.path.join(directory, "second")
    os.mkdir(place, 0o700)
    second = Daemon(place, first.config["destination"], store={"path": first.store_path})
    second.launch()
    assert second.wait_exit() == 75
    assert str(first.process.pid) in second.log_tail()
    assert first.post("still-here").status == 202
