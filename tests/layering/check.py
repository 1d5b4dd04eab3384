#!/usr/bin/env python3
"""Checks that the tree keeps to core/LAYERS and to the sizes of the house.

    check.py ROOT

Prints one line per violation, "file:line: what is wrong", and exits 1 if there is one. Only the standard library.
"""

import re
import sys
from pathlib import Path

MAX_FILE_LINES = 600
MAX_HEADER_LINES = 250
# Where there is no .cpp to put the code in: the header-only side of the SDK, and support for tests.
MAX_HEADER_ONLY_LINES = 400
HEADER_ONLY = re.compile(r"sdk/include/.*\.hpp|tests/.*")
SOURCES = {".cpp", ".hpp", ".h", ".c"}
HEADERS = {".hpp", ".h"}

# Headers of libraries, by how LAYERS calls the library. The first pattern that fits wins.
LIBRARIES = [
    ("boost/dll", r"boost/dll"),
    ("boost/program_options", r"boost/program_options"),
    ("boost", r"boost/"),
    ("Poco", r"Poco/"),
    ("nlohmann", r"nlohmann/"),
    ("valijson", r"valijson/"),
    ("re2", r"re2/"),
    ("spdlog", r"(spdlog|fmt)/"),
    ("openssl", r"openssl/"),
    ("sqlite3", r"sqlite3(ext)?\.h$"),
    ("libdeflate", r"libdeflate\.h$"),
    ("curl", r"curl/"),
    ("toml++", r"toml(\+\+|plusplus)/|toml\.hpp$"),
    ("dl", r"(dlfcn|link)\.h$"),
    ("systemd", r"systemd/"),
    ("prometheus", r"prometheus/"),
    ("epoll", r"sys/epoll\.h$"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
USING_NAMESPACE = re.compile(r"^using\s+namespace\b")  # at the left edge: at namespace scope, as the house indents

# What sdk/include may include besides itself: C11 and C++20.
STANDARD_C = set(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic "
    "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype".split()
)


class Rule:
    """What one room may include."""

    def __init__(self, rooms, libraries):
        self.rooms = rooms
        self.libraries = libraries


def read_layers(root, faults):
    """Rules by room, in the order of the file; every arrow must point to a room further up."""
    path = root / "core" / "LAYERS"
    rules = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        room, _, rest = line.partition(":")
        rooms, _, libraries = rest.partition("|")
        rooms = rooms.split()
        for target in rooms:
            if target != "sdk" and target not in rules:
                faults.append(f"core/LAYERS:{number}: {room} points to {target}, which does not stand above it")
        rules[room.strip()] = Rule(set(rooms), {name.strip() for name in libraries.split(",") if name.strip()})
    return rules


def room_of(path, rules):
    """The room a path below core/ lies in: the longest one that fits, "store/sqlite" before "store"."""
    fitting = [room for room in rules if path == room or path.startswith(room + "/")]
    return max(fitting, key=len, default=None)


def library_of(header):
    for name, pattern in LIBRARIES:
        if re.match(pattern, header):
            return name
    return None


def includes_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def check_core_file(name, text, rules, faults):
    inside = name.removeprefix("core/")
    room = room_of(inside, rules)
    if room is None:
        # The folder core/ itself may hold main.cpp, which sees every room.
        if "/" in inside:
            faults.append(f"{name}:1: this folder is no room of core/LAYERS")
        return
    rule = rules[room]
    for line, angled, header in includes_of(text):
        if header.startswith("fanfare/"):
            if "sdk" not in rule.rooms:
                faults.append(f"{name}:{line}: {room} may not include the SDK (<{header}>)")
            continue
        if not angled:
            target = room_of(header, rules)
            if target is None or ".." in header.split("/"):
                faults.append(f'{name}:{line}: "{header}" is not in a room; write the path from core/')
            elif target != room and target not in rule.rooms:
                faults.append(f"{name}:{line}: {room} may not include {target} (\"{header}\")")
            continue
        library = library_of(header)
        if library is not None and library not in rule.libraries:
            faults.append(f"{name}:{line}: {room} may not use {library} (<{header}>)")
        elif library is None and room_of(header, rules) and "/" in header:
            faults.append(f"{name}:{line}: <{header}> is ours; write it in double quotes")


def is_standard(header):
    if header.endswith(".h"):
        return header.removesuffix(".h") in STANDARD_C
    return re.fullmatch(r"[a-z_0-9]+", header) is not None


def check_sdk_file(name, text, faults):
    for line, angled, header in includes_of(text):
        if header.startswith("fanfare/"):
            continue
        if not angled or not is_standard(header):
            faults.append(f"{name}:{line}: the SDK's headers may include the standard library and <fanfare/...> only ({header})")


def check_plugin_file(name, text, rules, faults):
    for line, _, header in includes_of(text):
        parts = header.split("/")
        if "core" in parts or (room_of(header, rules) and "/" in header):
            faults.append(f"{name}:{line}: a plugin may not include core ({header})")


def check_shape(name, text, is_header, faults):
    lines = text.splitlines()
    limit = MAX_FILE_LINES
    if is_header:
        limit = MAX_HEADER_ONLY_LINES if HEADER_ONLY.fullmatch(name) else MAX_HEADER_LINES
    if len(lines) > limit:
        faults.append(f"{name}:{limit + 1}: {len(lines)} lines, the limit is {limit}")
    if not is_header:
        return
    for number, line in enumerate(lines, 1):
        if USING_NAMESPACE.match(line):
            faults.append(f"{name}:{number}: a header may not say 'using namespace' to all who include it")


def check_tests_are_built(root, faults):
    for test in sorted((root / "tests").rglob("*_test.cpp")):
        if not (test.parent / "CMakeLists.txt").exists():
            faults.append(f"{test.relative_to(root)}:1: this test is not built: its folder has no CMakeLists.txt")


def sources_below(root):
    for top in ("core", "sdk", "plugins", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                yield path.relative_to(root).as_posix(), path


def check(root):
    faults = []
    rules = read_layers(root, faults)
    for name, path in sources_below(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        check_shape(name, text, path.suffix in HEADERS, faults)
        if name.startswith("core/"):
            check_core_file(name, text, rules, faults)
        elif name.startswith("sdk/include/"):
            check_sdk_file(name, text, faults)
        elif name.startswith("plugins/"):
            check_plugin_file(name, text, rules, faults)
    check_tests_are_built(root, faults)
    return faults


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    faults = check(Path(sys.argv[1]))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
