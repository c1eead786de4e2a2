"""A vote looked over before it is cast: it cannot be taken back. Nothing is kept between the two pages."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request

from services.branch.ballots.pages import typed_choices
from shared.kit.errors import Absent


def looked_over(page: Mapping[str, Any]) -> str | None:
    """What was chosen, to be confirmed, or the sheet again to be changed; None where the vote is cast.

    `page` is that of the sheet. Without a single choice there is nothing to look over. Raises Absent for a
    choice that the sheet does not offer.
    """
    if "back" in request.form:
        return render_template("branch/ballot_vote.html", **page)
    if "look" not in request.form or not (typed := typed_choices()):
        return None
    labels = {one["value"]: one["label"] for one in page["choices"]}
    rows = [(one["id"], one["name"], typed.get(str(one["id"]))) for one in page["subjects"]]
    if any(value is not None and value not in labels for _id, _name, value in rows):
        raise Absent
    return render_template(
        "branch/ballot_look.html",
        **page,
        picked=[
            {"field": f"choice-{id_}", "name": name, "value": value, "label": labels.get(value)}
            for id_, name, value in rows
        ],
        sums=[
            (label, many)
            for code, label in labels.items()
            if (many := sum(value == code for _id, _name, value in rows))
        ],
        abstained=sum(value is None for _id, _name, value in rows),
    )
