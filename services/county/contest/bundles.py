"""A published contest as the document anybody can recompute (`sanji contest verify`)."""

import json
from base64 import b64encode
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.inputs import decisions_of, entries_of, identity
from services.county.contest.models import Contest, Edition, EditionPublished, Trial
from services.county.contest.records import lines
from services.county.rulebooks.actions import version
from shared.kit.errors import Absent
from shared.rules.bundle import build_bundle, result_hash
from shared.rules.contest import grade


class NotReproducible(Exception):
    """What is stored no longer gives the stored result: this must be looked at, not exported."""


def published_bundle(session: Session, contest: Contest, number: int | None = None) -> dict[str, Any]:
    """The bundle of a published edition (default: the one in force).

    Raises Absent where that edition is not published, NotReproducible where the inputs kept do not give
    the result that was signed.
    """
    edition, published = _edition(session, contest, number)
    trial = session.get_one(Trial, edition.trial_id)
    stored, rulebook = version(session, trial.rulebook_hash)
    entries, decisions = entries_of(lines(session, trial)), decisions_of(trial)
    grading = grade(rulebook, entries, decisions)
    if result_hash(grading) != trial.result_hash:
        raise NotReproducible(f"contest {contest.year}, edition {edition.number}, trial {trial.number}")
    document = json.loads(stored.text)
    signatures = [_signature(published)]
    return build_bundle(identity(contest), document, entries, decisions, grading, signatures)


def bundle_of_year(session: Session, year: int, number: int | None = None) -> dict[str, Any]:
    """The bundle of a year's contest, for a command line; raises as `published_bundle`."""
    contest = session.scalars(select(Contest).where(Contest.year == year)).one_or_none()
    if contest is None:
        raise Absent
    return published_bundle(session, contest, number)


def written(bundle: dict[str, Any]) -> bytes:
    """A bundle as the bytes of its file."""
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode()


def _edition(session: Session, contest: Contest, number: int | None) -> tuple[Edition, EditionPublished]:
    query = (
        select(Edition, EditionPublished)
        .join(
            EditionPublished,
            (EditionPublished.contest_id == Edition.contest_id) & (EditionPublished.number == Edition.number),
        )
        .where(Edition.contest_id == contest.id)
        .order_by(Edition.number.desc())
        .limit(1)
    )
    narrowed = query if number is None else query.where(Edition.number == number)
    row = session.execute(narrowed).one_or_none()
    if row is None:
        raise Absent
    return row[0], row[1]


def _signature(published: EditionPublished) -> dict[str, str]:
    return {
        "algorithm": "Ed25519",
        "key_id": published.key_id,
        "public_key": b64encode(published.public_key).decode(),
        "signature": b64encode(published.signature).decode(),
        "by": published.by,
    }
