import os
import shutil
import tempfile

import pytest

from support.daemon import BINARY, Daemon, webhook
from support.receiver import Receiver


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=int(os.environ.get("FANFARE_KILL_ROUNDS", "50")),
                     help="kill -9 rounds of test_kill9.py")
    parser.addoption("--ends", type=int, default=10, help="how often a server of others ends under load")


def pytest_sessionstart(session):
    if not os.access(BINARY, os.X_OK):
        raise pytest.UsageError(f"{BINARY} is not there: build it, or set FANFARE_BUILD to the build directory")


@pytest.fixture
def ends(request):
    return request.config.getoption("--ends")


@pytest.fixture
def directory():
    """Short, because the path of a Unix socket is limited to 107 bytes. Kept if FANFARE_KEEP is set."""
    path = tempfile.mkdtemp(prefix="fanfare-e2e.")
    yield path
    if not os.environ.get("FANFARE_KEEP"):
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def daemon_on(directory):
    """daemon_on(destinations, ...): a Daemon that is not started yet and does not survive the test."""
    made = []

    def make(destinations, **options):
        place = os.path.join(directory, str(len(made)))
        os.mkdir(place, 0o700)
        made.append(Daemon(place, destinations, **options))
        return made[-1]

    yield make
    for daemon in made:
        if daemon.is_running():
            daemon.kill9()


@pytest.fixture
def hooked(daemon_on, receiver):
    """The common case: a running daemon with one webhook destination `hook` at `receiver`."""
    return daemon_on({"hook": webhook(receiver)}).start()
