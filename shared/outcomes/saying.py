"""Saying something about cases: one word, or the same word about many, each by id and version seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from shared.contracts.outcomes import CaseLine, CasesTold, WordLine
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.db import insert_rows
from shared.kit.ids import new_id
from shared.outcomes.barring import barred, siblings
from shared.outcomes.desk import CaseRefused, Desk, Seen, rule_of
from shared.outcomes.keeping import refold, word_row
from shared.outcomes.reading import Told, also, told
from shared.outcomes.voice import Voice, voice
from shared.rules.outcomes import FORCE, SORTS, Referral, Word, may_say, office
from shared.rules.words import Refusal

STALE = Refusal("stale", "刚刚被别人办理过，请看过最新情况再办", "somebody has acted since: look again")
ONE_OF = Refusal("chosen", "同类结果只能选一项", "one of the group can be chosen")
ELSEWHERE = Refusal("tier", "这一步由另一级办理", "another tier says this")
GONE = Refusal("gone", "不在您的管理范围内", "not within your scope")


@dataclass(frozen=True)
class Said:
    """What is to be said: the word's kind, verdict, text, what the verdict fixes; about which sorts."""

    kind: str
    verdict: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    sorts: tuple[str, ...] = SORTS


@dataclass
class Result:
    """Cases about which it was said, and those about which it was not, with the reason."""

    done: list[Any] = field(default_factory=list)
    refused: list[tuple[Any, Refusal]] = field(default_factory=list)


def say(
    session: Session, desk: Desk, actor: SignedIn, seen: Sequence[Seen], said: Said, now: datetime
) -> Result:
    """Say it about each case, where the rules let it be said; tell the other tiers; follow what follows."""
    result, lines, taken = Result(), Lines(desk, actor, now), set[object]()
    speaker = voice(session, desk, actor)
    versions = {one.case_id: one.version for one in seen}
    for found in _held(session, speaker, seen):
        stale = found.case.version != versions[found.case.id]
        refusal = STALE if stale else _refusal(session, speaker, found, said, now)
        group = _group(session, desk, found.case) if said.verdict in FORCE else None
        if refusal is None and group is not None and group in taken:
            refusal = ONE_OF
        if refusal:
            result.refused.append((found.case, refusal))
            continue
        taken.add(group)
        lines.add(found.case, _signed(speaker, found.case, said), after=behind(found, now))
        _choose(session, desk, lines, found, said)
        result.done.append(found.case)
    missing = {one.case_id for one in seen} - {case.id for case in result.done}
    missing -= {case.id for case, _refusal in result.refused}
    result.refused += [(None, GONE) for _one in missing]
    lines.write(session)
    if said.kind == "confirmed":
        for case in result.done:
            if case.sort == "appeal" and case.state == "in_force":
                desk.after(session, told(session, desk, [case])[0], actor, now)
    return result


def say_one(session: Session, desk: Desk, actor: SignedIn, seen: Seen, said: Said, now: datetime) -> Any:
    """Say it about one case; the case. Raises CaseRefused with the rule's reason."""
    result = say(session, desk, actor, [seen], said, now)
    if result.refused:
        raise CaseRefused(result.refused[0][1])
    return result.done[0]


def behind(found: Told, now: datetime) -> timedelta:
    """By how much this clock is behind the last word, another tier's perhaps: their order is by moment."""
    last: datetime | None = found.words[-1].at if found.words else None
    return timedelta() if last is None or last < now else timedelta(microseconds=1) + (last - now)


def _signed(speaker: Voice, case: Any, said: Said) -> Said:
    """As it is said, and for which office where it is not the case's own tier."""
    if not speaker.stands_in(case, said.kind):
        return said
    return replace(said, data={**said.data, "office": speaker.offices.name})


def _held(session: Session, speaker: Voice, seen: Sequence[Seen]) -> list[Told]:
    desk, wanted = speaker.desk, [one.case_id for one in seen]
    query = select(desk.cases).where(desk.cases.id.in_(wanted), speaker.in_office())
    query = query.order_by(desk.cases.id).with_for_update()
    return told(session, desk, session.scalars(query, execution_options={"populate_existing": True}).all())


def _refusal(session: Session, speaker: Voice, found: Told, said: Said, now: datetime) -> Refusal | None:
    desk, actor = speaker.desk, speaker.actor
    case, today = found.case, civil(now).date()
    if case.sort not in said.sorts:
        return GONE
    if not speaker.may(case, said.kind):
        return ELSEWHERE
    rule = rule_of(desk.rulebook(session, case.rulebook), case)
    spoke = also(session, actor, found.words)
    word = Word(
        said.kind, str(actor.account_id), today, said.verdict, said.text, said.data, actor.name, spoke
    )
    return may_say(case.sort, found.stands, word, rule) or barred(session, desk, actor, found, word)


