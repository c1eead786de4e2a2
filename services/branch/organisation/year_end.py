"""The branch's own year-end: its self-report with the ballots, a request for review, what it put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.branch.commitments.models import Problem
from services.branch.organisation.models import OrganisationSaid
from shared.contracts.appraisal import TallyLine
from shared.contracts.classing import BODIES, Rectified, Reported, ReviewAsked, Shown
from shared.contracts.documents import UnitBase, read_document
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit
from shared.organisations.results import Classed, answers_of, classed_unit
from shared.organisations.year_end import UnitYear, Word, add_word, keep_said, unit_year
from shared.rules.appraisal import Rulebook, Skipped, Tally, appraisal_points
from shared.rules.words import RuleError
from shared.sync.outbox import send_up
from shared.sync.publications import receive_publications
from shared.sync.records import Received
from shared.sync.years import MemberYear

TEXT_LENGTH, ASK_LENGTH = 4000, 400
# From this month on a year is far enough to report on.
FIRST_MONTH = 12


@dataclass(frozen=True)
class Report:
    """A self-report as typed; `masses` None where the mass review was not held."""

    text: str
    members: TallyLine
    masses: TallyLine | None
    skip_reason: str
    tellers: Sequence[str]


def barred(session: Session, unit: Unit, year: MemberYear, now: datetime) -> Refused | None:
    """Why no report can be filed now, None where one can."""
    if year.organisations is None:
        return Refused(N_("县里这一年没有下发党组织积分办法。"))
    first = date(year.year, FIRST_MONTH, 1)
    if civil(now).date() < first:
        return Refused(N_("%(day)s 起报年终述职。"), day=first)
    words = unit_year(session, OrganisationSaid, year.year, unit.id)
    if words.shown or classed_unit(session, unit.id, year.year):
        return Refused(N_("已经定级公示，述职不能再改。"))
    return None


def report(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, given: Report, now: datetime
) -> None:
    """File the self-report; a later one stands for it until the class is shown. Raises Refused."""
    if refused := barred(session, unit, year, now):
        raise refused
    tellers = [one.strip() for one in given.tellers]
    if len(set(tellers)) != 2 or not all(tellers):
        raise Refused(N_("请写两位不同的监票人。"))
    rulebook = year.appraisal_organisations
    _require_sound(rulebook, given)
    skip = "" if given.masses else given.skip_reason.strip()
    body = Reported(rulebook.hash, given.text.strip(), given.members, given.masses, skip, tellers)
    _say(session, actor, unit, year, body, "organisation.report", now)


def _require_sound(rulebook: Rulebook, given: Report) -> None:
    """Quorum, votes that add up, a reason where the mass review was left out: the rule's own words."""
    members = Tally(given.members.eligible, given.members.cast, given.members.counts)
    masses = given.masses
    other: Tally | Skipped = (
        Tally(masses.eligible, masses.cast, masses.counts) if masses else Skipped(given.skip_reason)
    )
    try:
        appraisal_points(rulebook, members, other, rulebook.check.choices[0].code)
    except RuleError as error:
        raise Refused(N_("测评票数不对：%(why)s"), why=error.message) from error


def may_ask(words: UnitYear, classed: Classed | None, open_: Word | None, now: datetime) -> date | None:
    """The last day on which a review may be asked for; None where it may not be now."""
    shown = words.shown
    if open_ is not None or (shown is None and classed is None):
        return None
    if classed is not None:
        last = date.fromisoformat(classed.document.review_until)
    else:
        assert shown is not None
        last = date.fromisoformat(shown.as_(Shown).until)
    return last if civil(now).date() <= last else None


def open_request(session: Session, unit: Unit, year: int, words: UnitYear) -> Word | None:
    """The request that the county has not answered yet."""
    answered = answers_of(session, unit.id, year)
    return next((one for one in reversed(words.reviews) if one.id not in answered), None)


def ask_review(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, text: str, now: datetime
) -> None:
    """Ask the county to look at the class again. Raises Refused."""
    words = unit_year(session, OrganisationSaid, year.year, unit.id)
    classed = classed_unit(session, unit.id, year.year)
    open_ = open_request(session, unit, year.year, words)
    if open_ is not None:
        raise Refused(N_("已经申请复核，等县里答复。"))
    if may_ask(words, classed, open_, now) is None:
        raise Refused(N_("现在不在公示和申请复核的期限内。"))
    if classed is not None:
        classing = classed.document.classing_id
    else:
        assert words.shown is not None
        classing = words.shown.as_(Shown).classing_id
    body = ReviewAsked(classing, text.strip())
    _say(session, actor, unit, year, body, "organisation.ask_review", now)


def rectify(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, text: str, now: datetime
) -> None:
    """Report what was put right; the tier above closes it or returns it. Raises Refused."""
    classed = classed_unit(session, unit.id, year.year)
    if classed is None or not classed.rectify_until:
        raise Refused(N_("没有要整改的。"))
    if unit_year(session, OrganisationSaid, year.year, unit.id).rectification in ("reported", "closed"):
        raise Refused(N_("已经报过整改情况。"))
    _say(session, actor, unit, year, Rectified(text.strip()), "organisation.rectify", now)


def _say(
    session: Session, actor: SignedIn, unit: Unit, year: MemberYear, body: BODIES, act: str, now: datetime
) -> None:
    said = add_word(session, OrganisationSaid, actor, unit.id, year.year, body, now)
    send_up(session, unit.id, unit.id, said, now)
    audit.record(session, now, actor.account_id, unit.id, act, str(said.word_id))


def receive_bases(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Next year's base, and what was found wrong: it becomes next year's drafts, as with members."""
    receive_publications(session, received, now)
    for item in received:
        document = read_document(item.body.document.body)
        assert isinstance(document, UnitBase)
        for place, text in enumerate(document.problems):
            row = {
                # The same document makes the same rows, however often it comes.
                "id": uuid5(document.unit_id, f"{document.year}/{place}"),
                "unit_id": document.unit_id,
                "member_id": None,
                "year": document.year - 1,
                "text": text,
                "found_by": "organisation",
                "by": "",
                "at": datetime.fromisoformat(document.at),
            }
            session.execute(insert(Problem).inline().values(row).on_conflict_do_nothing())


def receive_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Words of the tier above."""
    keep_said(session, OrganisationSaid, received, above=True)


def recover_said(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Own words that the tier above still holds, after this database was restored to before them."""
    keep_said(session, OrganisationSaid, received, above=False)
