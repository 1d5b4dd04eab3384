"""The figures as Markdown and as JSON."""
import json
import os
import statistics

from . import plot
from .scenarios import ALL
from .targets import judged

_VERDICT = {True: "met", False: "**missed**", None: "not shown"}


def number(value):
    """Three digits that count, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _spread(values, show=number):
    return f"{show(min(values))} … {show(max(values))}"


def _ratio(case, subject, how):
    if subject == case.reference or not how:
        return "", ""
    ratios = case.ratios(subject, case.reference) if how.startswith("this") else case.ratios(case.reference, subject)
    return (f"{statistics.median(ratios):.2f}", _spread(ratios, lambda value: f"{value:.2f}")) if ratios else ("", "")


def _table(module, cases):
    how = getattr(module, "RATIO", "")
    yield f"\n## {module.TITLE}\n\n{' '.join(module.__doc__.split())}\n\n![{module.TITLE}]({module.NAME}.svg)\n"
    yield f"| case | subject | median | min … max | unit | {how or 'ratio'} | min … max |"
    yield "|---|---|--:|---|---|--:|---|"
    for case in cases:
        for subject, values in case.values.items():
            ratio, ratios = _ratio(case, subject, how)
            yield f"| {case.name} | {subject} | {number(case.median(subject))} | {_spread(values)} | {case.unit} | {ratio} | {ratios} |"


def markdown(figures, scale, machine):
    lines = ["# Benchmark", "\n## Targets\n", "| what | target | this run | |", "|---|---|---|---|"]
    lines += [f"| {what} | {target} | {measured} | {_VERDICT[met]} |" for what, target, measured, met in judged(figures, scale)]
    lines += ["\n## Machine\n", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.facts.items())]
    lines += [f"\nEach case was measured {scale.rounds} time{'s' if scale.rounds > 1 else ''}, its subjects in turn. Ratios are medians of the ratios within a round."]
    notes = [*machine.warnings(), *figures.notes]
    if notes:
        lines += ["\n## Read this first\n", *(f"- {note}" for note in notes)]
    tables = figures.tables()
    for module in ALL:
        if module.NAME in tables:
            lines += _table(module, tables[module.NAME])
    return "\n".join(lines) + "\n"


def as_json(figures, scale, machine):
    targets = [{"what": what, "target": target, "measured": measured, "met": met} for what, target, measured, met in judged(figures, scale)]
    return json.dumps({"machine": machine.facts, "rounds": scale.rounds, "seconds": scale.seconds, "notes": [*machine.warnings(), *figures.notes],
                       "targets": targets, "cases": figures.as_json()}, indent=1, ensure_ascii=False) + "\n"


def write(directory, figures, scale, machine):
    """results.md, results.json and a picture of each table; the Markdown."""
    text = markdown(figures, scale, machine)
    files = {"results.md": text, "results.json": as_json(figures, scale, machine)}
    tables = figures.tables()
    files.update({f"{module.NAME}.svg": plot.bars(module.TITLE, tables[module.NAME], number) for module in ALL if module.NAME in tables})
    os.makedirs(directory, exist_ok=True)
    for name, content in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(content)
    return text
