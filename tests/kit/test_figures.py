"""Figures in the shared components are shown to the hundredth where there are hundredths."""

import pytest
from flask import render_template_string

from tests.browser.preview import make_preview

BREAKDOWN = '{% import "ui/table.html" as table %}{{ table.breakdown(parts, "x") }}'


@pytest.mark.parametrize(
    ("hundredths", "shown"),
    [(800, "/ 8<"), (850, "/ 8.5<"), (825, "/ 8.25<"), (5, "/ 0.05<"), (2000, "/ 20<")],
)
def test_what_an_indicator_can_give_is_shown_whole(hundredths: int, shown: str) -> None:
    line = {"name": "甲", "filed": "1", "verified": "1", "score": 825, "most": hundredths}
    app = make_preview()
    with app.test_request_context():
        page = render_template_string(BREAKDOWN, parts=[{"name": "一", "score": 825, "lines": [line]}])
    assert shown in page
    assert "<b>8.25</b>" in page
