import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

from built import debs  # noqa: E402
from root import Root  # noqa: E402
from support.receiver import Receiver  # noqa: E402


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def root():
    with Root() as made:
        yield made


@pytest.fixture
def installed(root):
    """The root with package fanfare in it, newly installed, and its configuration as packed."""
    if "install ok installed" not in root.fails("dpkg-query", "-W", "-f=${Status}", "fanfare")[1]:
        root.install(debs()["fanfare"])
    root.run("dpkg", "--purge", "fanfare")
    root.run("dpkg", "-i", *root.bring(debs()["fanfare"]))
    return root
