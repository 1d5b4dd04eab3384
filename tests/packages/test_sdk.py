"""What an author of plugins does: the installed fanfare-dev and a compiler, nothing of this tree."""
import pytest

from built import debs
from service import CONFIG

COMPILERS = {
    "g++": ("gcc", "g++", ""),
    "clang++": ("clang", "clang++", ""),
    "clang++ with libc++": ("clang", "clang++", "-stdlib=libc++"),
}


@pytest.fixture(scope="module")
def author(root):
    root.install("g++", "clang", "libc++-dev", "libc++abi-dev", "cmake", "ninja-build", "pkg-config")
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


def test_pkg_config_says_how_to_compile_without_cmake(author):
    source = "/usr/share/doc/fanfare-dev/examples/hello_c/hello_c.c"
    name = '-DFANFARE_PLUGIN_NAME=\\"hello_c\\" -DFANFARE_PLUGIN_VERSION=\\"1.0.0\\"'
    author.run("sh", "-ec", f"""cc -shared -fPIC -fvisibility=hidden {name} {source} -o hello_c.so \\
        $(pkg-config --cflags fanfare-sdk) -Wl,--version-script=$(pkg-config --variable=map fanfare-sdk) -Wl,-z,defs
        install -m 644 hello_c.so $(pkg-config --variable=plugindir fanfare-sdk)""")
    assert '"hello_c"' in author.run("fanfare", "check", "--schema")
    author.run("rm", "/usr/lib/fanfare/plugins/hello_c.so")