def _group(session: Session, desk: Desk, case: Any) -> tuple[UUID, int, str] | None:
    """The member's choice that this case is one of, or None."""
    rule = rule_of(desk.rulebook(session, case.rulebook), case)
    return (case.member_id, case.year, rule.one_of) if rule is not None and rule.one_of else None


def _choose(session: Session, desk: Desk, lines: "Lines", found: Told, said: Said) -> None:
    """Where people choose one outcome of several, confirming it drops the others, by the same two persons."""
    decision = found.stands.decision
    if said.kind != "confirmed" or decision is None or decision.verdict not in FORCE:
        return
    first = next(row for row in reversed(found.words) if row.kind == "decided")
    for other in siblings(session, desk, found.case, "open"):
        # Who only confirms for a branch does not decide for it: the branch drops the others itself.
        if _office(other, "decided") != _office(found.case, "confirmed"):
            continue
        name = desk.rulebook(session, found.case.rulebook).by_code[found.case.code].name
        text = f"同类结果中已选“{name}”"
        lines.add(other, Said("decided", "dropped", text), by=first.by, by_id=first.by_id)
        # Later by as little as can be: words are put in order by their moment.
        lines.add(other, Said("confirmed"), after=timedelta(microseconds=1))


def _office(case: Any, kind: str) -> str:
    return office(case.tier, kind, Referral(case.referred_to, case.referred_whole))


@dataclass(frozen=True)
class ByRule:
    """Speaks where no person does: an organ for which a rule does."""

    name: str
    account_id: None = None


class Lines:
    """Words gathered, then written and told branch by branch. They are not asked whether they may be said."""

    def __init__(self, desk: Desk, actor: SignedIn | ByRule, now: datetime) -> None:
        self.desk, self.actor, self.now = desk, actor, now
        self.rows: list[tuple[Any, WordLine, UUID | None]] = []

    def add(
        self,
        case: Any,
        said: Said,
        *,
        by: str = "",
        by_id: UUID | None = None,
        after: timedelta = timedelta(),
    ) -> None:
        """One word about one case, by the actor unless somebody else is named."""
        line = WordLine(
            word_id=new_id(),
            case_id=case.id,
            member_id=case.member_id,
            kind=said.kind,
            verdict=said.verdict,
            text=said.text.strip(),
            data=dict(said.data),
            by=by or self.actor.name,
            at=(self.now + after).isoformat(),
        )
        self.rows.append((case, line, by_id or self.actor.account_id))

    def write(self, session: Session) -> None:
        """Keep them, bring the cases up to them, tell the other tiers."""
        if not self.rows:
            return
        desk, by_unit = self.desk, dict[UUID, list[WordLine]]()
        session.flush()
        rows = [word_row(case.unit_id, line, desk.tier, by_id) for case, line, by_id in self.rows]
        insert_rows(session, desk.words, rows)
        now_at = refold(session, desk, {case.id for case, _line, _by in self.rows})
        for case, line, _by in self.rows:
            state, version = now_at[case.id]
            set_committed_value(case, "state", state)
            set_committed_value(case, "version", version)
            by_unit.setdefault(case.unit_id, []).append(line)
        for unit_id, words in by_unit.items():
            self._record(session, unit_id, words)
            desk.tell(session, unit_id, CasesTold(unit_id, desk.tier, [], words), self.now)

    def _record(self, session: Session, unit_id: UUID, words: Sequence[WordLine]) -> None:
        """One entry per branch and kind of word, naming the cases: who decides many at once decides each."""
        kinds: dict[tuple[str, str], list[str]] = {}
        for line in words:
            kinds.setdefault((line.kind, line.verdict), []).append(str(line.case_id))
        who = self.actor.account_id
        for (kind, verdict), cases in kinds.items():
            audit.record(
                session, self.now, who, unit_id, f"outcome.{kind}", cases[0], verdict=verdict, cases=cases
            )


def case_line(case: Any) -> CaseLine:
    """A stored case as it travels."""
    return CaseLine(
        case_id=case.id,
        member_id=case.member_id,
        year=case.year,
        sort=case.sort,
        tier=case.tier,
        code=case.code,
        against=case.against,
        rulebook=case.rulebook,
        reasons=case.reasons,
        text=case.text,
        codes=case.codes,
        opened_by=case.opened_by,
        opened_at=case.opened_at.isoformat(),
    )
