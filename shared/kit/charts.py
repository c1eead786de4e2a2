"""Where the words of ui/chart.html stand: measured beforehand, so that no two labels ever overlap.

Widths are in em of the chart's type. Centres move apart as the chart grows while words keep their width:
what does not overlap in the narrowest chart of a kind does not in any wider one.
"""

from typing import Any, NamedTuple

from shared.rules.scoring import hundredths_text

# The narrowest chart drawn with narrow labels, and with wide ones (sanji.css folds it there).
WIDTHS = {"narrow": 11.5, "wide": 41.5}
GAP = 0.8


class Word(NamedTuple):
    """A label: centred `at` per cent of the width; `note` follows it in another colour."""

    text: str
    note: str
    at: float


def arranged(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart with `labels` for its narrow and its wide drawing.

    Each: {tiers, cuts: [{text, note, x (per cent), anchor, row}], above, below: rows beyond the first}.
    """
    count = max(len(chart["points"]), 1)
    edges = [0, *(cut["after"] for cut in chart["cuts"]), count]
    tiers = [
        Word(one["label"], "", (left + right) * 50 / count)
        for one, left, right in zip(chart["tiers"], edges, edges[1:], strict=False)
    ]
    labels = {}
    for kind, width in WIDTHS.items():
        cuts = [_cut(cut, count, with_note=kind == "wide") for cut in chart["cuts"]]
        below, above = _placed(tiers, width), _placed(cuts, width)
        labels[kind] = {"tiers": below, "cuts": above, "below": _more(below), "above": _more(above)}
    return {**chart, "labels": labels}


def _cut(cut: dict[str, Any], count: int, with_note: bool) -> Word:
    score = "—" if cut["score"] is None else hundredths_text(cut["score"])
    return Word(f"{cut['label']} {score}", cut["note"] if with_note else "", cut["after"] * 100 / count)


def _more(placed: list[dict[str, Any]]) -> int:
    return max((one["row"] for one in placed), default=0)


def _placed(words: list[Word], room: float) -> list[dict[str, Any]]:
    """Each word in the first row where it is clear of those before it, inside the chart."""
    taken: list[float] = []
    found = []
    for word in words:
        width = _width(word.text + word.note)
        left = min(max(word.at * room / 100 - width / 2, 0), room - width)
        row = next((row for row, end in enumerate(taken) if left >= end + GAP), len(taken))
        taken[row : row + 1] = [left + width]
        found.append(
            {"text": word.text, "note": word.note, "row": row, **_anchored(word.at, left, width, room)}
        )
    return found


def _anchored(at: float, left: float, width: float, room: float) -> dict[str, Any]:
    """At an edge a word is held by that edge, else by its middle."""
    if left + width > room - 1e-9:
        return {"x": 100, "anchor": "end"}
    if left <= 0:
        return {"x": 0, "anchor": "start"}
    return {"x": round(at, 2), "anchor": "middle"}


def _width(text: str) -> float:
    return sum(1.02 if ord(sign) > 0x2E7F else 0.66 for sign in text)
