"""`fanfare check --schema` says to an editor what `fanfare check` says to an operator."""
import datetime
import json
import os
import subprocess
import tomllib

import jsonschema
import pytest

from support.daemon import BINARY, PLUGINS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLES = [os.path.join(ROOT, "etc", *path) for path in (
    ("fanfare", "fanfare.toml"),
    ("examples", "quickstart", "fanfare.toml"),
    ("examples", "github", "fanfare.toml"),
    ("examples", "inventory", "fanfare.toml"),
    ("examples", "gadz-bus", "fanfare.toml"),
    ("examples", "failed-service", "fanfare.toml"),
)]
HOOK = '[destination.hook]\nplugin = "webhook"\nurl = "http://127.0.0.1:1/"\n'


def dates_as_text(value):
    """Editors hand a date of TOML to the schema as a string."""
    if isinstance(value, dict):
        return {key: dates_as_text(member) for key, member in value.items()}
    if isinstance(value, list):
        return [dates_as_text(element) for element in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def run_check(directory, text, *options):
    path = os.path.join(directory, "fanfare.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'[plugins]\npath = "{PLUGINS}"\n' + text)
    return subprocess.run([BINARY, "check", "--config", path, *options], capture_output=True, text=True, check=False)


@pytest.fixture
def schema(directory):
    result = run_check(directory, "", "--schema")
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def faults(schema):
    validator = jsonschema.Draft7Validator(schema)
    return lambda text: [error.message for error in validator.iter_errors(dates_as_text(tomllib.loads(text)))]


def test_the_schema_is_one_of_draft_7_and_every_reference_leads_somewhere(schema):
    jsonschema.Draft7Validator.check_schema(schema)
    resolver = jsonschema.RefResolver.from_schema(schema)

    def visit(node):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            resolver.resolve(node["$ref"])
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            visit(child)

    visit(schema)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: os.path.basename(os.path.dirname(path)))
def test_every_configuration_that_is_shipped_satisfies_the_schema(faults, sample):
    with open(sample, encoding="utf-8") as file:
        assert faults(file.read().replace("@DIR@", "/tmp")) == []


def test_the_options_of_a_plugin_are_those_that_it_states(faults):
    assert faults(HOOK) == []
    assert faults(HOOK + 'method = "PUT"\nenabled = false\ndelivery.timeout = "5s"\n') == []
    assert faults(HOOK + 'method = "FETCH"\n') != []
    assert faults('[destination.hook]\nplugin = "webhook"\n') != [], "url is missing"
    assert faults(HOOK.replace("webhook", "file")) != [], "file has no url"


def test_a_secret_may_stand_there_or_be_named(faults):
    for secret in ('"whsec_abc"', '{ file = "/s" }', '{ env = "S" }', '{ credential = "s" }', '["a", { env = "S" }]'):
        assert faults(HOOK + f"secret = {secret}\n") == [], secret
    for secret in ("7", "{ fiel = '/s' }", "{ file = '/s', env = 'S' }", "{}"):
        assert faults(HOOK + f"secret = {secret}\n") != [], secret


def test_a_destination_of_a_plugin_that_is_not_installed_may_have_any_option(faults):
    assert faults('[destination.later]\nplugin = "carrier-pigeon"\nloft = 3\n') == []


# A key that nobody knows, in each kind of table.
@pytest.mark.parametrize("text", [
    "[srever]\n",
    "[server]\nlisten_on = 1\n",
    "[store]\nplace = 1\n",
    "[log]\nloudness = 1\n",
    "[realm.a]\ncolour = 1\n",
    HOOK + "colour = 1\n",
    HOOK + "[destination.hook.delivery]\nspeed = 1\n",
    HOOK + "[destination.hook.delivery.retry]\ncount = 1\n",
    HOOK + "[destination.hook.shape]\nround = 1\n",
    HOOK + '[[route]]\nname = "a"\nto = "hook"\ncolour = 1\n',
    HOOK + '[[route]]\nname = "a"\nto = { destination = "hook", colour = 1 }\n',
], ids=lambda text: text.splitlines()[-1])
def test_an_unknown_key_is_refused_by_both(faults, directory, text):
    assert faults(text) != []
    assert run_check(directory, text).returncode == 78


@pytest.mark.parametrize("text", [
    '[server]\nhead_timeout = "1m30s"\n',
    '[server]\nmax_body = "64KiB"\n',
    "[server]\nmax_body = 4096\n",
    HOOK + '[destination.hook.delivery.retry]\nschedule = ["5s", "100ms"]\n',
    HOOK + '[[route]]\nname = "a"\nto = "hook"\nrealms = "b"\nmatch.data.a.b = ["c", 1, true]\n',
], ids=lambda text: text.splitlines()[-1])
def test_what_check_takes_the_schema_takes(faults, directory, text):
    result = run_check(directory, text)
    assert result.returncode == 0, result.stdout
    assert faults(text) == []


@pytest.mark.parametrize("text", [
    "[server]\nhead_timeout = 30\n",
    '[server]\nhead_timeout = ""\n',
    '[server]\nhead_timeout = "1m1h"\n',
    '[server]\nmax_body = "8 MiB"\n',
    "[server]\nmax_body = 0\n",
    "[server]\nthreads = 0\n",
    '[realm."not a name"]\n',
    '[destination."not a name"]\nplugin = "file"\npath = "/tmp/a"\n',
    HOOK + '[[route]]\nname = "a"\nto = []\n',
    HOOK + '[[route]]\nname = "a"\nto = "hook"\nrealms = []\n',
    HOOK + '[[route]]\nname = "a"\nto = "hook"\ntypes = [""]\n',
    HOOK + '[[route]]\nto = "hook"\n',
], ids=lambda text: text.splitlines()[-1])
def test_what_the_schema_refuses_check_refuses(faults, directory, text):
    assert faults(text) != []
    assert run_check(directory, text).returncode == 78


def test_without_a_configuration_the_schema_is_that_of_the_default_plugins_path(directory):
    path = os.path.join(directory, "absent.toml")
    result = subprocess.run([BINARY, "check", "--schema", "--config", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0
    assert json.loads(result.stdout)["definitions"]["server"]


def test_a_plugin_that_cannot_be_loaded_is_left_out_by_name(directory):
    plugins = os.path.join(directory, "plugins")
    os.mkdir(plugins, 0o755)
    with open(os.path.join(plugins, "broken.so"), "w", encoding="utf-8") as file:
        file.write("not a library")
    path = os.path.join(directory, "fanfare.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write('[plugins]\npath = "plugins"\n')
    result = subprocess.run([BINARY, "check", "--schema", "--config", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0
    assert "left out: plugin 'broken' " in result.stderr
    assert "plugin.broken" not in json.loads(result.stdout)["definitions"]
