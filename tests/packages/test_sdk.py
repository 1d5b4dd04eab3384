"""What an author of plugins does: the installed fanfare-dev and a compiler, nothing of this tree."""
import os

import pytest

from built import debs, output
from service import CONFIG, Service, listen_anywhere
from support.wait import until

COMPILERS = {
    "g++": ("gcc", "g++", ""),
    "clang++": ("clang", "clang++", ""),
    "clang++ with libc++": ("clang", "clang++", "-stdlib=libc++"),
}


@pytest.fixture(scope="module")
def author(root):
    root.install("build-essential", "file", "clang", "libc++-dev", "libc++abi-dev", "cmake", "ninja-build", "pkg-config")
    root.install(debs()["fanfare"], debs()["fanfare-dev"])
    return root


@pytest.mark.parametrize("example", ["hello_sink", "hello_c"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_builds_the_example_and_the_daemon_loads_it(author, example, compiler):
    cc, cxx, flags = COMPILERS[compiler]
    author.run("rm", "-rf", "/tmp/build")
    author.run("cmake", "-G", "Ninja", "-S", f"/usr/share/doc/fanfare-dev/examples/{example}", "-B", "/tmp/build",
               "-DCMAKE_INSTALL_PREFIX=/usr", env={"CC": cc, "CXX": cxx, "CXXFLAGS": flags})
    author.run("cmake", "--build", "/tmp/build")
    author.run("cmake", "--install", "/tmp/build")
    assert f'"{example}"' in author.run("fanfare", "check", "--schema", "--config", CONFIG)
    author.run("rm", f"/usr/lib/fanfare/plugins/{example}.so")


@pytest.fixture
def configured(author):
    """configured(TOML): the daemon's whole configuration beside /etc/fanfare/fanfare.toml is this one file, dropped in."""
    usual = author.read(CONFIG)
    listen_anywhere(author)

    def drop(text):
        author.write("/etc/fanfare/conf.d/plugin.toml", text)

    yield drop
    author.run("rm", "-f", "/etc/fanfare/conf.d/plugin.toml")
    author.write(CONFIG, usual)


PLUGINS = "/usr/lib/fanfare/plugins"
ONE_DESTINATION = """
[destination.{name}]
plugin = "{name}"
{option}

[[route]]
name = "all-to-{name}"
to = "{name}"
"""


@pytest.fixture
def proc(author):
    """/proc, by which the daemon starts itself once more for a plugin apart; other tests need none."""
    output("mount", "-t", "proc", "proc", author.at("/proc"))
    yield
    output("umount", author.at("/proc"))


def test_builds_the_example_in_rust_with_debians_compiler_and_it_delivers(author, configured, proc):
    author.install("cargo")
    author.run("cp", "-r", "/usr/share/doc/fanfare-dev/examples/hello_rust", "/tmp/hello_rust")
    author.run("cargo", "build", "--release", "--offline", "--manifest-path", "/tmp/hello_rust/Cargo.toml")
    author.run("install", "-m", "644", "/tmp/hello_rust/target/release/libhello_rust.so", f"{PLUGINS}/hello_rust.so")
    author.run("fanfare", "plugin", "check", f"{PLUGINS}/hello_rust.so")
    for number, isolation in enumerate(("none", "process"), 1):
        configured(ONE_DESTINATION.format(name="hello_rust", option=f'greeting = "bonjour"\nisolation = "{isolation}"'))
        with Service(author) as service:
            assert service.post(f"e-{isolation}") == 202
            assert service.post(f"e-empty-{isolation}", b"") == 202
            until(lambda: len(service.deliveries("sent")) == number and len(service.deliveries("dead")) == number, what="both outcomes")
            assert [line for line in service.log().splitlines() if "bonjour" in line and f"e-{isolation}" in line]
    author.run("rm", f"{PLUGINS}/hello_rust.so")


def wait_for_line(root, path, event_id):
    until(lambda: os.path.exists(root.at(path)) and event_id in root.read(path), what=f"the line of {event_id}")


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("lang", ["cpp", "c"])
def test_a_new_project_is_packed_installed_configured_by_one_file_and_delivers(author, configured, receiver, lang, compiler):
    cc, cxx, flags = COMPILERS[compiler]
    author.run("rm", "-rf", "/tmp/acme", "/tmp/build")
    author.run("fanfare", "plugin", "new", "acme", "--lang", lang, "--dir", "/tmp/acme")
    author.run("cmake", "-G", "Ninja", "-S", "/tmp/acme", "-B", "/tmp/build", env={"CC": cc, "CXX": cxx, "CXXFLAGS": flags})
    author.run("cmake", "--build", "/tmp/build")
    author.run("ctest", "--test-dir", "/tmp/build", "--output-on-failure", "--no-tests=error")
    author.run("fanfare", "plugin", "check", "/tmp/build/plugins/acme.so")
    author.run("cpack", "-G", "DEB", "--config", "/tmp/build/CPackConfig.cmake", "-B", "/tmp/build/packages")
    (deb,) = [name for name in os.listdir(author.at("/tmp/build/packages")) if name.endswith(".deb")]
    assert "fanfare-plugin-abi-1 (>= 1.0)" in author.run("dpkg-deb", "-f", f"/tmp/build/packages/{deb}", "Depends")
    author.run("dpkg", "-i", f"/tmp/build/packages/{deb}")

    example = author.read("/usr/share/doc/fanfare-plugin-acme/examples/acme.toml")
    configured(example.replace("https://api.example.com/events", receiver.url("/acme")))
    with Service(author) as service:
        event = f"e-{lang}-{cxx}{flags}"  # the store outlives the package
        assert service.post(event, b'{"n": 1}') == 202
        (request,) = receiver.wait_for(1)
        assert (request.path, request.body) == ("/acme", b'{"n": 1}')
        until(lambda: event in [one["event_id"] for one in service.deliveries("sent")], what="the answer")
    author.run("dpkg", "--purge", "fanfare-plugin-acme")
    assert not os.path.exists(author.at(f"{PLUGINS}/acme.so"))


@pytest.mark.parametrize("lang", ["cpp", "c"])
def test_the_script_of_a_new_project_that_waits_passes_and_makes_a_deb_and_an_rpm(author, configured, lang):
    author.install("rpm")
    author.run("rm", "-rf", "/tmp/acme")
    author.run("fanfare", "plugin", "new", "acme", "--lang", lang, "--kind", "blocking", "--dir", "/tmp/acme")
    author.run("/tmp/acme/ci")
    packages = {name.rsplit(".", 1)[1]: f"/tmp/acme/build/packages/{name}"
                for name in os.listdir(author.at("/tmp/acme/build/packages")) if name.endswith((".deb", ".rpm"))}
    assert set(packages) == {"deb", "rpm"}
    assert "fanfare-plugin-abi-1 >= 1.0" in author.run("rpm", "-qpR", packages["rpm"]).splitlines()
    assert f"{PLUGINS}/acme.so" in author.run("rpm", "-qpl", packages["rpm"]).splitlines()
    author.run("dpkg", "-i", packages["deb"])
    configured(author.read("/usr/share/doc/fanfare-plugin-acme/examples/acme.toml"))
    with Service(author) as service:
        assert service.post(f"e-waits-{lang}") == 202
        wait_for_line(author, "/var/log/fanfare/acme.log", f"e-waits-{lang}")
    author.run("rm", "/var/log/fanfare/acme.log")
    author.run("dpkg", "--purge", "fanfare-plugin-acme")


def test_pkg_config_says_how_to_compile_without_cmake(author):
    source = "/usr/share/doc/fanfare-dev/examples/hello_c/hello_c.c"
    name = '-DFANFARE_PLUGIN_NAME=\\"hello_c\\" -DFANFARE_PLUGIN_VERSION=\\"1.0.0\\"'
    author.run("sh", "-ec", f"""cc -shared -fPIC -fvisibility=hidden {name} {source} -o hello_c.so \\
        $(pkg-config --cflags fanfare-sdk) -Wl,--version-script=$(pkg-config --variable=map fanfare-sdk) -Wl,-z,defs
        install -m 644 hello_c.so $(pkg-config --variable=plugindir fanfare-sdk)""")
    assert '"hello_c"' in author.run("fanfare", "check", "--schema")
    author.run("rm", "/usr/lib/fanfare/plugins/hello_c.so")
