"""Reads the command line of tests/bench/run, which has built what this needs, and runs the scenarios."""
import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback

from . import report
from .bench import SCALES, Bench
from .figures import Figures
from .machine import Machine
from .scenarios import ALL


def _arguments():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures fanfare beside its peers, in turns, and prints what it found as Markdown.",
        epilog="FLUENT_BIT=/path/to/fluent-bit adds Fluent Bit to the peers.")
    parser.add_argument("--quick", action="store_true", help="some seven minutes instead of an hour: shorter, fewer rounds, fewer cases")
    parser.add_argument("--tiny", action="store_true", help="only whether it works: the figures mean nothing")
    parser.add_argument("--only", metavar="NAME", action="append", choices=[module.NAME for module in ALL],
                        help="of the scenarios only this one; may be given again: " + ", ".join(module.NAME for module in ALL))
    parser.add_argument("--json", metavar="FILE", help="writes the figures there, too")
    parser.add_argument("--output", metavar="DIRECTORY", help="where results.md, results.json and the plots go (default: build/bench/TIME)")
    parser.add_argument("--directory", metavar="DIRECTORY", default="/var/tmp",
                        help="where the stores are made while it runs; its disk is what is measured (default: %(default)s)")
    parser.add_argument("--build", metavar="DIRECTORY", help="measures what is built there; installs and builds nothing")
    return parser.parse_args()


def _run(bench, modules, keep):
    """The names of those that failed. keep: called after each; a run that is cut off leaves what it had."""
    failed = []
    for module in modules:
        began = time.monotonic()
        print(f"bench: {module.NAME} ...", file=sys.stderr, flush=True)
        try:
            module.run(bench)
        except (RuntimeError, AssertionError, OSError) as error:
            traceback.print_exc()
            bench.figures.note(f"The scenario {module.NAME} ended early: {error}".splitlines()[0])
            failed.append(module.NAME)
        print(f"bench: {module.NAME} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        keep()
    return failed


def main():
    arguments = _arguments()
    build = os.environ["FANFARE_BUILD"]
    scale = SCALES["tiny" if arguments.tiny else "quick" if arguments.quick else "full"]
    fluent_bit = os.environ.get("FLUENT_BIT")
    if fluent_bit and not os.access(fluent_bit, os.X_OK):
        sys.exit(f"tests/bench/run: FLUENT_BIT={fluent_bit}: there is no such program")
    output = arguments.output or os.path.join(build, "../bench", time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime()))
    directory = tempfile.mkdtemp(prefix="fanfare-bench.", dir=arguments.directory)
    os.chmod(directory, 0o711)  # nginx's workers are not root
    figures = Figures()
    if not fluent_bit:
        figures.note("Fluent Bit was not measured: FLUENT_BIT=/path/to/fluent-bit adds it.")
    try:
        machine = Machine(directory, build, fluent_bit)
        failed = _run(Bench(build, directory, scale, figures, fluent_bit),
                      [module for module in ALL if not arguments.only or module.NAME in arguments.only],
                      lambda: report.write(output, figures, scale, machine))
        machine.finish()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(report.write(output, figures, scale, machine))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            file.write(report.as_json(figures, scale, machine))
    print(f"bench: results.md, results.json and plots are in {os.path.realpath(output)}", file=sys.stderr)
    if failed:
        sys.exit(f"tests/bench/run: failed: {', '.join(failed)}")


main()
