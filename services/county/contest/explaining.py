"""'Why this tier': one plain sentence, then the indicators as filed, as counted, by whom, with the points."""

from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from services.county.contest.models import Contest, Trial, TrialLine
from services.county.contest.records import former_lines
from services.county.contest.results import corrections_of, derivation, returns_of
from services.county.rulebooks.actions import version
from shared.contracts.documents import IndicatorLine
from shared.kit.i18n import in_english, named
from shared.rules.contest import BadValue, hundredths_text, score_value
from shared.rules.rulebook_values import Rulebook


def why(session: Session, contest: Contest, trial: Trial, line: TrialLine, span: int = 1) -> dict[str, Any]:
    """The view of one village in one trial, for county/_why.html."""
    rulebook = version(session, trial.rulebook_hash)[1]
    row = returns_of(session, [line]).get(line.verified_return_id)
    found = derivation(rulebook, line, row, corrections_of(session, contest))
    return {
        "id": str(line.unit_id),
        "name": line.village_name,
        "plain": _plain(rulebook, line),
        "rest": _last_year(rulebook, former_lines(session, contest).get(line.unit_id))
        + _changes(rulebook, found),
        "parts": _parts(rulebook, line, found),
        "span": span,
    }


def _plain(rulebook: Rulebook, line: TrialLine) -> str:
    """The rules' own sentence, which is Chinese and published; its English digest for an English reader."""
    if not in_english():
        return line.reason
    if line.rank is None:
        return gettext("没有申报，按规则不参加排名。")
    tier = named(rulebook.tier(line.tier)) if line.tier else gettext("待定")
    score = hundredths_text(line.score or 0)
    return gettext("总分 %(score)s 分，第 %(rank)s 名，%(tier)s。", score=score, rank=line.rank, tier=tier)


def _last_year(rulebook: Rulebook, former: TrialLine | None) -> str:
    if former is None or former.tier is None or former.tier > len(rulebook.tiers):
        return ""
    tier = named(rulebook.tier(former.tier))
    return gettext("去年%(tier)s第 %(rank)s 名。", tier=tier, rank=former.rank)


def _changes(rulebook: Rulebook, found: list[IndicatorLine]) -> str:
    """How many figures verification and the county's corrections changed, and what it came to in points."""
    changed = [one for one in found if one.changed]
    if not changed:
        return gettext("申报的数核实后都没有改。") if any(one.filed for one in found) else ""
    total = sum(one.points - _points(rulebook, one.code, one.filed) for one in changed)
    if total < 0:
        words = gettext("合计少 %(points)s 分", points=hundredths_text(-total))
    elif total > 0:
        words = gettext("合计多 %(points)s 分", points=hundredths_text(total))
    else:
        words = gettext("得分不变")
    corrected = sum(one.corrected for one in changed)
    return _by_whom(len(changed) - corrected, corrected, words)


def _by_whom(verified: int, corrected: int, words: str) -> str:
    """The township answers for what it changed, the county for what it put right."""
    if not corrected:
        return gettext("乡镇核实改了 %(count)s 项，%(words)s。", count=verified, words=words)
    if not verified:
        return gettext("县级更正改了 %(count)s 项，%(words)s。", count=corrected, words=words)
    return gettext(
        "乡镇核实改了 %(verified)s 项，县级更正改了 %(corrected)s 项，%(words)s。",
        verified=verified,
        corrected=corrected,
        words=words,
    )


def _points(rulebook: Rulebook, code: str, text: str) -> int:
    try:
        return score_value(rulebook.by_code[code], text)
    except BadValue:
        return 0


def _parts(rulebook: Rulebook, line: TrialLine, found: list[IndicatorLine]) -> list[dict[str, Any]]:
    return [
        {
            "name": named(category),
            "score": line.categories.get(category.code),
            "lines": [_line(rulebook, one) for one in found if one.category == category.code],
        }
        for category in rulebook.categories
    ]


def _line(rulebook: Rulebook, one: IndicatorLine) -> dict[str, Any]:
    indicator = rulebook.by_code[one.code]
    return {
        "name": named(indicator),
        "unit": indicator.unit_en if in_english() and indicator.unit_en else indicator.unit,
        "filed": one.filed or None,
        "verified": one.verified or None,
        "changed": one.changed,
        "by": gettext("县级更正") if one.corrected else one.changed_by,
        "reason": one.change_reason,
        "score": one.points,
        "most": one.weight,
    }
