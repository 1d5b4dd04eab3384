"""`fanfare plugin new`: what it writes builds against the installed SDK, passes its tests, and delivers."""
import json
import os
import subprocess

import pytest
from support.daemon import BINARY, BUILD
from support.wait import until

EX_USAGE, EX_CANTCREAT = 64, 73
PROJECTS = [(lang, kind) for lang in ("cpp", "c") for kind in ("http", "blocking")]


def new(directory, *words):
    return subprocess.run([BINARY, "plugin", "new", *words], cwd=directory, capture_output=True, text=True, check=False)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    """The SDK as fanfare-dev installs it."""
    prefix = str(tmp_path_factory.mktemp("sdk"))
    run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", prefix)
    return prefix


@pytest.mark.parametrize("lang, kind", PROJECTS)
def test_a_new_project_builds_without_a_warning_passes_its_tests_and_delivers(tmp_path, sdk, daemon_on, receiver, lang, kind):
    assert new(tmp_path, "acme", "--lang", lang, "--kind", kind).returncode == 0
    source, build = str(tmp_path / "acme"), str(tmp_path / "build")
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={sdk}", "-DCMAKE_C_FLAGS=-Werror",
        "-DCMAKE_CXX_FLAGS=-Werror")
    run("cmake", "--build", build)
    run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error")

    run(BINARY, "plugin", "check", f"{build}/plugins/acme.so")

    file = tmp_path / "events"
    option = {"url": receiver.url("/hook")} if kind == "http" else {"path": str(file)}
    daemon = daemon_on({"acme": {"plugin": "acme", **option}})
    daemon.config["plugins"]["path"].append(f"{build}/plugins")
    daemon.start()
    assert daemon.post("e-1").status == 202
    if kind == "http":
        (request,) = receiver.wait_for(1)
        assert request.path == "/hook"
    else:
        until(lambda: file.exists() and file.read_text().startswith("e-1\t"), what="the line of the event")
    daemon.drain()


@pytest.mark.parametrize("lang, kind", PROJECTS)
def test_the_options_in_its_readme_are_those_of_its_schema(tmp_path, lang, kind):
    assert new(tmp_path, "acme", "--lang", lang, "--kind", kind).returncode == 0
    readme = (tmp_path / "acme/README.md").read_text()
    source = (tmp_path / f"acme/src/acme.{lang}").read_text().replace('\\"', '"').replace('"\n', "").replace('\n    "', "")
    for option in ("url", "token") if kind == "http" else ("path",):
        assert f"| `{option}` |" in readme
        assert f'"{option}": {{' in source


def test_no_placeholder_is_left_in_a_project(tmp_path):
    for lang, kind in PROJECTS:
        name = f"{lang}_{kind}"
        done = new(tmp_path, name, "--lang", lang, "--kind", kind, "--json")
        for path in json.loads(done.stdout)["files"]:
            text = (tmp_path / path).read_text()
            left = [word for word in ("@NAME@", "@CLASS@", "@PACKAGE@", "@EXTENSION@", "@LANGUAGES@") if word in text]
            assert not left, path
            assert "NAME" not in os.path.basename(path)


@pytest.mark.parametrize("words", [["Acme"], ["9to5"], ["a-b"], ["a__b"], ["a_"], ["../x"], [""], ["a" * 41],
                                   ["acme", "--lang", "go"], ["acme", "--kind", "tcp"]])
def test_what_is_no_name_or_no_kind_is_refused_with_a_sentence_and_nothing_is_made(tmp_path, words):
    done = new(tmp_path, *words)
    assert (done.returncode, done.stdout) == (EX_USAGE, "")
    assert "say " in done.stderr or "is no name for a plugin" in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_directory_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/mine").write_text("mine")
    done = new(tmp_path, "acme")
    assert done.returncode == EX_CANTCREAT and "it is there already" in done.stderr
    assert os.listdir(tmp_path / "acme") == ["mine"]
    assert new(tmp_path, "acme", "--dir", "other").returncode == 0
    assert (tmp_path / "other/src/acme.cpp").exists()


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    done = new(tmp_path, "acme", "--dir", "no/such/parent")
    assert done.returncode == EX_CANTCREAT and "no/such/parent" in done.stderr
