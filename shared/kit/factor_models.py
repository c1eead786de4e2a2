"""What is kept of a second factor: the sealed secret of an authenticator, and recovery codes as hashes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.kit.db import Base
from shared.kit.scope import open_table

WHY = "asked for before anyone is signed in; sealed or hashed, keyed by the account"


class SecondFactor(Base):
    """An account's authenticator. `next_secret` is shown as a picture and not confirmed yet."""

    __tablename__ = "second_factor"
    __table_args__ = ({"info": open_table(WHY)},)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    next_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The interval whose code was used last: it and earlier ones are worth nothing any more."""


class RecoveryCode(Base):
    """A code that opens once where the phone is not at hand; found by its first signs, `handle`."""

    __tablename__ = "recovery_code"
    __table_args__ = ({"info": open_table(WHY)},)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    handle: Mapped[str] = mapped_column(String(4), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(200))
    used_at: Mapped[datetime | None]
