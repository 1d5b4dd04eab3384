"""The rpm of the daemon in a root whose rpm database is empty but for one package: what the libraries there provide."""
import glob
import os
import subprocess

import pytest

from built import debs, field, output, rpms
from service import Service, listen_anywhere
from test_deb import configure

BASE = """
Name: base
Version: 1
Release: 1
Summary: What is in the root already
License: none
{provides}
%description
Stands for the packages of a distribution.
%files
"""


def provided_by(root):
    """What rpm itself sees in the libraries of the root."""
    folder = root.at("/usr/lib/x86_64-linux-gnu")
    libraries = glob.glob(f"{folder}/*.so.*") + glob.glob(f"{folder}/ld-*")
    return sorted(set(output("/usr/lib/rpm/rpmdeps", "--provides", input="\n".join(libraries)).splitlines()) - {""})


def rpm(root, *arguments):
    """What rpm prints; fails also where a script of the package did, which rpm takes for a warning."""
    proc = ("unshare", "--mount", f"--mount-proc={root.at('/proc')}", "--pid", "--fork")
    command = [*proc, "rpm", "--root", root.path, "--dbpath", "/var/lib/rpm", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "scriptlet failed" not in result.stderr, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def with_base(root, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("base")
    root.run("apt-get", "-q", "satisfy", "-y", "--no-install-recommends", field(debs()["fanfare"], "Depends"))
    provides = [*provided_by(root), "rtld(GNU_HASH)", "systemd", "/bin/sh"]
    spec = tmp_path / "base.spec"
    spec.write_text(BASE.format(provides="\n".join(f"Provides: {name}" for name in provides)))
    output("rpmbuild", "-bb", "--define", f"_topdir {tmp_path}", "--define", "_build_id_links none", str(spec))
    (base,) = glob.glob(f"{tmp_path}/RPMS/*/base-1-1.*.rpm")
    rpm(root, "--initdb")
    rpm(root, "-i", base)
    return root


def test_it_is_installed_with_what_it_requires_and_runs(with_base, receiver):
    root = with_base
    assert not [path for path in root.files() if "fanfare" in path]
    rpm(root, "-i", rpms()["fanfare"])
    root.run("setpriv", "--reuid=fanfare", "--regid=fanfare", "--clear-groups", "/usr/bin/fanfare", "check")
    assert rpm(root, "-V", "fanfare") == ""
    configure(root, receiver.url("/hook"))
    with Service(root) as service:
        assert service.post("e-1", b'{"n": 1}') == 202
        (request,) = receiver.wait_for(1)
        assert (request.event_id, request.body) == ("e-1", b'{"n": 1}')
    rpm(root, "-U", "--replacepkgs", rpms()["fanfare"])
    assert "hook" in root.read("/etc/fanfare/conf.d/hook.toml")
    rpm(root, "-e", "fanfare")
    assert not os.path.exists(root.at("/usr/bin/fanfare"))
    assert os.listdir(root.at("/var/lib/fanfare"))


def test_a_new_project_becomes_an_rpm_that_asks_for_the_abi_is_installed_beside_the_daemon_and_delivers(with_base, receiver):
    root = with_base
    root.install("build-essential", "cmake", "file", "rpm", debs()["fanfare-dev"])
    rpm(root, "-i", rpms()["fanfare"])
    root.run("fanfare", "plugin", "new", "acme", "--dir", "/tmp/acme")
    root.run("cmake", "-S", "/tmp/acme", "-B", "/tmp/build")
    root.run("cmake", "--build", "/tmp/build")
    root.run("cpack", "-G", "RPM", "--config", "/tmp/build/CPackConfig.cmake", "-B", "/tmp/build/packages")
    (package,) = glob.glob(root.at("/tmp/build/packages/*.rpm"))
    rpm(root, "-i", package)
    assert "fanfare-plugin-abi-1 >= 1.0" in rpm(root, "-qR", "fanfare-plugin-acme").splitlines()

    listen_anywhere(root)
    example = root.read("/usr/share/doc/fanfare-plugin-acme/examples/acme.toml")
    root.write("/etc/fanfare/conf.d/acme.toml", example.replace("https://api.example.com/events", receiver.url("/acme")))
    with Service(root) as service:
        assert service.post("e-acme") == 202
        (request,) = receiver.wait_for(1)
        assert request.path == "/acme"
    rpm(root, "-e", "fanfare-plugin-acme")
    assert not os.path.exists(root.at("/usr/lib/fanfare/plugins/acme.so"))
    root.run("rm", "/etc/fanfare/conf.d/acme.toml")
    rpm(root, "-e", "fanfare")
