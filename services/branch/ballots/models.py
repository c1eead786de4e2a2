"""Ballot boxes, who may vote, that somebody has, and the envelopes, which nothing joins to anyone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.branch.base import BranchBase
from shared.kit.scope import scoped
from shared.kit.units import Unit

PAPER = "paper"


class BallotBox(BranchBase):
    """One ballot of a branch and year. `subjects` (member ids, with `names`) and roll are fixed then.

    `shares` is the private key, half under each teller's passphrase, base64; empty once counted or voided.
    `slips` were handed out, `sheets` of paper counted. A box on paper alone has no key: PAPER stands for it.
    """

    __tablename__ = "ballot_box"
    __table_args__ = (
        # One box of a kind that is open or counted; what was voided may be held again.
        Index(
            "uq_ballot_box_live", "unit_id", "year", "kind", unique=True, postgresql_where="state <> 'voided'"
        ),
        CheckConstraint("kind IN ('members', 'masses')", name="kind"),
        CheckConstraint("state IN ('open', 'counted', 'voided')", name="state"),
        CheckConstraint("(state = 'open') = (shares <> '[]'::jsonb)", name="key_gone"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(Unit.__table__.c.id))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    rulebook: Mapped[str] = mapped_column(String(64))
    subjects: Mapped[list[str]] = mapped_column(JSONB)
    names: Mapped[list[str]] = mapped_column(JSONB)
    tellers: Mapped[list[str]] = mapped_column(JSONB)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    shares: Mapped[list[str]] = mapped_column(JSONB)
    slips: Mapped[int] = mapped_column(default=0)
    sheets: Mapped[int] = mapped_column(default=0)
    eligible: Mapped[int] = mapped_column(default=0)
    cast: Mapped[int] = mapped_column(default=0)
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(400), default="")
    # Asked for by one person; another agrees before votes are lost.
    void_reason: Mapped[str] = mapped_column(String(400), default="", server_default="")
    void_asked_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    void_asked_by_id: Mapped[UUID | None]
    void_asked_at: Mapped[datetime | None]

    @property
    def on_paper(self) -> bool:
        """Whether it takes paper alone."""
        return not self.public_key


class BallotVoter(BranchBase):
    """A member on a box's roll. Insert-only."""

    __tablename__ = "ballot_voter"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"), person="member_id")},)

    box_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]


class BallotMark(BranchBase):
    """That somebody on the roll has voted: once, by the key; no time, no order."""

    __tablename__ = "ballot_mark"
    __table_args__ = (
        ForeignKeyConstraint(["box_id", "member_id"], ["ballot_voter.box_id", "ballot_voter.member_id"]),
        {"info": scoped(app=("SELECT", "INSERT", "DELETE"), person="member_id")},
    )

    box_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]


class BallotEnvelope(BranchBase):
    """A vote as a ciphertext of one length; its id is random and changes with every vote cast after it."""

    __tablename__ = "ballot_envelope"
    __table_args__ = (
        Index("ix_ballot_envelope_box", "box_id"),
        {"info": scoped(app=("SELECT", "INSERT", "DELETE"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    box_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class BallotSlip(BranchBase):
    """A slip for somebody of the masses: `handle` finds it, the secret is hashed, no name belongs to it."""

    __tablename__ = "ballot_slip"
    __table_args__ = (Index("ix_ballot_slip_box", "box_id"), {"info": scoped()})

    handle: Mapped[str] = mapped_column(String(4), primary_key=True)
    box_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    batch_id: Mapped[UUID | None]
    """None for those printed before handing out was confirmed."""
    code_hash: Mapped[str] = mapped_column(String(200))
    used: Mapped[bool] = mapped_column(default=False)


class SlipBatch(BranchBase):
    """Slips printed at once by one person; good once another has said how many were handed out, and where."""

    __tablename__ = "slip_batch"
    __table_args__ = (
        # One waits at a time.
        Index("uq_slip_batch_waiting", "box_id", unique=True, postgresql_where="confirmed_at IS NULL"),
        Index("ix_slip_batch_box", "box_id"),
        CheckConstraint("(confirmed_at IS NULL) = (handed = 0) AND handed <= printed", name="handed"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    box_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    printed: Mapped[int]
    printed_by: Mapped[str] = mapped_column(String(64))
    printed_by_id: Mapped[UUID]
    printed_at: Mapped[datetime]
    handed: Mapped[int] = mapped_column(default=0)
    meeting: Mapped[str] = mapped_column(String(100), default="")
    confirmed_by: Mapped[str] = mapped_column(String(64), default="")
    confirmed_by_id: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]


class PaperTally(BranchBase):
    """Paper sheets as two people counted them; sealed like a vote as soon as the second agrees.

    `counts` (by member id and choice) is readable only until then, or on paper alone until the count.
    `voters` have their marks already.
    """

    __tablename__ = "paper_tally"
    __table_args__ = (
        Index("ix_paper_tally_box", "box_id"),
        CheckConstraint("(body IS NULL) <> (counts IS NULL)", name="sealed"),
        {"info": scoped()},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    box_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    sheets: Mapped[int]
    voters: Mapped[list[str]] = mapped_column(JSONB)
    counts: Mapped[dict[str, dict[str, int]] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    entered_by_id: Mapped[UUID]
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[str] = mapped_column(String(64), default="")


class BallotTotal(BranchBase):
    """What a counted box says of one subject: votes by choice, the rest left the name blank. Insert-only."""

    __tablename__ = "ballot_total"
    __table_args__ = ({"info": scoped(app=("SELECT", "INSERT"), person="member_id")},)

    box_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
