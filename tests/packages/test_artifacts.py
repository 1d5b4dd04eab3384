"""The packages as files: what is in them, what they ask for, what the tools of Debian and of rpm say of them."""
import functools
import glob
import hashlib
import os
import re
import subprocess
import time

from built import OUT, SOURCE, deb_files, debs, field, output, rpm_files, rpms

BUNDLED = ["webhook", "file", "mattermost", "dockerhub"]
RPM_NAMES = {"fanfare-dev": "fanfare-devel", "fanfare-dbgsym": "fanfare-debuginfo"}


def plugins():
    """Those of this tree; a folder of plugins/ may also hold what several of them share."""
    names = []
    for path in glob.glob(f"{SOURCE}/plugins/*/CMakeLists.txt"):
        with open(path, encoding="utf-8") as file:
            names += re.findall(r"^fanfare_add_plugin\((\w+)", file.read(), re.MULTILINE)
    return sorted(names)


def abi():
    with open(f"{SOURCE}/sdk/include/fanfare/plugin.h", encoding="utf-8") as file:
        text = file.read()
    return tuple(re.search(rf"#define FANFARE_ABI_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR"))


def test_there_is_one_package_for_each_plugin_that_does_not_come_with_the_daemon():
    wanted = {"fanfare", "fanfare-dev", "fanfare-dbgsym"} | {f"fanfare-plugin-{name}" for name in plugins() if name not in BUNDLED}
    assert set(debs()) == wanted
    assert set(rpms()) == {RPM_NAMES.get(name, name) for name in wanted}


def test_each_rpm_has_the_files_of_the_deb():
    for name, path in debs().items():
        rpm = rpms()[RPM_NAMES.get(name, name)]
        assert deb_files(path) == rpm_files(rpm), name


def test_each_plugin_is_in_one_package():
    places = {}
    for name, path in debs().items():
        for file in deb_files(path):
            if file.startswith("/usr/lib/fanfare/plugins/"):
                places.setdefault(os.path.basename(file), []).append(name)
    assert places == {f"{name}.so": ["fanfare" if name in BUNDLED else f"fanfare-plugin-{name}"] for name in plugins()}


def test_what_a_plugin_says_of_itself_leads_to_no_page_that_the_package_has_not():
    for name in plugins():
        if name in BUNDLED:
            continue
        path, folder = debs()[f"fanfare-plugin-{name}"], f"/usr/share/doc/fanfare-plugin-{name}"
        text = output("sh", "-c", f"dpkg-deb --fsys-tarfile {path} | tar -xO .{folder}/README.md")
        assert "## Options" in text
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert os.path.normpath(f"{folder}/{link}") in deb_files(path), f"{name}: {link}"


def test_all_of_the_configuration_is_marked_as_such():
    files = {path for path in deb_files(debs()["fanfare"]) if path.startswith("/etc/")}
    assert "/etc/fanfare/fanfare.toml" in files
    marked = output("dpkg-deb", "-I", debs()["fanfare"], "conffiles")
    assert set(marked.split()) == files
    assert set(output("rpm", "-qpc", rpms()["fanfare"]).split()) == files


def test_the_daemon_provides_the_abi_and_plugins_ask_for_it():
    major, minor = abi()
    assert field(debs()["fanfare"], "Provides") == f"fanfare-plugin-abi-{major} (= {major}.{minor})"
    assert f"fanfare-plugin-abi-{major} = {major}.{minor}" in output("rpm", "-qpP", rpms()["fanfare"]).splitlines()
    for name, path in debs().items():
        if name.startswith("fanfare-plugin-"):
            assert f"fanfare-plugin-abi-{major} (>= {major}.{minor})" in field(path, "Depends")
            assert f"fanfare-plugin-abi-{major} >= {major}.{minor}" in output("rpm", "-qpR", rpms()[name]).splitlines()


def needed(file):
    return set(re.findall(r"NEEDED +(\S+)", output("objdump", "-p", file)))


@functools.cache
def package_of(library):
    """The Debian package of a library, by its name; dpkg may know the path without /usr."""
    cache = output("/sbin/ldconfig", "-p")
    path = os.path.realpath(re.search(rf"^\s*{re.escape(library)} \(.*=> (\S+)$", cache, re.MULTILINE).group(1))
    found = subprocess.run(["dpkg", "-S", path, path.removeprefix("/usr")], capture_output=True, text=True, check=False)
    return found.stdout.split(":")[0]


