#!/usr/bin/env python3
"""Runs the benchmark with loads so small that its figures mean nothing, and looks whether every row is there.

usage: smoke_test.py BUILD
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# What only some machines have: Fluent Bit, built packages.
MAY_BE_ABSENT = {"≥ 2× Fluent Bit's in_http", "< 3 MB"}
TABLES = {"ingest", "end-to-end", "latency", "isolation", "routes", "backlog", "footprint", "steady", "costs", "plugins", "kills"}


def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "figures.json")
        subprocess.run([os.path.join(HERE, "run"), "--tiny", "--build", sys.argv[1], "--json", path, "--output", directory],
                       check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        with open(os.path.join(directory, "results.md"), encoding="utf-8") as file:
            text = file.read()
        pictures = {name.removesuffix(".svg") for name in os.listdir(directory) if name.endswith(".svg")}
    absent = [row for row in found["targets"] if row["measured"] == "not measured" and row["target"] not in MAY_BE_ABSENT]
    assert not absent, f"not measured: {absent}"
    assert [row["met"] for row in found["targets"] if "waiting" in row["what"] or "kills" in row["what"]] == [None] * 3, "met by so few"
    assert {case["table"] for case in found["cases"]} == TABLES, found["cases"]
    assert pictures == TABLES, pictures
    for row in found["targets"]:
        assert f"| {row['what']} | {row['target']} | {row['measured']} |" in text, f"not in results.md: {row}"
    refused = [note for note in found["notes"] if "not all were taken" in note]
    assert not refused, refused


main()
