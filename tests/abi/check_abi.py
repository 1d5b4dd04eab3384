"""The ABI is the one that sdk/abi/MAJOR.MINOR.abi says, as libabigail sees it; nothing is suppressed.

check_abi.py SDK_DIR COMPILER          compares
check_abi.py SDK_DIR COMPILER --write  writes the baseline of a new minor; one that is there is never written again

A change is one of two: a mistake, or a new minor. Then raise FANFARE_ABI_MINOR in the same commit and write its baseline.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROBE = pathlib.Path(__file__).resolve().with_name("probe.c")


def run(*command):
    # Where the probe lies, so that its name has no path in the baseline.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROBE.parent)
    return done.returncode, done.stdout + done.stderr


def abi_version(sdk):
    text = (sdk / "include/fanfare/plugin.h").read_text()
    return ".".join(re.search(rf"#define FANFARE_ABI_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR"))


def unprobed(sdk):
    """Named types of the headers that the probe does not hold."""
    probed = set(re.findall(r"PROBE\(\w+, (\w+)\)", PROBE.read_text()))
    opaque = {"fanfare_ctx", "fanfare_instance"}  # each side's own
    for header in sorted(sdk.glob("include/fanfare/*.h")):
        text = header.read_text()
        names = re.findall(r"^\} (\w+);|^typedef \w+ (\w+);|^typedef .*\(\*(\w+)\)", text, re.MULTILINE)
        for name in sorted({one for several in names for one in several if one} - probed - opaque):
            yield f"{header}: {name} is not in {PROBE.name}: add it"


def describe(sdk, compiler, out):
    """The ABI of the probe as XML, without the paths of this machine."""
    with tempfile.TemporaryDirectory() as place:
        library = os.path.join(place, "libprobe.so")
        # DWARF 4: what libabigail 2.2 of Debian 12 reads from every compiler.
        code, said = run(compiler, "-std=c11", "-g", "-gdwarf-4", "-O0", "-shared", "-fPIC", f"-I{sdk}/include", PROBE.name, "-o", library)
        if code != 0:
            return said
        code, said = run("abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file", str(out), library)
        return said if code != 0 else ""


def compare(sdk, compiler, baseline):
    if not baseline.exists():
        return f"{baseline} is not there: a new minor has its baseline in the same commit (check_abi.py ... --write)"
    with tempfile.TemporaryDirectory() as place:
        current = pathlib.Path(place) / "current.abi"
        said = describe(sdk, compiler, current)
        if said:
            return said
        code, said = run("abidiff", str(baseline), str(current))
        return f"{said}\nabidiff ends with {code}: see the top of {__file__}" if code != 0 else ""


def main():
    sdk, compiler = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    baseline = sdk / "abi" / f"{abi_version(sdk)}.abi"
    if "--write" in sys.argv:
        fault = f"{baseline} is there, and frozen" if baseline.exists() else describe(sdk, compiler, baseline)
    else:
        fault = "\n".join(unprobed(sdk)) or compare(sdk, compiler, baseline)
    if fault:
        print(fault)
    return 1 if fault else 0


sys.exit(main())
