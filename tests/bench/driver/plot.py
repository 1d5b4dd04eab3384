"""Pictures of tables: for each case a group of bars, one for each subject, as long as its median; a thin line from the least to
the greatest value. Every case has a scale of its own, which begins at zero."""
from xml.sax.saxutils import escape

_BAR, _GAP, _LEFT, _LENGTH, _RIGHT = 18, 14, 330, 420, 130
_COLOURS = ("#1f6feb", "#8c959f", "#bf8700", "#8250df", "#1a7f37", "#cf222e")


def bars(title, cases, number):
    """SVG."""
    subjects = list(dict.fromkeys(subject for case in cases for subject in case.values))
    body, y = [], 40
    for case in cases:
        body.append(f'<text x="8" y="{y + 13}" font-weight="bold">{escape(case.name)} ({escape(case.unit)})</text>')
        y += _BAR + 4
        scale = _LENGTH / (max(max(values) for values in case.values.values()) or 1)
        for subject, values in case.values.items():
            body += _bar(subject, case.median(subject), values, scale, y, _COLOURS[subjects.index(subject) % len(_COLOURS)], number)
            y += _BAR + 3
        y += _GAP
    width = _LEFT + _LENGTH + _RIGHT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n<text x="8" y="22" font-size="16">{escape(title)}</text>\n'
            + "\n".join(body) + "\n</svg>\n")


def _bar(subject, median, values, scale, y, colour, number):
    middle = y + _BAR / 2
    low, high = (_LEFT + value * scale for value in (min(values), max(values)))
    yield f'<text x="{_LEFT - 6}" y="{y + 13}" text-anchor="end">{escape(subject)}</text>'
    yield f'<rect x="{_LEFT}" y="{y}" width="{median * scale:.1f}" height="{_BAR}" fill="{colour}"/>'
    yield f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" stroke="black"/>'
    yield f'<text x="{max(high, _LEFT) + 6:.1f}" y="{y + 13}">{number(median)}</text>'
