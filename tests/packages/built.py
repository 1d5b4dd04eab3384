"""The packages that packaging/build made, and what is in them."""
import glob
import os
import subprocess

SOURCE = os.path.abspath(os.environ.get("FANFARE_SOURCE", os.path.join(os.path.dirname(__file__), "../..")))
OUT = os.path.join(SOURCE, "build/packages")
CACHE = os.path.join(SOURCE, "build/cache")


def output(*command, **options):
    """What it prints; fails with all it said if it ends otherwise than with 0."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}"
    return result.stdout


def debs():
    """Path by name of the package."""
    return {os.path.basename(path).split("_")[0]: path for path in sorted(glob.glob(f"{OUT}/*.deb"))}


def rpms():
    return {output("rpm", "-qp", "--qf", "%{NAME}", path): path for path in sorted(glob.glob(f"{OUT}/*.rpm"))}


def deb_files(path):
    """{path in the system: its mode, and where it leads if it is a link}, without folders."""
    files = {}
    for line in output("dpkg-deb", "-c", path).splitlines():
        mode, _, _, _, _, name = line.split(None, 5)
        if not mode.startswith("d"):
            files[name.split(" -> ")[0].removeprefix(".")] = (mode, name.partition(" -> ")[2])
    return files


def rpm_files(path):
    form = "[%{FILEMODES:perms}|%{FILENAMES}|%{FILELINKTOS}\\n]"
    files = {}
    for line in output("rpm", "-qp", "--qf", form, path).splitlines():
        mode, name, link = line.split("|")
        if not mode.startswith("d"):
            files[name] = (mode, link)
    return files


def field(path, name):
    return output("dpkg-deb", "-f", path, name).strip()
