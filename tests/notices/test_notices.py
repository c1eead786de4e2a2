"""Notices as PDF: the same bytes again, nothing spliced, nothing dropped, on the grid."""

import shutil
from datetime import date

import pylopdf_fonts_zh_cn as shipped
import pytest
from click.testing import CliRunner

from deploy.font_commands import fonts as fonts_command
from shared.kit.settings import SettingsError, fonts_folder
from shared.notices import DOCUMENTS, NotPrintable, Rights, UnknownDocument, merged, notice, pictures, render
from shared.notices.fonts import Fonts, font_report, house_fonts
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


def test_a_correction_notice_says_until_when():
    last = made("correction_notice", correct_by=date(2027, 3, 5))
    assert ("text", "整改期限：2027年3月5日以前。") in last.parts


def test_a_correction_notice_names_each_problem_or_where_they_are_named():
    two = made("correction_notice", problems=["三次无故缺席组织生活", "承诺的两件事没有办"])
    assert ("text", "1.三次无故缺席组织生活。") in two.parts
    assert ("text", "2.承诺的两件事没有办。") in two.parts
    above = made("correction_notice", problems=None)
    assert ("text", "具体问题见支部送达本人的通知书。") in above.parts
    assert not [one for one in made("correction_notice").parts if "存在的问题" in one[1]], "none was found"


@pytest.fixture
def house(tmp_path):
    """A folder with one font that the house calls its 仿宋, and something that is no font."""
    shutil.copy(shipped.sans_path(), tmp_path / "FangSong_GB2312.otf")
    (tmp_path / "readme.txt").write_text("fonts of the house")
    return tmp_path


def test_the_houses_own_fonts_print_where_it_has_them(house):
    found = house_fonts(house)
    assert (found.body, found.head, found.title) == (house / "FangSong_GB2312.otf", None, None)
    assert render(made(), found) != render(made()), "printed with another face"
    assert render(made(), found) == render(made(), found)
    assert house_fonts(None) == Fonts()


def test_what_a_font_of_the_house_lacks_is_named_and_what_prints_it_instead(house):
    body, head, title = font_report(house_fonts(house), "党员甲\U0001f600")
    assert (body.own, body.lacking, body.nowhere) == (
        house / "FangSong_GB2312.otf",
        ("\U0001f600",),
        ("\U0001f600",),
    )
    assert (head.own, head.shipped, head.lacking) == (None, "Noto Sans SC", ())
    assert (title.own, title.shipped) == (None, "Noto Serif SC")


def test_sanji_fonts_says_it_on_the_command_line(house, monkeypatch):
    run = CliRunner().invoke
    found = run(fonts_command, ["--folder", str(house)])
    assert (found.exit_code, "FangSong_GB2312.otf, whole" in found.output) == (0, True)
    assert "headings (黑体): no font of the house" in found.output
    lacking = run(fonts_command, ["--folder", str(house), "--check", "甲\U0001f600"])
    assert (lacking.exit_code, "lacks 1" in lacking.output, "printed by none" in lacking.output) == (
        1,
        True,
        True,
    )
    assert run(fonts_command, ["--folder", str(house / "no")]).exit_code == 1
    monkeypatch.setenv("SANJI_FONTS", str(house))
    assert "FangSong_GB2312.otf" in run(fonts_command, []).output
    monkeypatch.setenv("SANJI_FONTS", str(house / "no"))
    with pytest.raises(SettingsError, match="SANJI_FONTS"):
        fonts_folder()


def test_who_is_called_to_a_reminder_talk_gets_a_red_head_and_signs_for_it():
    called = made("talk_record", code="reminder_talk")
    assert (called.red, called.slip, called.addressee) == (True, True, "党员甲（合成）同志")
    assert called.title == "预警提醒约谈通知书"
    assert made("talk_record", code="help_talk").red is False
