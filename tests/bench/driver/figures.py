"""What was measured: one value of each round for each subject of a case; medians, spread and ratios of them."""
import statistics
from dataclasses import dataclass, field


@dataclass
class Case:
    """Subjects measured in turn on the same load. The first is what the others are compared with."""
    table: str
    name: str
    unit: str
    values: dict = field(default_factory=dict)  # subject -> one value of each round

    @property
    def reference(self):
        return next(iter(self.values))

    def median(self, subject):
        return statistics.median(self.values[subject])

    def ratios(self, above, below):
        """Of one subject to another, round by round: what disturbs a whole round disturbs both."""
        return [mine / its for mine, its in zip(self.values[above], self.values[below]) if its]


class Figures:
    def __init__(self):
        self.cases = {}  # (table, case, unit) -> Case, in the order of measuring
        self.notes = []  # what a reader should know before believing a figure

    def add(self, table, name, unit, subject, value):
        case = self.cases.setdefault((table, name, unit), Case(table, name, unit))
        case.values.setdefault(subject, []).append(float(value))

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def case(self, table, name, unit):
        return self.cases.get((table, name, unit))

    def tables(self):
        found = {}
        for case in self.cases.values():
            found.setdefault(case.table, []).append(case)
        return found

    def as_json(self):
        return [{"table": case.table, "case": case.name, "unit": case.unit, "reference": case.reference,
                 "subjects": {subject: {"median": case.median(subject), "min": min(values), "max": max(values), "values": values}
                              for subject, values in case.values.items()}}
                for case in self.cases.values()]
