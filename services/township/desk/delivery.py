"""The streams of the asker's own units in words: what has not reached the county, who is silent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext

from services.township.contacts import SILENT
from services.township.verification.wording import listed
from shared.sync.records import OPEN
from shared.sync.reporting import StreamStatus
from shared.sync.streams import UP, parse

NAMED = 5


def delivery(
    streams: Sequence[StreamStatus],
    townships: Collection[UUID],
    villages: Mapping[UUID, str],
    heard: Mapping[UUID, datetime],
    now: datetime,
) -> dict[str, Any]:
    """Whether all is well, one line, and the details of what is not. `villages`: names by id."""
    own = [one for one in streams if _concerns(one, townships, villages)]
    upward = [one for one in own if parse(one.stream).way == UP and parse(one.stream).origin in townships]
    waiting, stopped = sum(one.lag for one in upward), [one for one in own if one.state != OPEN]
    unread = sum(one.quarantined for one in own)
    silent = [name for unit, name in villages.items() if unit not in heard or now - heard[unit] > SILENT]
    details = [
        gettext("%(count)s 件还没有送到县里，网络通了会自动再送", count=waiting) if waiting else "",
        gettext("%(count)s 件收到后没有办成，请联系系统管理员", count=unread) if unread else "",
        gettext("%(count)s 条数据通道停了，请联系系统管理员", count=len(stopped)) if stopped else "",
        _silent(silent) if silent else "",
    ]
    trouble = [line for line in details if line]
    return {
        "ok": not trouble,
        "label": gettext("同步有 %(count)s 处要留意", count=len(trouble)) if trouble else gettext("同步正常"),
        "details": trouble or [gettext("报县里的都已送到，各村都联系得上")],
    }


def _concerns(one: StreamStatus, townships: Collection[UUID], villages: Mapping[UUID, str]) -> bool:
    """Whether a stream speaks for or to units of this scope; broadcasts of the county concern everyone."""
    stream = parse(one.stream)
    own = {*townships, *villages}
    return stream.origin in own or stream.target in own


def _silent(names: Sequence[str]) -> str:
    words = listed(names[:NAMED])
    return gettext("%(count)s 个村超过一天没有联系：%(names)s", count=len(names), names=words)
