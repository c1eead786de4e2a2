"""One statement's page: what was posted, what counting it again gives, the claims, what was decided."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from services.township.roster.models import KnownMember
from services.township.statements import wording
from services.township.statements.pages import note_of
from services.township.statements.reading import BranchMonth, Part, month_of_statement, names
from services.township.statements.receiving import earlier_statements
from services.township.transfers.reading import carried_to
from shared.contracts.recount import claim_points
from shared.contracts.statements import ClaimLine
from shared.kit.accounts import SignedIn
from shared.kit.i18n import named
from shared.kit.web import db, me
from shared.rules.points.scheme_values import Category
from shared.rules.points.year import Line
from shared.sync.years import MemberYear, year_of

Members = Mapping[UUID, KnownMember]


def statement_page(statement_id: UUID, errors: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """What township/statement.html is given. Raises Absent."""
    row, part = month_of_statement(db(), statement_id)
    received = part.received
    here = year_of(db(), received.year)
    people = names(db(), received.unit_id, [line.member_id for line in part.body.members])
    limit = wording.limit_of(here, part)
    claims = _claims(here, part, people)
    return {
        "statement_id": statement_id,
        "heading": {
            "title": gettext("%(branch)s %(month)s 月积分月报", branch=row.branch.name, month=received.month),
            "note": gettext("%(year)s 年 · 第 %(part)s 次上报", year=received.year, part=received.part),
            "export_href": url_for("statements.export_one", statement_id=statement_id),
        },
        "crumb": {
            "label": gettext("积分月报"),
            "href": url_for("statements.listing", year=received.year, month=received.month),
        },
        "branch_href": url_for("statements.branch", branch_id=row.branch.id, year=received.year),
        "state": _state(row, part),
        "facts": [*_facts(part), *_struck(here, part, people)],
        "share": row.attendance,
        "limit": limit,
        "doubts": wording.doubts(row, limit) if part is row.last else [],
        "categories": [(one.code, named(one)) for one in categories(here)],
        "lines": member_lines(part, people),
        "claims": claims,
        "drawn": [one for one in claims if one["drawn"]],
        "may_look": me().may("statement.accept") and part.unseen > 0,
        "decision": decision(me(), row, part),
        "history": _history(row),
        "parts": [
            {
                "label": gettext("第 %(part)s 次上报", part=one.received.part),
                "href": url_for("statements.page", statement_id=one.received.id),
            }
            for one in row.parts
            if one is not part
        ],
        "errors": list(errors),
        **note_of(here),
    }


def _state(row: BranchMonth, part: Part) -> dict[str, str]:
    state = part.review.state if part.review else "received"
    label, colour = wording.STATES[state]
    return {"label": str(label), "colour": colour}


def _facts(part: Part) -> list[tuple[str, Any]]:
    figures = part.body.figures
    return [
        (gettext("党员"), part.received.members),
        (gettext("申报"), gettext("%(count)s 条", count=figures.get("claims", 0))),
        (gettext("其中代报"), gettext("%(count)s 条", count=figures.get("proxy", 0))),
        (gettext("支部退回"), gettext("%(count)s 条", count=figures.get("returned", 0))),
        *([(gettext("党总支审核"), endorsed)] if (endorsed := wording.endorsed(part.body)) else []),
    ]


def _struck(here: MemberYear, part: Part, people: Members) -> list[tuple[str, Any]]:
    """Claims that a transfer had carried and this statement takes back: whose, what, of which day."""
    came = carried_to(db(), part.body.branch_id) if part.body.carried_struck else {}
    said = []
    for one in part.body.carried_struck:
        member = part.body.members[one.member].member_id
        year = record.year(part.body.year) if (record := came.get(member)) else None
        claim = next((held for held in year.claims if held.id == one.id), None) if year else None
        words = gettext("%(name)s，第 %(number)s 号", name=_person(people, member)["name"], number=one.number)
        scheme = here.schemes.get(year.schemes[claim.scheme]) if year and claim else None
        if scheme and claim and claim.item in scheme.by_code:
            item = named(scheme.by_code[claim.item])
            words = gettext("%(claim)s，%(item)s %(day)s", claim=words, item=item, day=claim.day.isoformat())
        said.append(words)
    return [(gettext("冲销随转接带来的申报"), gettext("；").join(said))] if said else []


def decision(who: SignedIn, row: BranchMonth, part: Part) -> dict[str, Any]:
    """What this person may do now: buttons, and the reason beside the one that is not possible."""
    if part is not row.last:
        return {
            "token": "",
            "main": None,
            "reason": gettext("支部已经再次上报，请办理新的一次"),
            "back": False,
        }
    state = row.state
    main: dict[str, str] | None = None
    reason = ""
    month = {"year": part.received.year, "month": part.received.month}
    if state == "received":
        if who.may("statement.accept"):
            main = {"label": gettext("受理"), "action": url_for("statements.accept", **month)}
        elif who.may("statement.approve"):
            main = {"label": gettext("批准并报县里"), "action": ""}
            reason = gettext("要先由组织委员受理，再由您批准")
    elif state == "accepted":
        main = {"label": gettext("批准并报县里"), "action": url_for("statements.approve", **month)}
        reason = (
            wording.barred(who, row) if who.may("statement.approve") else gettext("已受理，等党委书记批准")
        )
    return {
        "token": f"{part.received.id}:{part.version}",
        "main": main,
        "reason": reason,
        "back": state in ("received", "accepted") and who.may("statement.send_back"),
        "back_action": url_for("statements.send_back", **month),
    }


def categories(here: MemberYear) -> Sequence[Category]:
    """Categories over all schemes of the year, each code once."""
    found = {one.code: one for scheme in here.by_field.values() for one in scheme.categories}
    return list(found.values())


def member_lines(part: Part, people: Members) -> list[dict[str, Any]]:
    """Per member what was posted by category, and what counting again gives."""
    counted = {UUID(one["member_id"]): one["counted"] for one in part.received.differences}
    made = []
    for line in part.body.members:
        sums: dict[str, int] = {}
        for one in line.posted:
            sums[one.category] = sums.get(one.category, 0) + one.points
        made.append(
            {
                **_person(people, line.member_id),
                "exempt": line.exempt,
                "categories": sums,
                "late": sum(one.points for one in line.posted if one.kind != "month"),
                "total": line.total,
                "counted": counted.get(line.member_id, line.total),
                "differs": line.member_id in counted,
            }
        )
    return sorted(made, key=lambda one: one["number"])


def _person(people: Members, member_id: UUID) -> dict[str, str]:
    known = people.get(member_id)
    return {
        "name": known.name if known else gettext("（名册未到）"),
        "number": known.number if known else str(member_id)[:8],
    }


def _claims(here: MemberYear, part: Part, people: Members) -> list[dict[str, Any]]:
    """Claims as received, with what each came to after the caps."""
    statements = [*earlier_statements(db(), part.body), part.body]
    counted = claim_points(statements, here.schemes, carried_to(db(), part.body.branch_id))
    drawn = set(part.drawn)
    made = [_claim(here, part, line, counted, people) for line in part.body.claims]
    for one in made:
        one["drawn"] = one["claim"] in drawn and one["alive"]
    return sorted(made, key=lambda one: (one["number"], one["day"], one["claim"]))


def _claim(
    here: MemberYear,
    part: Part,
    line: ClaimLine,
    counted: Mapping[UUID, Mapping[int, Line]],
    people: Members,
) -> dict[str, Any]:
    member = part.body.members[line.member].member_id
    scheme = here.schemes[part.body.schemes[line.scheme]]
    worth = counted.get(member, {}).get(line.number)
    look = part.looked.get(line.number)
    return {
        **_person(people, member),
        "claim": line.number,
        "item": named(scheme.by_code[line.item]),
        "day": line.day,
        "asked": line.points * scheme.category[line.category].sign,
        "points": worth.points if worth else None,
        "cut": str(wording.CUTS[worth.cut]) if worth and worth.cut else "",
        "alive": line.alive,
        "looked_by": look.by if look else "",
        "looked_at": look.at if look else None,
    }


def _history(row: BranchMonth) -> list[dict[str, Any]]:
    """Everything that happened to the month, oldest first."""
    told: list[dict[str, Any]] = []
    for part in row.parts:
        note = part.body.note
        told.append(_event(part, part.received.closed_by, gettext("结账上报"), part.received.closed_at, note))
        review = part.review
        if review is None:
            continue
        if review.accepted_at and review.accepted_at != review.sent_back_at:
            told.append(_event(part, review.accepted_by, gettext("已受理"), review.accepted_at))
        if review.sent_back_at:
            told.append(
                _event(part, review.sent_back_by, gettext("已退回"), review.sent_back_at, review.reason)
            )
        if review.approved_at:
            told.append(_event(part, review.approved_by, gettext("已批准，报县里"), review.approved_at))
    return sorted(told, key=lambda one: one["when"])


def _event(part: Part, who: str, what: str, when: Any, words: str = "") -> dict[str, Any]:
    return {"who": who, "what": what, "when": when, "words": words, "part": part.received.part}
