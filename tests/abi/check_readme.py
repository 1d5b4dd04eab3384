"""Code shown in sdk/README.md stands word for word in a file of sdk/examples, which is compiled.

check_readme.py SDK_DIR
"""
import pathlib
import re
import sys
import textwrap


def main():
    sdk = pathlib.Path(sys.argv[1])
    compiled = [textwrap.dedent(file.read_text()) for file in (sdk / "examples").rglob("*") if file.is_file()]
    compiled = ["\n".join(line.strip() for line in text.splitlines()) for text in compiled]
    blocks = re.findall(r"^ *```(?:cpp|c|cmake)\n(.*?)^ *```", (sdk / "README.md").read_text(), re.S | re.M)
    faults = []
    for block in blocks:
        wanted = "\n".join(line.strip() for line in block.strip().splitlines())
        if not any(wanted in text for text in compiled):
            faults.append(f"in no example:\n{block}")
    if not blocks:
        faults.append("README.md shows no code")
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
