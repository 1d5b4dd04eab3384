"""`fanfare check --graph` draws what the configuration says, and nothing that a name in it says."""
import os
import re
import subprocess

import pytest

from support.daemon import BINARY, PLUGINS

# Into quotes, labels, HTML, comments and further nodes, of either language.
HOSTILE = 'a"];evil -> worse[label="<b>&lt;\\\\N\\\\l\\n%%{`}'

CONFIG = f"""\
[server]
admin = "unix:admin.sock"
[plugins]
path = "{PLUGINS}"
[realm.inventory]
[destination.hook]
plugin = "webhook"
url = "http://127.0.0.1:1/"
[destination.old]
plugin = "file"
path = "/tmp/old"
enabled = false
[[route]]
name = "changes"
realms = ["inventory"]
types = ["change.*", "{HOSTILE.replace('"', chr(92) + '"')}"]
match.data.name = ["{HOSTILE.replace('"', chr(92) + '"')}"]
to = ["hook", "old"]
[[route]]
name = "all"
to = "hook"
"""


@pytest.fixture
def graph(directory):
    def run(*options, config=CONFIG):
        path = os.path.join(directory, "fanfare.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        return subprocess.run([BINARY, "check", "--config", path, *options], capture_output=True, text=True, check=False)

    return run


def test_graphviz_reads_the_nodes_and_edges_that_were_configured_and_no_others(graph):
    result = graph("--graph", "dot")
    assert result.returncode == 0, result.stderr
    plain = subprocess.run(["dot", "-Tplain"], input=result.stdout, capture_output=True, text=True, check=True)
    assert plain.stderr == ""
    rows = [line.split(" ") for line in plain.stdout.splitlines()]
    nodes = {row[1] for row in rows if row[0] == "node"}
    edges = {(row[1], row[2], "dashed" in row) for row in rows if row[0] == "edge"}
    assert nodes == {"realm0", "any_realm", "route0", "route1", "destination0", "destination1"}
    assert edges == {("realm0", "route0", False), ("route0", "destination0", False), ("route0", "destination1", True),
                     ("any_realm", "route1", False), ("route1", "destination0", False)}


def test_graphviz_shows_hostile_text_as_text(graph):
    dot = graph("--graph", "dot").stdout
    shown = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
    assert "&lt;b&gt;&amp;lt;\\N" in shown.replace("&#45;", "-"), shown


def test_mermaid_has_one_statement_per_line_and_no_text_outside_of_its_label(graph):
    result = graph("--graph", "mermaid")
    assert result.returncode == 0, result.stderr
    first, *lines = result.stdout.splitlines()
    assert first == "flowchart LR"
    label = r'"(?:[\w .,:/()=?!+\-]|#\d+;|<br/>)*"'
    node = re.compile(rf"    \w+(\(\[{label}\]\)|\({label}\)|\[{label}\])")
    edge = re.compile(r"    \w+ (-->|-\.->) \w+")
    style = re.compile(r"    style \w+ stroke-dasharray: 5 5")
    for line in lines:
        assert node.fullmatch(line) or edge.fullmatch(line) or style.fullmatch(line), line
    assert sum(1 for line in lines if node.fullmatch(line)) == 6
    assert "    route0 -.-> destination1" in lines


def test_warnings_do_not_stand_in_the_picture(graph):
    result = graph("--graph", "dot")
    assert "'old' is disabled" in result.stderr
    assert result.stdout.startswith("digraph fanfare {")


def test_a_configuration_that_cannot_work_has_no_picture(graph):
    result = graph("--graph", "dot", config=CONFIG.replace('to = "hook"', 'to = "hok"'))
    assert (result.returncode, result.stdout) == (78, "")
    assert "did you mean 'hook'" in result.stderr


@pytest.mark.parametrize("options", [("--graph", "svg"), ("--graph",), ("--graph", "dot", "--schema")])
def test_a_wrong_use_is_told(graph, options):
    result = graph(*options)
    assert (result.returncode, result.stdout) == (64, "")
    assert "graph" in result.stderr
