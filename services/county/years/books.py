"""The rulebooks a year of points runs under: the county's own versions, else the shipped ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.rulebooks.actions import NAME_LENGTH, BadRulebook, document_of
from services.county.rulebooks.models import RulebookVersion
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent
from shared.rulebooks import shipped_text
from shared.rules.document import DocumentError
from shared.rules.points.scheme_values import FIELDS, ORGANISATIONS, Scheme
from shared.sync.years import PARSE

# What a year needs, and the shipped file that stands in where the county has no version of its own.
NEEDED = {f"points/{field}": f"points_{field}" for field in FIELDS} | {
    "points_organisations": "points_organisations",
    "commitment_checks": "commitment_checks_default",
    "appraisal": "appraisal_default",
    "appraisal_organisations": "appraisal_organisations_default",
    "outcomes": "outcomes_default",
}


@dataclass(frozen=True)
class Book:
    """A rulebook ready to use: its text, its parsed form, and its stored version where it has one."""

    key: str
    text: str
    parsed: Any
    stored: RulebookVersion | None


def read_book(text: str) -> tuple[str, Any]:
    """Key and parsed form of a rulebook of the member's year; raises BadRulebook with the place."""
    document = document_of(text)
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind not in PARSE:
        raise BadRulebook("kind", f"只能是：{'、'.join(PARSE)}", f"must be one of {', '.join(PARSE)}")
    try:
        parsed = PARSE[kind](document)
    except DocumentError as error:
        raise BadRulebook(error.path, error.message, error.message_en) from error
    except (RecursionError, ValueError) as error:
        raise BadRulebook(
            "1:1", "有一处套得太深或数太长，读不了", "something is nested too deeply or too long to read"
        ) from error
    name = heading(parsed).name
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise BadRulebook("name", "名称最多 120 个字，只用普通文字", "at most 120 characters of plain text")
    return _key(kind, parsed), parsed


def _key(kind: str, parsed: Any) -> str:
    if kind == "points" and parsed.field == ORGANISATIONS:
        return "points_organisations"
    if kind == "points":
        return f"points/{parsed.field}"
    return "appraisal_organisations" if kind == "appraisal" and parsed.subjects == "units" else kind


def heading(parsed: Any) -> Any:
    """Where a parsed rulebook keeps name, source and date: a scheme has them itself, the others a heading."""
    return getattr(parsed, "heading", parsed)


def add_book(session: Session, actor: SignedIn, text: str, now: datetime) -> RulebookVersion:
    """Keep a version; the same content twice is one. Raises BadRulebook."""
    key, parsed = read_book(text)
    known = session.get(RulebookVersion, parsed.hash)
    if known is not None:
        return known
    made = RulebookVersion(
        hash=parsed.hash,
        unit_id=actor.unit.id,
        kind=key,
        name=heading(parsed).name,
        text=text,
        effective_from=heading(parsed).effective_from,
        added_by=actor.name,
        added_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, actor.unit.id, "rulebook.add", parsed.hash)
    return made


def in_force(session: Session, year: int) -> list[Book]:
    """What `year` would run under: for each kind the newest version in force on its first day."""
    first = date(year, 1, 1)
    return [_book(session, key, shipped, first) for key, shipped in NEEDED.items()]


def _book(session: Session, key: str, shipped: str, first: date) -> Book:
    stored = session.scalars(
        select(RulebookVersion)
        .where(RulebookVersion.kind == key, RulebookVersion.effective_from <= first)
        .order_by(RulebookVersion.effective_from.desc(), RulebookVersion.added_at.desc())
        .limit(1)
    ).one_or_none()
    text = stored.text if stored else shipped_text(shipped)
    document = json.loads(text)
    return Book(key, text, PARSE[document["kind"]](document), stored)


def versions(session: Session) -> Sequence[RulebookVersion]:
    """The county's stored versions of these kinds, newest first."""
    query = select(RulebookVersion).where(RulebookVersion.kind.in_(NEEDED))
    return session.scalars(query.order_by(RulebookVersion.added_at.desc(), RulebookVersion.kind)).all()


def stored_book(session: Session, digest: str) -> Book:
    """One stored version, parsed; raises Absent."""
    stored = session.get(RulebookVersion, digest)
    if stored is None or stored.kind not in NEEDED:
        raise Absent
    return Book(stored.kind, stored.text, read_book(stored.text)[1], stored)


def schemes_of(session: Session, rulebooks: Mapping[str, str]) -> list[Scheme]:
    """The schemes for members among a year's rulebooks (key → hash), one a field; raises Absent."""
    digests = [digest for key, digest in rulebooks.items() if key.startswith("points/")]
    return [stored_book(session, one).parsed for one in digests]


def shipped_book(name: str) -> Book:
    """A shipped rulebook by its name; raises Absent."""
    key = next((key for key, shipped in NEEDED.items() if shipped == name), None)
    if key is None:
        raise Absent
    text = shipped_text(name)
    return Book(key, text, read_book(text)[1], None)
