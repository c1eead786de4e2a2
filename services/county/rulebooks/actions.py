"""Rulebook versions: checked, kept by content, never edited."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.contest.models import Contest
from services.county.rulebooks.models import RulebookVersion
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.rules.rulebook import RulebookError, parse_rulebook
from shared.rules.rulebook_values import Rulebook

CONTEST = "contest"
NAME_LENGTH = 120


class BadRulebook(Refused):
    """A rulebook that cannot be used: the exact place, and what to do, in Chinese and in English."""

    status = 422

    def __init__(self, place: str, problem: str, problem_en: str) -> None:
        super().__init__(N_("规则文件有误，位置 %(place)s：%(problem)s"), place=place, problem=problem)
        self.place, self.problem, self.problem_en = place, problem, problem_en


def document_of(text: str) -> Any:
    """The JSON document in `text`; raises BadRulebook with line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        raise BadRulebook(
            place, "这里不是有效的 JSON，请检查引号、逗号和括号", f"not valid JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise BadRulebook("1:1", "括号套得太深", "nested too deeply") from error
    except ValueError as error:
        raise BadRulebook("1:1", "有一个数太长，读不了", "a number is too long to read") from error


def read_rulebook(text: str) -> Rulebook:
    """A contest rulebook from its text; raises BadRulebook with the place."""
    document = document_of(text)
    try:
        rulebook = parse_rulebook(document)
    except RulebookError as error:
        raise BadRulebook(error.path, error.message, error.message_en) from error
    except RecursionError as error:
        raise BadRulebook("1:1", "括号套得太深", "nested too deeply") from error
    except ValueError as error:
        raise BadRulebook("1:1", "有一个数太长，读不了", "a number is too long to read") from error
    if len(rulebook.name) > NAME_LENGTH or not rulebook.name.isprintable():
        raise BadRulebook("name", "名称最多 120 个字，只用普通文字", "at most 120 characters of plain text")
    return rulebook


def add_rulebook(session: Session, actor: SignedIn, text: str, now: datetime) -> RulebookVersion:
    """Keep a rulebook's exact text; the same content twice is one version. Raises BadRulebook."""
    rulebook = read_rulebook(text)
    existing = session.get(RulebookVersion, rulebook.hash)
    if existing is not None:
        return existing
    version = RulebookVersion(
        hash=rulebook.hash,
        unit_id=actor.unit.id,
        kind=CONTEST,
        name=rulebook.name,
        text=text,
        effective_from=rulebook.effective_from,
        added_by=actor.name,
        added_at=now,
    )
    session.add(version)
    session.flush()
    audit.record(session, now, actor.account_id, actor.unit.id, "rulebook.add", rulebook.hash)
    return version


def used_by(session: Session, digest: str) -> list[Contest]:
    """Contests under this version, newest first; once one has begun the version is fixed for it."""
    query = select(Contest).where(Contest.rulebook_hash == digest).order_by(Contest.year.desc())
    return list(session.scalars(query))


def versions(session: Session) -> Sequence[RulebookVersion]:
    """Every version of the contest's rules, newest first."""
    query = select(RulebookVersion).where(RulebookVersion.kind == CONTEST)
    return session.scalars(query.order_by(RulebookVersion.added_at.desc())).all()


def version(session: Session, digest: str) -> tuple[RulebookVersion, Rulebook]:
    """One version, parsed; raises Absent."""
    found = session.get(RulebookVersion, digest)
    if found is None or found.kind != CONTEST:
        raise Absent
    return found, parse_rulebook(json.loads(found.text))
