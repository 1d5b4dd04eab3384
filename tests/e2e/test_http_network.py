"""The network policy of a destination: which addresses are never connected to, whatever they are written as.

Names resolve as a test says (libnss-wrapper); strace and a listener tell what was connected to."""
import glob
import os

import pytest

from support import strace
from support.daemon import webhook
from support.wait import until

NSS_WRAPPER = glob.glob("/usr/lib/*/libnss_wrapper.so")


def hook(receiver, url=None, http=None):
    return {**webhook(receiver), **({"url": url} if url else {}), **({"http": http} if http else {})}


@pytest.fixture
def names(directory):
    """An environment in which names resolve as given: names({"x.example": "127.0.0.1"})."""
    assert NSS_WRAPPER, "package libnss-wrapper is not installed"

    def make(hosts):
        path = os.path.join(directory, "hosts")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{address} {name}\n" for name, address in hosts.items())
        return {**os.environ, "LD_PRELOAD": NSS_WRAPPER[0], "NSS_WRAPPER_HOSTS": path}

    return make


def dead_reason(daemon):
    delivery = until(lambda: next(daemon.deliveries(state="dead"), None), 30, "the dead delivery")
    return delivery["reason"]


def test_a_name_that_turns_out_to_be_loopback_is_refused_unless_listed(daemon_on, receiver, names):
    url = f"http://innocent.example:{receiver.port}/hook"
    env = names({"innocent.example": "127.0.0.1"})
    daemon = daemon_on({"hook": hook(receiver, url=url)}).start(env=env)
    daemon.post("one")
    reason = dead_reason(daemon)
    for part in ("innocent.example", "127.0.0.1 is a loopback address", 'http.allow = ["127.0.0.1"]'):
        assert part in reason
    assert receiver.connections == 0

    daemon.config["destination"]["hook"]["http"] = {"allow": [f"127.0.0.1:{receiver.port}"]}
    daemon.write_config()
    assert daemon.admin("POST", "/v1/reload").json["changed"] == ["hook"]
    daemon.post("two")
    assert receiver.wait_for(1)[0].event_id == "two"


def test_in_public_private_addresses_and_loopback_are_refused(daemon_on, receiver, names):
    env = names({"intranet.example": "10.1.2.3"})
    daemon = daemon_on({"literal": hook(receiver, http={"network": "public"}),
                        "name": hook(receiver, url="http://intranet.example/hook", http={"network": "public"}),
                        "listed": hook(receiver, url=receiver.url("/listed"),
                                       http={"network": "public", "allow": "127.0.0.1"})}).start(env=env)
    daemon.post("one")
    until(lambda: daemon.status()["deliveries"]["dead"] == 2, 30, "two dead deliveries")
    reasons = {delivery["destination"]: delivery["reason"] for delivery in daemon.deliveries(state="dead")}
    assert "127.0.0.1 is a loopback address" in reasons["literal"]
    assert "10.1.2.3 is a private address" in reasons["name"]
    assert [request.path for request in receiver.wait_for(1)] == ["/listed"]
    assert receiver.connections == 1


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/",
    "http://[64:ff9b::a9fe:a9fe]/latest/",
    "http://[2002:a9fe:a9fe::1]/latest/",
    "http://[fd00:ec2::254]/latest/",
    "http://100.100.100.200/latest/",
    "http://168.63.129.16/machine",
    "http://0251.0376.0251.0376/latest/",
    "http://2852039166/latest/",
    "http://0xa9fea9fe/latest/",
    "http://metadata.example/latest/",
    "http://0.0.0.0:{port}/hook",
    "http://[::]:{port}/hook",
    "http://[::ffff:127.0.0.1]:{port}/hook",
    "http://2130706433:{port}/hook",
    "http://127.1:{port}/hook",
])
def test_no_connection_to_metadata_services_or_disguised_loopback_is_begun(daemon_on, receiver, names, directory, url):
    env = names({"metadata.example": "169.254.169.254"})
    daemon = daemon_on({"bad": hook(receiver, url=url.format(port=receiver.port)),
                        "good": hook(receiver, url=receiver.url("/good"))}).start(env=env)
    trace = strace.Strace(daemon.process.pid, os.path.join(directory, "strace"), ["connect"])
    daemon.post("one")
    dead_reason(daemon)
    receiver.wait_for(1)
    connects = [call.text for call in trace.stop() if "AF_INET" in call.text]
    # The one to the good destination proves that the trace sees them.
    assert any(f"htons({receiver.port})" in text for text in connects)
    assert [request.path for request in receiver.requests()] == ["/good"] and receiver.connections == 1
    assert len([text for text in connects if "127.0.0.1" in text and f"htons({receiver.port})" in text]) == 1
    denied = ("169.254.169.254", "a9fe", "fd00:ec2", "100.100.100.200", "168.63.129.16", '"0.0.0.0"', '"::"')
    assert not any(address in text for text in connects for address in denied)
