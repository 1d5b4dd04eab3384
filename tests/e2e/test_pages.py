"""Manual pages and completion, as the build made them and as mandoc, bash and zsh read them."""
import glob
import os
import shutil
import subprocess

from support.daemon import BINARY, webhook
from support.terminal import Terminal

SHARE = os.path.join(os.path.dirname(BINARY), "share")
BASH = os.path.join(SHARE, "bash-completion/completions/fanfare")
ZSH = os.path.join(SHARE, "zsh/vendor-completions/_fanfare")


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def commands():
    listing = run(BINARY, "--help").stdout.split("commands:")[1].split("\n\n")[0]
    lines = [line.strip().split("  ")[0].split() for line in listing.splitlines() if line.strip()]
    return [" ".join(word for word in words if word.islower()) for words in lines]


def complete(*words, path=None):
    """What bash offers for the last of these words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fanfare; printf "%s\\n" "${COMPREPLY[@]}"')
    env = dict(os.environ, PATH=f"{path or os.path.dirname(BINARY)}:{os.environ['PATH']}")
    result = run("bash", "-u", "-c", script, "bash", BASH, "fanfare", *words, env=env)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return [word for word in result.stdout.split("\n") if word]


def test_mandoc_finds_no_fault_in_any_page():
    pages = sorted(glob.glob(os.path.join(SHARE, "man/man1/*.1")))
    assert len(pages) == len(commands()) + 1
    result = run("mandoc", "-T", "lint", "-W", "warning", *pages)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_page_of_every_command_shows_its_options_as_they_are_typed():
    for name in commands():
        page = run("mandoc", "-T", "ascii", "-O", "width=1000", os.path.join(SHARE, f"man/man1/fanfare-{name.replace(' ', '-')}.1"))
        plain = run("col", "-bx", input=page.stdout).stdout
        help_text = run(BINARY, *name.split(), "--help").stdout.split("options:")[1]
        for line in help_text.splitlines():
            if line.startswith("  --"):
                option = line.strip().split("  ")[0]
                assert option in plain, f"{option} in the page of {name}"


def test_bash_completes_commands_options_states_and_files(directory):
    assert complete("deliv") == ["deliveries"]
    assert {"list", "show", "retry"} <= set(complete("deliveries", ""))
    for name in commands():
        offered = set(complete(*name.split(), "--"))
        help_text = run(BINARY, *name.split(), "--help").stdout.split("options:")[1]
        typed = {line.split()[0] for line in help_text.splitlines() if line.startswith("  --")}
        assert offered == typed, name
    assert complete("deliveries", "list", "--state", "de") == ["dead"]
    assert complete("check", "--graph", "") == ["dot", "mermaid"]
    with open(os.path.join(directory, "event.json"), "w", encoding="utf-8") as file:
        file.write("{}")
    assert complete("send", os.path.join(directory, "ev")) == [os.path.join(directory, "event.json")]


def test_bash_offers_the_destinations_of_the_running_daemon(daemon_on, receiver, directory):
    daemon = daemon_on({"crm": webhook(receiver), "chat": webhook(receiver)}).start()
    # The completion asks the daemon of the default configuration; here that is ours.
    wrapper = os.path.join(directory, "fanfare")
    with open(wrapper, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {BINARY} "$@" --config {daemon.directory}/fanfare.toml\n')
    os.chmod(wrapper, 0o755)
    assert sorted(complete("deliveries", "list", "--destination", "c", path=directory)) == ["chat", "crm"]
    assert complete("deliveries", "list", "--destination", "cr", path=directory) == ["crm"]


def test_zsh_reads_its_completion_and_offers_the_same_options():
    zsh = shutil.which("zsh")
    assert zsh, "zsh is a test dependency: packaging/install-dependencies test"
    result = run(zsh, "-f", "-n", ZSH)
    assert (result.returncode, result.stderr) == (0, "")
    # _arguments hands its specifications to this stand-in.
    script = (f'_arguments() {{ print -rl -- "$@" }}; words=(fanfare deliveries list ""); CURRENT=4; source {ZSH}')
    specifications = run(zsh, "-f", "-c", script)
    assert specifications.returncode == 0, specifications.stderr
    assert "--state[" in specifications.stdout and "--destination[" in specifications.stdout
    assert ":STATE:(waiting sending sent dead cancelled)" in specifications.stdout


def test_zsh_completes_as_it_is_typed(directory):
    with Terminal(directory, columns=100) as terminal:
        terminal.type("env", f"PATH={os.path.dirname(BINARY)}:{os.environ['PATH']}", "PS1=zsh> ", "zsh", "-f")
        terminal.wait_for("zsh>")
        terminal.write(f"fpath=({os.path.dirname(ZSH)} $fpath); autoload -Uz compinit; compinit -u -D; clear; echo 'loa''ded'")
        terminal.press("Enter")
        terminal.wait_for("loaded")
        for typed, completed in [("fanfare deliv", "fanfare deliveries"), ("fanfare deliveries ca", "fanfare deliveries cancel"),
                                 ("fanfare deliveries list --st", "fanfare deliveries list --state"),
                                 ("fanfare deliveries list --state de", "fanfare deliveries list --state dead"),
                                 ("fanfare check --graph m", "fanfare check --graph mermaid")]:
            terminal.press("C-u", "C-l")
            terminal.write(typed)
            terminal.press("Tab")
            terminal.wait_for(completed)