def test_each_depends_on_the_packages_of_the_libraries_it_is_linked_with_and_on_no_others(tmp_path):
    for name, path in debs().items():
        if field(path, "Architecture") == "all" or name == "fanfare-dbgsym":
            continue
        tree = tmp_path / name
        output("dpkg-deb", "-x", path, str(tree))
        binaries = glob.glob(f"{tree}/usr/bin/*") + glob.glob(f"{tree}/usr/lib/fanfare/plugins/*.so")
        owners = {package_of(library) for library in set().union(*map(needed, binaries))}
        depends = {re.match(r"[a-z0-9.+-]+", entry.strip()).group() for entry in field(path, "Depends").split(",")}
        by_hand = {"debconf", "systemd"} if name == "fanfare" else {f"fanfare-plugin-abi-{abi()[0]}"}
        assert depends == owners | by_hand, name


def test_debug_symbols_are_apart_and_fit(tmp_path):
    for name, path in debs().items():
        output("dpkg-deb", "-x", path, str(tmp_path / name))
    binaries = glob.glob(f"{tmp_path}/*/usr/bin/fanfare") + glob.glob(f"{tmp_path}/*/usr/lib/fanfare/plugins/*.so")
    symbols = set(glob.glob(f"{tmp_path}/fanfare-dbgsym/usr/lib/debug/.build-id/*/*.debug"))
    for binary in binaries:
        assert ".debug_info" not in output("readelf", "-SW", binary), f"{binary} is not stripped"
        build_id = re.search(r"Build ID: (\w\w)(\w+)", output("readelf", "-n", binary)).groups()
        file = f"{tmp_path}/fanfare-dbgsym/usr/lib/debug/.build-id/{build_id[0]}/{build_id[1]}.debug"
        assert ".debug_info" in output("readelf", "-SW", file)
        symbols.remove(file)
    assert not symbols, "symbols of a file that is in no package"


def test_nothing_in_them_tells_where_they_were_built(tmp_path):
    for name, path in debs().items():
        output("dpkg-deb", "-R", path, str(tmp_path / name))
    found = subprocess.run(["grep", "-rlaF", SOURCE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.stdout == ""


def test_all_that_is_in_them_has_the_date_of_the_source():
    with open(f"{OUT}/SOURCE_DATE_EPOCH", encoding="ascii") as file:
        epoch = int(file.read())
    date = time.strftime("%Y-%m-%d %H:%M", time.gmtime(epoch))
    for path in debs().values():
        lines = output("dpkg-deb", "-c", path, env={**os.environ, "TZ": "UTC"}).splitlines()
        assert {" ".join(line.split()[3:5]) for line in lines} == {date}, path
    for path in rpms().values():
        assert set(output("rpm", "-qp", "--qf", "%{BUILDTIME}\n[%{FILEMTIMES}\n]", path).split()) == {str(epoch)}, path


def test_packed_once_more_they_are_equal_to_the_byte(tmp_path):
    """By who has other habits, at another time. The whole build twice: packaging/README.md."""
    with open(f"{OUT}/SOURCE_DATE_EPOCH", encoding="ascii") as file:
        epoch = file.read().strip()
    output(f"{SOURCE}/packaging/lib/pack", "cpack", f"{SOURCE}/build/release", str(tmp_path / "work"), str(tmp_path / "out"), epoch,
           env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C"}, preexec_fn=lambda: os.umask(0o077))
    for path in list(debs().values()) + list(rpms().values()):
        with open(path, "rb") as first, open(tmp_path / "out" / os.path.basename(path), "rb") as second:
            assert hashlib.sha256(first.read()).digest() == hashlib.sha256(second.read()).digest(), os.path.basename(path)


def test_lintian_finds_nothing_that_is_not_explained():
    # Not for an upload to Debian: there is no source package, and no bug of Debian's to close.
    result = subprocess.run(["lintian", "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs",
                             *debs().values()], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_rpmlint_finds_nothing_that_is_not_explained():
    result = subprocess.run(["rpmlint", "-c", f"{SOURCE}/packaging/rpm/rpmlint.toml", *rpms().values()],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0 and " 0 errors, 0 warnings" in result.stdout, result.stdout + result.stderr


def test_the_digests_of_each_rpm_are_right():
    for path in rpms().values():
        assert output("rpm", "-K", path) == f"{path}: digests OK\n"


def test_the_package_of_the_daemon_is_smaller_than_three_megabytes():
    for path in (debs()["fanfare"], rpms()["fanfare"]):
        print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes")
        assert os.path.getsize(path) < 3_000_000
