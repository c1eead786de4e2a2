"""The township's list of one month: branches grouped by state, in the order of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from services.township.statements import wording
from services.township.statements.reading import BranchMonth
from services.township.verification import wording as contacts
from shared.kit.accounts import SignedIn
from shared.sync.years import MemberYear


@dataclass(frozen=True)
class Listing:
    """What the list is made of. `heard`: when branches were last heard of; `ticked`: kept from a refusal."""

    year: MemberYear
    month: int
    rows: Sequence[BranchMonth]
    heard: dict[UUID, datetime]
    who: SignedIn
    now: datetime
    today: date
    ticked: Collection[UUID] = ()

    def groups(self, only: str = "", search: str = "") -> list[dict[str, Any]]:
        """The groups asked for, empty ones left out."""
        found = []
        for state in wording.STATES:
            rows = [one for one in self.rows if one.state == state and search in one.branch.name]
            if rows and only in ("", state):
                found.append(self._group(state, [self.line(row) for row in rows]))
        return found

    def _group(self, state: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        label, colour = wording.STATES[state]
        clean = sum(line["selectable"] and line["group"] == state for line in lines)
        return {
            "key": state,
            "colour": colour,
            "label": str(label),
            "count": gettext("%(count)s 个", count=len(lines)),
            "note": self._note(state),
            "select": clean > 0,
            "select_label": gettext("选中没有疑点的 %(count)s 个", count=clean),
            "rows": lines,
        }

    def _note(self, state: str) -> str:
        notes = {
            "received": gettext("看过再受理，受理后由另一位同志批准"),
            "accepted": gettext("批准后锁定并报县里"),
            "sent_back": gettext("等支部改好再报"),
            "missing": wording.waiting_since(self.year, self.month, self.today),
        }
        return notes.get(state, "")

    def line(self, row: BranchMonth) -> dict[str, Any]:
        """One branch."""
        part, limit = row.last, wording.limit_of(self.year, row.last)
        doubted = bool(wording.doubts(row, limit)) or bool(part and part.unseen)
        who, what, when = wording.last_word(row)
        sync, offline = contacts.heard(self.heard.get(row.branch.id), self.now)
        return {
            "id": part.received.id if part else row.branch.id,
            "version": part.version if part else 0,
            "name": row.branch.name,
            "members": part.received.members if part else row.members,
            "total": row.total if part else None,
            "share": row.attendance,
            "limit": limit,
            "drawn": len(part.drawn) if part else 0,
            "looked": len(part.drawn) - part.unseen if part else 0,
            "why": wording.why(self.who, row, limit),
            "doubted": bool(wording.doubts(row, limit)),
            "who": f"{who} {what}",
            "when": when,
            "sync": sync,
            "offline": offline,
            "selectable": self.selectable(row),
            "checked": bool(part and part.received.id in self.ticked),
            "group": row.state + ("-doubted" if doubted and row.state == "received" else ""),
            "action": self._action(row),
        }

    def selectable(self, row: BranchMonth) -> bool:
        """Whether the bar's main decision is this person's to take on this row now."""
        if row.state == "received":
            return self.who.may("statement.accept")
        return row.state == "accepted" and self.approvable(row)

    def approvable(self, row: BranchMonth) -> bool:
        """Whether this person may approve the month now."""
        return self.who.may("statement.approve") and not wording.barred(self.who, row)

    def _action(self, row: BranchMonth) -> dict[str, str] | None:
        if row.last is None:
            return None
        label = gettext("查看")
        if self.selectable(row):
            label = gettext("受理") if row.state == "received" else gettext("批准")
        return {"label": label, "href": url_for("statements.page", statement_id=row.last.received.id)}

    def tallies(self) -> list[dict[str, Any]]:
        """How many branches stand in each state, each leading to them."""
        counts = {state: sum(one.state == state for one in self.rows) for state in wording.STATES}
        return [
            {
                "colour": colour,
                "label": str(label),
                "count": counts[state],
                "unit": gettext("个"),
                "note": "",
                "href": url_for("statements.listing", year=self.year.year, month=self.month, state=state),
            }
            for state, (label, colour) in wording.STATES.items()
        ]

    def _spot_words(self, done: int, left: int) -> str:
        """What of the spot check was done, what is left to do, and what was approved without it."""
        said = gettext("等办的已看 %(done)s 条，还有 %(left)s 条", done=done, left=left)
        if not done and not left:
            said = gettext("现在没有等办的月报要抽查")
        passed = sum(one.last.unseen for one in self.rows if one.last and one.state == "approved")
        return said + (gettext("；已批准的有 %(count)s 条没看就批了", count=passed) if passed else "")

    def spot(self) -> dict[str, Any]:
        """How far the spot check of what waits here has come, and where it goes on."""
        waiting = [(one, one.last) for one in self.rows if one.last and one.state in ("received", "accepted")]
        drawn = sum(len(part.drawn) for _row, part in waiting)
        left = sum(part.unseen for _row, part in waiting)
        following = next((part.received.id for _row, part in waiting if part.unseen), None)
        return {
            "drawn": drawn,
            "done": drawn - left,
            "left": left,
            "said": self._spot_words(drawn - left, left),
            "href": url_for("statements.page", statement_id=following) if following else "",
        }
