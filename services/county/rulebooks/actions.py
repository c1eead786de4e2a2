"""Rulebook versions: checked, kept by content, never edited."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.county.rulebooks.models import RulebookVersion
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.rules.rulebook import RulebookError, parse_rulebook
from shared.rules.rulebook_values import Rulebook


def add_rulebook(session: Session, actor: SignedIn, text: str, now: datetime) -> RulebookVersion:
    """Keep a rulebook's exact text; the same content twice is one version. Raises Refused with the place."""
    try:
        rulebook = parse_rulebook(json.loads(text))
    except json.JSONDecodeError as error:
        raise Refused("规则文件第 %(line)s 行不是有效的 JSON。", line=error.lineno) from error
    except RulebookError as error:
        raise Refused(
            "规则文件有误,位置 %(place)s:%(problem)s", place=error.path, problem=error.message
        ) from error
    existing = session.get(RulebookVersion, rulebook.hash)
    if existing is not None:
        return existing
    version = RulebookVersion(
        hash=rulebook.hash,
        unit_id=actor.unit.id,
        kind="contest",
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


def versions(session: Session) -> Sequence[RulebookVersion]:
    """Every version, newest first."""
    return session.scalars(select(RulebookVersion).order_by(RulebookVersion.added_at.desc())).all()


def version(session: Session, digest: str) -> tuple[RulebookVersion, Rulebook]:
    """One version, parsed; raises Absent."""
    found = session.get(RulebookVersion, digest)
    if found is None:
        raise Absent
    return found, parse_rulebook(json.loads(found.text))
