"""What stands in etc/examples works when it is done as the README of each says."""
import json
import os
import re
import shutil
import subprocess

import pytest

from support.daemon import BUILD, PLUGINS

ETC = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "etc")
NAMES = ["github", "inventory", "gadz-bus", "failed-service", "redis"]


@pytest.fixture
def example(directory):
    """example(name): a copy of the example in a copy of etc/, for its links lead there; with the plugins of this build."""
    def copy(name):
        etc = os.path.join(directory, "etc")
        shutil.copytree(ETC, etc, symlinks=True)
        place = os.path.join(etc, "examples", name)
        os.makedirs(os.path.join(place, "conf.d"))
        with open(os.path.join(place, "conf.d", "test.toml"), "w", encoding="utf-8") as file:
            file.write(f'[plugins]\npath = "{PLUGINS}"\n')
        return place

    return copy


def commands_of(place):
    """The indented lines of the README."""
    with open(os.path.join(place, "README.md"), encoding="utf-8") as file:
        return re.findall(r"^    (.+)$", file.read(), re.MULTILINE)


def run(place, script):
    environment = {**os.environ, "PATH": BUILD + os.pathsep + os.environ["PATH"]}
    return subprocess.run(["sh", "-eu", "-c", script], cwd=place, env=environment, capture_output=True, text=True,
                          check=False, timeout=60)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_readme_succeeds(example, name):
    place = example(name)
    commands = commands_of(place)
    assert any(command.startswith("fanfare check") for command in commands)
    assert any(command.startswith("fanfare test") for command in commands)
    # One shell, so that what one command exports the next ones see.
    result = run(place, "\n".join(commands))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_check_has_nothing_to_say_of_the_example(example, name):
    place = example(name)
    exports = [command for command in commands_of(place) if command.startswith("export ")]
    result = run(place, "\n".join([*exports, "fanfare check --json --config fanfare.toml"]))
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_test_that_expects_something_else_fails(example, name):
    place = example(name)
    path = os.path.join(place, "fanfare.toml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    tests = re.findall(r'^\[\[test\]\]\n(?:(?!\[).*\n)*?expect = \["[^]]*\]$', text, flags=re.MULTILINE)
    assert tests
    broken = re.sub(r'^expect = .*$', "expect = []", tests[0], flags=re.MULTILINE)
    broken = re.sub(r'^name = "', 'name = "broken: ', broken, flags=re.MULTILINE)
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n" + broken + "\n")
    exports = [command for command in commands_of(place) if command.startswith("export ")]
    result = run(place, "\n".join([*exports, "fanfare test --config fanfare.toml"]))
    assert result.returncode == 1, result.stdout + result.stderr
    assert len(re.findall(r"^not ok ", result.stdout, flags=re.MULTILINE)) == 1


def test_the_reporter_of_failed_services_sends_json_whatever_the_units_are_called(example, directory):
    place = example("failed-service")
    tools = os.path.join(directory, "tools")
    os.mkdir(tools)
    for name, text in (("systemctl", r'printf "%s\n" "web\\x2dapp.service loaded failed failed A" "cron.service loaded failed failed B"'),
                       ("fanfare", f'printf "%s\\n" "$@" > "{directory}/words"; cat > "{directory}/sent"')):
        with open(os.path.join(tools, name), "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(os.path.join(tools, name), 0o755)
    subprocess.run([os.path.join(place, "report-failure"), r"web\x2dapp.service"], check=True, timeout=60,
                   env={**os.environ, "PATH": tools + os.pathsep + os.environ["PATH"]})
    with open(os.path.join(directory, "sent"), encoding="utf-8") as file:
        assert json.load(file) == {"name": r"web\x2dapp.service",
                                   "failed_services": [r"web\x2dapp.service", "cron.service"]}
    with open(os.path.join(directory, "words"), encoding="utf-8") as file:
        words = file.read().splitlines()
    assert words[:3] == ["send", "--realm", "ops"]
    assert words[words.index("--type") + 1] == "service.failed"
