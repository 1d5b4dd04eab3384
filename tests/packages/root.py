"""A Debian 12 of its own below a directory: clean as debootstrap makes it, entered with chroot. Needs root.

Built once and kept in build/cache, with the packages that apt fetched; thrown away with build/.
"""
import fcntl
import os
import shutil
import subprocess
import tempfile

from built import CACHE, output

SUITE = "bookworm"
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def _sources():
    """Where this machine takes its Debian from: lines of a sources.list, the suite itself first."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    lines = output("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines()
    return sorted({f"deb {line}" for line in lines if line.split()[1].startswith(SUITE)}, key=lambda x: x.split()[2])


def _run(*command):
    output(*command, env={**os.environ, **QUIET})


def _make_base(tar):
    sources = _sources()
    assert sources, f"apt of this machine knows no {SUITE}: it must be Debian 12"
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        place = os.path.join(directory, "root")
        _run("debootstrap", "--variant=minbase", SUITE, place, sources[0].split()[1])
        with open(f"{place}/etc/apt/sources.list", "w", encoding="ascii") as file:
            file.write("\n".join(sources) + "\n")
        # Packages are thrown away with the root: they need not survive a power cut.
        with open(f"{place}/etc/dpkg/dpkg.cfg.d/unsafe-io", "w", encoding="ascii") as file:
            file.write("force-unsafe-io\n")
        shutil.rmtree(f"{place}/var/cache/apt/archives")
        os.makedirs(f"{place}/var/cache/apt/archives/partial")
        _run("tar", "-C", place, "-cf", f"{directory}/base.tar", ".")
        os.rename(f"{directory}/base.tar", tar)


class Root:
    """with Root() as root: ... The directory is gone afterwards."""

    def __enter__(self):
        assert os.geteuid() == 0, "a root of its own needs root: run the tests as root, or leave them out with ctest -LE package"
        archives = os.path.join(CACHE, "archives")
        os.makedirs(f"{archives}/partial", exist_ok=True)
        tar = os.path.join(CACHE, f"{SUITE}-minbase.tar")
        with open(f"{CACHE}/lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(tar):
                _make_base(tar)
        self._directory = tempfile.mkdtemp(prefix="fanfare-root.")
        # In memory: it is made of ten thousand small files that nobody misses.
        _run("mount", "-t", "tmpfs", "-o", "size=4g,mode=0755", "fanfare-root", self._directory)
        self.path = os.path.join(self._directory, "root")
        os.mkdir(self.path, 0o755)
        _run("tar", "-C", self.path, "-xf", tar)
        _run("cp", "--no-target-directory", "-r", archives, self.at("/var/cache/apt/archives"))
        self.run("apt-get", "-q", "update")
        return self

    def __exit__(self, *_):
        _run("umount", "--lazy", self._directory)
        os.rmdir(self._directory)

    def at(self, path):
        return self.path + path

    def command(self, *command, mounts=True):
        """What enters the root: with mounts of its own, which end with it, and processes that end with it."""
        enter = ("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.at('/proc')}") if mounts else ()
        return [*enter, "chroot", self.path, *command]

    def run(self, *command, env=None):
        """What the command prints; fails unless it ends with 0."""
        return output(*self.command(*command), env={**QUIET, **(env or {})})

    def fails(self, *command):
        """The exit status and what it printed, for commands that may fail."""
        result = subprocess.run(self.command(*command), capture_output=True, text=True, check=False, env=QUIET)
        return result.returncode, result.stdout + result.stderr

    def bring(self, *files):
        """Copies files into the root's /packages; their paths in there."""
        os.makedirs(self.at("/packages"), exist_ok=True)
        return [f"/packages/{os.path.basename(shutil.copy(file, self.at('/packages')))}" for file in files]

    def install(self, *packages, env=None):
        """apt-get install of names, or of the paths of .deb files outside the root. What is fetched is kept for other roots."""
        inside = [self.bring(package)[0] if package.endswith(".deb") else package for package in packages]
        text = self.run("apt-get", "-q", "install", "-y", "--no-install-recommends", "-o", "APT::Keep-Downloaded-Packages=true",
                        "-o", "Dpkg::Options::=--force-confold", *inside, env=env)
        with open(f"{CACHE}/lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _run("cp", "--update", "--no-target-directory", "-r", self.at("/var/cache/apt/archives"), f"{CACHE}/archives")
        return text

    def read(self, path):
        with open(self.at(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write(text)

    def files(self):
        """All there is, without what apt, dpkg and debconf write down of their own work."""
        own = ("/proc", "/packages", "/tmp", "/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt", "/var/cache/debconf",
               "/var/log/apt", "/var/log/dpkg.log", "/var/cache/ldconfig")
        found = set()
        for folder, folders, names in os.walk(self.path):
            inside = folder.removeprefix(self.path)
            folders[:] = [name for name in folders if f"{inside}/{name}" not in own]
            found.update(f"{inside}/{name}" for name in folders + names if f"{inside}/{name}" not in own)
        return found
