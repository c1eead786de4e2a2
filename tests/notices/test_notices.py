"""Notices as PDF: the same bytes again, nothing spliced, nothing dropped, on the grid."""

from datetime import date

import pytest

from shared.notices import DOCUMENTS, NotPrintable, Rights, UnknownDocument, merged, notice, pictures, render
from shared.rulebooks import outcomes_default
from shared.rules.outcomes import parse_outcomes

RARE = "堃喆玥昇镕璟墕坬垴"
DAY = date(2027, 1, 25)


def made(document="alert_notice", **given):
    rights = Rights(date(2027, 2, 1), None, date(2027, 2, 22), "中共甲村支部委员会", "中共演示县委组织部")
    values = {
        "code": "alert_notice",
        "organ": "中共甲村支部委员会",
        "member": "党员甲（合成）",
        "year": 2026,
        "name": "警示通知书",
        "what": "发出警示通知书，提醒本人认识后果",
        "reasons": ["2026 年度格次为“不合格”"],
        "clause": "对评为不合格的党员发出警示通知书",
        "mark": "甲村支",
        "told_on": DAY,
        "dated_on": DAY,
        "rights": rights,
        "synthetic": "人员和数据均为合成",
    }
    return notice(document, **values | given)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_prints_and_prints_the_same_again(document):
    one = made(document, code="help_talk" if document == "talk_record" else "alert_notice")
    assert render(one).startswith(b"%PDF-")
    assert render(one) == render(one)


def test_every_document_that_the_shipped_rules_name_has_a_text():
    rules = parse_outcomes(outcomes_default()).rules
    assert {one.document for one in rules if one.document} <= set(DOCUMENTS)
    with pytest.raises(UnknownDocument):
        made("no_such_document")


def test_what_people_typed_is_printed_and_never_run():
    """A name or a reason in the typesetter's own signs comes out as it is: the page differs only there."""
    tricky = "#panic() $x$ [a] @b *c* \\ <d> // e"
    assert render(made(reasons=[tricky])) != render(made())
    assert len(pictures(made(reasons=[tricky]))) == len(pictures(made()))


def test_rare_names_print_and_what_no_font_has_is_named():
    assert render(made(member=RARE)).startswith(b"%PDF-")
    with pytest.raises(NotPrintable) as refused:
        render(made(member="党员\U0001f600"))
    assert refused.value.characters == ("\U0001f600",)
    with pytest.raises(NotPrintable) as hidden:
        render(made(member="党员\u202e甲"))
    assert hidden.value.characters == ("\u202e",), "what changes the reading without being seen"


def test_many_reasons_flow_over_pages_and_many_notices_begin_on_odd_ones():
    long = made(
        reasons=[f"第 {number} 次组织生活无故缺席，事后没有说明情况，支部已当面提醒" for number in range(60)]
    )
    assert len(pictures(long)) > 1
    told = []
    both = merged([made(), made(member="党员乙（合成）")], lambda done, of: told.append((done, of)))
    assert both.startswith(b"%PDF-")
    assert told[-1] == (2, 2)
    with pytest.raises(ValueError, match="no notices"):
        merged([])
