"""Comments of members on each other (互动点评, M9): as written, and as the branch published them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped

STATES = ("waiting", "published", "declined", "withdrawn")


class Comment(BranchBase):
    """A comment as its author wrote it: `about` in the author's words, since members read no roster."""

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_unit", "unit_id", "state"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        {"info": scoped(person="author_id")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    author_id: Mapped[UUID]
    author: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(400), default="")
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]


class PublishedComment(BranchBase):
    """A comment every member of the branch may read until it is taken down, and the answer to it."""

    __tablename__ = "published_comment"
    __table_args__ = (Index("ix_published_comment_unit", "unit_id", "at"), {"info": scoped()})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    member_id: Mapped[UUID]
    member: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    reply: Mapped[str] = mapped_column(String(400), default="")
    replied_at: Mapped[datetime | None]
    taken_down_at: Mapped[datetime | None]
