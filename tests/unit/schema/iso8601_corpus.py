#!/usr/bin/env python3
"""Writes iso8601_corpus.txt: what Python's `re` says of thousands of texts that look like times.

    iso8601_corpus.py SCHEMA > iso8601_corpus.txt

SCHEMA is etc/fanfare/profiles.d/gadz-v1.schema.json. One line per text: "+" if the pattern of event_creation_time matches
it, "-" if not, a space, and the text as a JSON string.
"""

import json
import random
import re
import sys

# \\s of ECMA 262, which differs from that of Python.
SPACES = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
ALPHABET = "0123456789012345-+:.,TWZz \n\t_a\u00a0\ufeff\u0661\u0085\x1c\u00e9"
COUNT = 9000


def pattern_of(schema):
    """The pattern with the classes and the "$" of ECMA 262."""
    text = schema["properties"]["event_creation_time"]["pattern"]
    assert text.count(r"[T\s]") == 1 and text.endswith("$")
    return re.compile(text.replace(r"[T\s]", f"[T{SPACES}]")[:-1] + r"\Z", re.ASCII)


def digits(draw, count):
    return "".join(draw.choice("0123456789") for _ in range(count))


def two(draw, most):
    return f"{draw.randint(0, most):02}" if draw.random() < 0.9 else digits(draw, draw.randint(1, 3))


def date(draw):
    hyphen = draw.choice(["-", "-", ""])
    other = hyphen if draw.random() < 0.9 else draw.choice(["-", ""])
    return hyphen + draw.choice(
        [
            lambda: two(draw, 13),
            lambda: two(draw, 13) + other + two(draw, 32),
            lambda: two(draw, 13) + other + two(draw, 32),
            lambda: "W" + two(draw, 54) + draw.choice(["", other + digits(draw, 1)]),
            lambda: digits(draw, 3),
            lambda: str(draw.randint(355, 369)),
        ]
    )()


def fraction(draw):
    return draw.choice(["", "", draw.choice(".,") + digits(draw, draw.randint(0, 5))])


def time(draw):
    colon = draw.choice([":", ""])
    other = colon if draw.random() < 0.9 else draw.choice([":", ""])
    text = draw.choice(["T", "T", "T", " ", "\u00a0", "\u2028", "\ufeff", "\n", "t", "\x85", "\x1f"])
    text += draw.choice(["", two(draw, 25), f"24{colon}00"] + [two(draw, 24) + colon + two(draw, 61)] * 5)
    text += fraction(draw)
    text += draw.choice(["", "", other + two(draw, 61) + fraction(draw)])
    zone = draw.choice("+-") + two(draw, 25) + draw.choice(["", ":"]) + draw.choice(["", two(draw, 61)])
    return text + draw.choice(["", "Z", "z", zone])


def mutated(draw, text):
    for _ in range(draw.choice([0, 0, 1, 1, 2])):
        at = draw.randint(0, len(text))
        kind = draw.randrange(3)
        if kind == 0:
            text = text[:at] + draw.choice(ALPHABET) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + draw.choice(ALPHABET) + text[at + 1 :]
    return text


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pattern = pattern_of(json.load(file))
    draw = random.Random(8601)
    texts = {"", "2016-05-29T15:03:50+00:00", "2016-05-29T15:03:50Z", "2016-05-29\n", "T1530.130.5"}
    while len(texts) < COUNT:
        text = draw.choice(["", "", "", "+", "-"]) + digits(draw, 4)
        text += draw.choice(["", date(draw)] + [date(draw) + time(draw)] * 6)
        texts.add(mutated(draw, text))
    for text in sorted(texts):
        print("+" if pattern.search(text) else "-", json.dumps(text))


if __name__ == "__main__":
    main()
