#!/usr/bin/env python3
"""CHANGELOG.md as packages have it: changelog.py deb|rpm FILE PACKAGE MAINTAINER EPOCH

A section is "## VERSION (YYYY-MM-DD)"; one without a date has that of EPOCH, seconds since 1970. Writes to standard output.
"""
import datetime
import email.utils
import re
import sys
import textwrap


def sections(text):
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        version, _, rest = head.partition(" ")
        yield version, rest.strip("()"), body


def entries(body):
    """The text of each bullet and paragraph, on one line."""
    for block in re.split(r"\n\n|^- ", body, flags=re.MULTILINE):
        if block.strip():
            yield " ".join(block.split())


def moment(date, epoch):
    if re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        return datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.timezone.utc)
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)


def print_deb(package, maintainer, version, when, texts):
    print(f"{package} ({version}) stable; urgency=medium\n")
    for text in texts:
        print("\n".join(textwrap.wrap(text, 78, initial_indent="  * ", subsequent_indent="    ")))
    print(f"\n -- {maintainer}  {email.utils.format_datetime(when)}\n")


def print_rpm(_, maintainer, version, when, texts):
    print(f"* {when:%a %b %d %Y} {maintainer} - {version}-1")
    for text in texts:
        # A percent sign begins a macro.
        print("\n".join(textwrap.wrap(text.replace("%", "%%"), 78, initial_indent="- ", subsequent_indent="  ")))
    print()


def main(form, path, package, maintainer, epoch):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    show = {"deb": print_deb, "rpm": print_rpm}[form]
    for version, date, body in sections(text):
        show(package, maintainer, version, moment(date, int(epoch)), list(entries(body)))


if len(sys.argv) != 6:
    sys.exit(__doc__)
main(*sys.argv[1:])
