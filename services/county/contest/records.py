"""What is kept of a contest, read back: trials with their lines, editions, the names of townships."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest, Edition, EditionPublished, Trial, TrialLine
from shared.kit.errors import Absent
from shared.kit.units import Unit


def last_trial(session: Session, contest: Contest) -> Trial | None:
    """The newest trial, or None before the first."""
    query = select(Trial).where(Trial.contest_id == contest.id).order_by(Trial.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


def trial_by_number(session: Session, contest: Contest, number: int) -> Trial:
    """One trial; raises Absent."""
    query = select(Trial).where(Trial.contest_id == contest.id, Trial.number == number)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Absent
    return found


def lines(session: Session, trial: Trial) -> list[TrialLine]:
    """A trial's villages in rank order, the excluded last."""
    query = (
        select(TrialLine)
        .where(TrialLine.trial_id == trial.id)
        .order_by(TrialLine.group, TrialLine.rank.nulls_last(), TrialLine.village_code)
    )
    return list(session.scalars(query))


def last_edition(session: Session, contest: Contest) -> Edition | None:
    """The newest edition, or None before the lock."""
    query = select(Edition).where(Edition.contest_id == contest.id).order_by(Edition.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


def standing_trial(session: Session, contest: Contest) -> Trial | None:
    """The trial a reader means: the edition's own once there is one, else the last."""
    edition = last_edition(session, contest)
    return session.get_one(Trial, edition.trial_id) if edition else last_trial(session, contest)


def all_editions(session: Session, contest: Contest) -> list[tuple[Edition, EditionPublished | None]]:
    """Every edition, newest first, with its publication where there is one."""
    query = (
        select(Edition, EditionPublished)
        .outerjoin(
            EditionPublished,
            (EditionPublished.contest_id == Edition.contest_id) & (EditionPublished.number == Edition.number),
        )
        .where(Edition.contest_id == contest.id)
        .order_by(Edition.number.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def township_names(session: Session) -> dict[UUID, str]:
    """Townships by id, in tree order."""
    return {unit.id: unit.name for unit in townships(session)}


def townships(session: Session) -> Sequence[Unit]:
    """The county's townships in tree order."""
    return session.scalars(select(Unit).where(Unit.level == "township").order_by(Unit.path)).all()


def former_contest(session: Session, contest: Contest) -> Contest | None:
    """The published contest of the year before, or None."""
    query = select(Contest).where(Contest.year == contest.year - 1, Contest.state == "published")
    return session.scalars(query).one_or_none()


def former_lines(session: Session, contest: Contest) -> dict[UUID, TrialLine]:
    """Where each village stood in the edition in force of the year before; empty without one."""
    former = former_contest(session, contest)
    edition = last_edition(session, former) if former else None
    return {line.unit_id: line for line in lines_of(session, edition)} if edition else {}


def lines_of(session: Session, edition: Edition) -> list[TrialLine]:
    """The villages of an edition."""
    return lines(session, session.get_one(Trial, edition.trial_id))
