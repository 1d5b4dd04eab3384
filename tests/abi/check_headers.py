"""The public headers compile, and every function pointer of the ABI says which thread calls it.

check_headers.py INCLUDE_DIR                            thread tags
check_headers.py INCLUDE_DIR STANDARD alone COMPILER... each header by itself
check_headers.py INCLUDE_DIR STANDARD all COMPILER...   all of them in one source

Each for every minor that an author can ask for.
"""
import pathlib
import re
import subprocess
import sys

TAG = re.compile(r"\[(any-thread|control|delivery)\]")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wno-sign-conversion", "-Werror"]


def untagged(header):
    """Function pointers without a tag in the comment above them; one comment may stand over several in a row."""
    tagged = False
    comment = ""
    for number, line in enumerate(header.read_text().splitlines(), 1):
        if "/*" in line or comment:
            comment += line
            if "*/" in line:
                tagged = bool(TAG.search(comment))
                comment = ""
            continue
        if re.search(r"\(\*\w+\)\(", line) and "query_fn" not in line and not tagged:
            yield f"{header}:{number}: no thread tag above {line.strip()}"
        if line.startswith("typedef struct"):
            tagged = False


def minors(root):
    """Those an author can ask for as FANFARE_TARGET_MINOR."""
    text = (root / "fanfare/plugin.h").read_text()
    return range(int(re.search(r"#define FANFARE_ABI_MINOR (\d+)", text).group(1)) + 1)


def broken(root, headers, standard, compiler):
    language = "c++" if standard.startswith("c++") else "c"
    source = "".join(f"#include <{header.relative_to(root)}>\n" for header in headers)
    for minor in minors(root):
        target = f"-DFANFARE_TARGET_MINOR={minor}"
        command = [compiler, f"-std={standard}", "-x", language, "-fsyntax-only", target, *WARNINGS, f"-I{root}", "-"]
        run = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
        if run.returncode:
            yield f"{compiler} -std={standard} {target}:\n{source}{run.stderr}"


def main():
    root = pathlib.Path(sys.argv[1])
    c_headers = sorted(root.rglob("*.h"))
    if len(sys.argv) == 2:
        faults = [fault for header in c_headers for fault in untagged(header)]
    else:
        standard, grouping, *compilers = sys.argv[2:]
        headers = c_headers + sorted(root.rglob("*.hpp")) if standard.startswith("c++") else c_headers
        groups = [[header] for header in headers] if grouping == "alone" else [headers]
        faults = [fault for group in groups for compiler in compilers
                  for fault in broken(root, group, standard, compiler)]
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
