"""Whether what this village said has reached the township, and when news last came down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.branch.wording import moment
from shared.sync.models import Outbox, StreamHead
from shared.sync.publications import Publication
from shared.sync.streams import upward

# The worker sends within seconds; what waits longer than this is worth a word.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Delivery:
    """`spoken`: whether anything was ever sent; `unsent`: what is not confirmed, the oldest from `since`."""

    spoken: bool
    unsent: int
    since: datetime | None
    heard_at: datetime | None


def delivery(session: Session, unit_id: UUID) -> Delivery:
    """The state of one village's stream upward."""
    stream = upward(unit_id).name
    head = session.get(StreamHead, stream, populate_existing=True)
    confirmed = head.acked_seq if head else 0
    waiting = (Outbox.stream == stream) & (Outbox.seq.is_(None) | (Outbox.seq > confirmed))
    row = session.execute(select(func.count(), func.min(Outbox.created_at)).where(waiting)).one()
    heard = session.scalar(select(func.max(Publication.received_at)))
    return Delivery(head is not None or bool(row[0]), row[0], row[1], heard)


def told(one: Delivery, now: datetime) -> dict[str, Any]:
    """The same in words, as the templates take it: label, detail, ok."""
    heard = gettext("最近一次收到上级消息：%(when)s", when=moment(one.heard_at)) if one.heard_at else ""
    if not one.unsent:
        label = gettext("本村报出的都已送到镇里") if one.spoken else gettext("没有等着送出的数据")
        return {"label": label, "detail": heard, "ok": True}
    label = gettext("还有 %(count)s 条正在送往镇里", count=one.unsent)
    if one.since and now - one.since > PATIENCE:
        detail = gettext("从 %(when)s 等到现在，可能断网了；网络恢复后会自动送出", when=moment(one.since))
        return {"label": label, "detail": detail, "ok": False}
    return {"label": label, "detail": heard, "ok": True}
