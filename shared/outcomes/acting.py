"""What the asker may say about a case now, as forms: what comes next first; what is barred, and why."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext

from shared.kit.clock import civil
from shared.kit.i18n import in_english, named
from shared.kit.web import db, me, now
from shared.outcomes import wording
from shared.outcomes.barring import barred
from shared.outcomes.desk import GRADE, rule_of
from shared.outcomes.place import Place
from shared.outcomes.reading import Told, also
from shared.outcomes.voice import voice
from shared.rules.outcomes import VERDICTS, Rulebook, Word, may_say, next_words
from shared.rules.words import Refusal

# In the order in which people come to them; those of MAIN are asked for, the others only possible.
ORDER = (
    *("confirmed", "decided", "verified", "hearing_held", "followed_up", "acknowledged", "stated", "called"),
    *("heard", "sent_back", "replied", "hearing_asked", "carried_out", "withdrawn"),
)
MAIN = frozenset({*ORDER[:8], "heard"})
# Said without words of one's own.
WORDLESS = frozenset({"called", "confirmed", "acknowledged", "hearing_asked"})
# What a refusal may still need is asked for by the form itself.
FORGIVEN = frozenset({"text", "verdict", "period", "correction", "codes", "grade"})
# What speaks against applying an outcome, but not against dropping it.
AGAINST = frozenset({"heard", "contradict", "shielded", "chosen"})


def actions(place: Place, rulebook: Rulebook, found: Told) -> dict[str, Any]:
    """`main`: the form that is asked for now, or none; `more`: also possible; `barred`: not, and why."""
    forms = [_form(place, rulebook, found, kind) for kind in _kinds(place, rulebook, found)]
    free = sorted((one for one in forms if not one["barred"]), key=lambda one: bool(one["warning"]))
    main = next((one for one in free if _asked(one["kind"], found)), None)
    return {
        "main": main,
        "more": [one for one in free if one is not main],
        "barred": _by_reason([one for one in forms if one["barred"]]),
    }


def _by_reason(forms: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What is barred for the same reason is said once."""
    found: dict[str, list[str]] = {}
    for one in forms:
        found.setdefault(one["barred"], []).append(one["label"])
    return [{"what": gettext("、").join(labels), "why": why} for why, labels in found.items()]


def _asked(kind: str, found: Told) -> bool:
    if kind == "acknowledged":
        # At the branch signing for somebody is an exception, for a member it is what waits.
        return me().scope.person is not None
    if kind in ("heard", "called"):
        # While the member has time to write himself nothing is asked of the branch.
        return not {"heard", "stated", "called"} & found.stands.said.keys()
    return kind in MAIN and (kind != "stated" or "stated" not in found.stands.said)


def _kinds(place: Place, rulebook: Rulebook, found: Told) -> list[str]:
    """Words that are in turn and that the asker's posts let them say."""
    case, speaker = found.case, voice(db(), place.reading, me())
    asked = next_words(case.sort, found.stands, rule_of(rulebook, case))
    kinds = [kind for kind in asked if speaker.may(case, kind)]
    return sorted(kinds, key=ORDER.index)


def _form(place: Place, rulebook: Rulebook, found: Told, kind: str) -> dict[str, Any]:
    case = found.case
    refusal = _refusal(place, rulebook, found, kind)
    words = "" if refusal is None else refusal.message_en if in_english() else refusal.message
    may_drop = case.sort == "outcome" and kind == "decided" and refusal and refusal.code in AGAINST
    posted = request.method == "POST" and (request.view_args or {}).get("kind") == kind
    return {
        "kind": kind,
        "label": wording.action(kind, personal=me().scope.person is not None),
        "hint": wording.hint(case.sort, kind),
        "verdicts": _verdicts(case.sort, kind),
        "action": url_for("outcomes.say", case_id=case.id, kind=kind),
        "barred": "" if may_drop else words,
        "warning": words if may_drop else "",
        "grades": _grades(rulebook, case, kind),
        "codes": _codes(rulebook, case, kind),
        "text": wording.asked_text(kind),
        "wordless": kind in WORDLESS,
        "posted": posted,
    }


def _grades(rulebook: Rulebook, case: Any, kind: str) -> list[dict[str, Any]]:
    """What a grade can be put right to."""
    if (case.sort, case.code, kind) != ("appeal", GRADE, "decided"):
        return []
    chosen = request.form.get("grade")
    return [
        {"value": one.code, "label": named(one), "selected": one.code == chosen}
        for one in rulebook.grades.values()
    ]


def _codes(rulebook: Rulebook, case: Any, kind: str) -> list[dict[str, Any]]:
    """What fault tolerance was asked for."""
    if (case.sort, kind) != ("tolerance", "decided"):
        return []
    return [{"value": one, "label": wording.outcome_name(rulebook, one)} for one in case.codes]


def _verdicts(sort: str, kind: str) -> list[dict[str, str]]:
    codes = VERDICTS[sort] if kind == "decided" else ("improved", "failed") if kind == "followed_up" else ()
    return [{"value": code, "label": gettext(wording.VERDICTS[code])} for code in codes]


def _refusal(place: Place, rulebook: Rulebook, found: Told, kind: str) -> Refusal | None:
    """Why the asker cannot say it though it would be in turn: order, persons, clocks, shields."""
    case = found.case
    verdict = {"decided": VERDICTS[case.sort][0], "followed_up": "improved"}.get(kind, "")
    today = civil(now()).date()
    spoke = also(db(), me(), found.words)
    word = Word(kind, str(me().account_id), today, verdict, "…", name=me().name, also=spoke)
    refusal = may_say(case.sort, found.stands, word, rule_of(rulebook, case))
    refusal = refusal or barred(db(), place.reading, me(), found, word)
    return None if refusal and refusal.code in FORGIVEN else refusal
