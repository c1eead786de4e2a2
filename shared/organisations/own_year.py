"""A unit's own year-end: its self-report with the ballots, a request for review, what it put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from shared.contracts.appraisal import TallyLine
from shared.contracts.classing import BODIES, Promised, Rectified, Reported, ReviewAsked, Shown, Unshown
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Refused
from shared.kit.i18n import N_
from shared.organisations.filing import Own
from shared.organisations.results import Classed, answers_of, classed_unit
from shared.organisations.year_end import UnitYear, Word, add_word, unit_year
from shared.rules.appraisal import Rulebook, Skipped, Tally, appraisal_points
from shared.rules.words import RuleError
from shared.sync.outbox import send_up

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


def barred(session: Session, own: Own, now: datetime) -> Refused | None:
    """Why no report can be filed now, None where one can."""
    year = own.year
    if year.organisations is None:
        return Refused(N_("县里这一年没有下发党组织积分办法。"))
    if year.closed is not None:
        return Refused(N_("%(year)s 年度已经关闭。"), year=year.year)
    first = date(year.year, FIRST_MONTH, 1)
    if civil(now).date() < first:
        return Refused(N_("%(day)s 起报年终述职。"), day=first)
    words = unit_year(session, own.said, own.year.year, own.unit.id)
    # What was shown and then taken back is done anew, whatever was approved before.
    again = words.newest(Unshown) is not None and words.shown is None
    if words.shown or (not again and classed_unit(session, own.unit.id, own.year.year)):
        return Refused(N_("已经定级公示，述职不能再改。"))
    return None


def report(session: Session, own: Own, actor: SignedIn, given: Report, now: datetime) -> None:
    """File the self-report; a later one stands for it until the class is shown. Raises Refused."""
    if refused := barred(session, own, now):
        raise refused
    tellers = [one.strip() for one in given.tellers]
    if len(set(tellers)) != 2 or not all(tellers):
        raise Refused(N_("请写两位不同的监票人。"))
    rulebook = own.year.appraisal_organisations
    _require_sound(rulebook, given)
    skip = "" if given.masses else given.skip_reason.strip()
    body = Reported(rulebook.hash, given.text.strip(), given.members, given.masses, skip, tellers)
    _say(session, own, actor, body, "organisation.report", now)


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


def class_that_counts(words: UnitYear, classed: Classed | None) -> Classed | None:
    """The class approved, unless another is shown since: the classing was returned and done anew."""
    shown = words.shown
    if shown is None or classed is None:
        return classed
    return classed if shown.as_(Shown).classing_id == classed.document.classing_id else None


def open_request(session: Session, own: Own, words: UnitYear) -> Word | None:
    """The request that the county has not answered yet."""
    answered = answers_of(session, own.unit.id, own.year.year)
    return next((one for one in reversed(words.reviews) if one.id not in answered), None)


def ask_review(session: Session, own: Own, actor: SignedIn, text: str, now: datetime) -> None:
    """Ask the county to look at the class again. Raises Refused."""
    words = unit_year(session, own.said, own.year.year, own.unit.id)
    classed = class_that_counts(words, classed_unit(session, own.unit.id, own.year.year))
    open_ = open_request(session, own, words)
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
    _say(session, own, actor, body, "organisation.ask_review", now)


def promise(session: Session, own: Own, actor: SignedIn, text: str, due: date, now: datetime) -> None:
    """Commit to something, by a day of the year. Raises Refused."""
    if own.year.closed is not None or due.year != own.year.year:
        raise Refused(N_("期限要在 %(year)s 年内，年度关闭以后不再提。"), year=own.year.year)
    body = Promised(text.strip(), due.isoformat())
    _say(session, own, actor, body, "organisation.promise", now)


def rectify(session: Session, own: Own, actor: SignedIn, text: str, now: datetime) -> None:
    """Report what was put right; the tier above closes it or returns it. Raises Refused."""
    classed = classed_unit(session, own.unit.id, own.year.year)
    if classed is None or not classed.rectify_until:
        raise Refused(N_("没有要整改的。"))
    if unit_year(session, own.said, own.year.year, own.unit.id).rectification in ("reported", "closed"):
        raise Refused(N_("已经报过整改情况。"))
    _say(session, own, actor, Rectified(text.strip()), "organisation.rectify", now)


def _say(session: Session, own: Own, actor: SignedIn, body: BODIES, act: str, now: datetime) -> None:
    unit = own.unit.id
    said = add_word(session, own.said, actor, unit, own.year.year, body, now)
    send_up(session, unit, unit, said, now)
    audit.record(session, now, actor.account_id, unit, act, str(said.word_id))
