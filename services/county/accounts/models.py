"""What two administrators must agree on, because it touches an administrator's account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.county.base import CountyBase
from shared.kit.ids import new_id
from shared.kit.scope import scoped

OPEN, DONE, REFUSED = "open", "done", "refused"


class AccountRequest(CountyBase):
    """A step one administrator asks for and another confirms or refuses, once. `kind`: see actions.STEPS."""

    __tablename__ = "account_request"
    __table_args__ = (
        Index(
            "uq_account_request_open",
            *("account_id", "kind", "role"),
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        {"info": scoped(app=("SELECT", "INSERT", "UPDATE"))},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[UUID]
    """The county: whose administrators they are."""
    account_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(32), default="")
    post_unit_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
