"""A roster out of an Excel file: what it would change, then all of it in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.roster.actions import NewMember, add_members, edit_members
from services.branch.roster.columns import BY_KEY, COLUMNS, EXAMPLE, read_row
from services.branch.roster.counting import EndedYear, counted, ended_years, weigh_edit, weigh_enter
from services.branch.roster.models import Member, RosterUpload
from shared.kit.accounts import SignedIn
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.excel_in import MOST_ROWS, Unreadable, letter, rows
from shared.kit.i18n import N_
from shared.kit.ids import new_id
from shared.kit.units import Unit

HEADER_WITHIN = 10
EDIT_BY_TWO = N_(
    "%(year)s 年度评议还没有审定，这一项要两个人办：请到本人页面上改，写明理由，由另一位同志确认"
)
ENTER_BY_TWO = N_(
    "%(year)s 年度评议还没有审定，那一年在本支部的人要两个人录入：请用“录入党员”，写明理由，由另一位同志确认"
)


@dataclass(frozen=True)
class Line:
    """One row of the file: `kind` new, update, skip or error; `faults` (column number, words)."""

    row: int
    kind: str
    cells: Mapping[str, Any]
    entered: NewMember | None = None
    member: Member | None = None
    faults: tuple[tuple[int, str], ...] = ()


@dataclass
class Plan:
    """What a file would do; `header` is the row of its titles."""

    header: int
    lines: list[Line] = field(default_factory=list)

    def of(self, kind: str) -> list[Line]:
        """The lines of one kind."""
        return [line for line in self.lines if line.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        found = Counter(line.kind for line in self.lines)
        return {kind: found[kind] for kind in ("new", "update", "skip", "error")}

    @property
    def digest(self) -> str:
        """Changes where the file or what it would change does."""
        said = [(one.row, one.kind, one.member and (one.member.id, one.member.version)) for one in self.lines]
        return sha256(repr(said).encode()).hexdigest()


def read_plan(session: Session, actor: SignedIn, unit: Unit, body: bytes, now: datetime) -> Plan:
    """What this file would do to the roster. Raises Unreadable: size, bomb, kind, broken, header, rows."""
    header, places, found = _table(body)
    known = {one.number: one for one in session.scalars(select(Member).where(Member.unit_id == unit.id))}
    twice = Counter(str(cells["number"]).strip() for _row, cells in found if cells["number"])
    lines = [_line(row, cells, places, known, twice, civil(now).date()) for row, cells in found]
    years = ended_years(session, unit, now)
    return Plan(header, [_guarded(session, actor, years, one, places, first=not known) for one in lines])


def _table(body: bytes) -> tuple[int, dict[str, int], list[tuple[int, dict[str, Any]]]]:
    """The row of the titles, column numbers by key, and the filled rows below as cells by key."""
    header, places = 0, dict[str, int]()
    found: list[tuple[int, dict[str, Any]]] = []
    for number, values in rows(body):
        if not header:
            places = _places(values)
            if places:
                header = number
            elif number >= HEADER_WITHIN:
                raise Unreadable("header")
            continue
        cells = {key: values[place - 1] if place <= len(values) else None for key, place in places.items()}
        if _filled(cells) and not str(cells["number"] or "").startswith(EXAMPLE):
            found.append((number, cells))
    if not header:
        raise Unreadable("header")
    if len(found) > MOST_ROWS:
        raise Unreadable("rows")
    return header, places, found


def _places(values: Sequence[Any]) -> dict[str, int]:
    """Columns by their titles, in whatever order; {} where a column is missing that a file must have."""
    titles = [str(value).strip().rstrip("*") if value is not None else "" for value in values]
    if any(one.title not in titles for one in COLUMNS if not one.later):
        return {}
    return {one.key: titles.index(one.title) + 1 for one in COLUMNS if one.title in titles}


def _filled(cells: Mapping[str, Any]) -> bool:
    return any(value is not None and str(value).strip() for value in cells.values())


def _line(
    row: int,
    cells: Mapping[str, Any],
    places: Mapping[str, int],
    known: Mapping[str, Member],
    twice: Mapping[str, int],
    today: date,
) -> Line:
    entered, wrong = read_row(cells, today)
    member = known.get(entered.number) if entered else None
    if isinstance(cells["number"], str) and twice[cells["number"].strip()] > 1:
        wrong.append(("number", gettext("编号在表里出现了不止一次")))
    if member is not None and member.until is not None:
        wrong.append(("number", gettext("这个编号是已经离开的党员的，请换一个")))
    if wrong or entered is None:
        faults = tuple((places[key], _told(places[key], words)) for key, words in wrong)
        return Line(row, "error", cells, faults=faults)
    if member is None:
        return Line(row, "new", cells, entered)
    same = all(getattr(member, name) == value for name, value in entered.values.items())
    return Line(row, "skip" if same else "update", cells, entered, member)


def _guarded(
    session: Session,
    actor: SignedIn,
    years: Sequence[EndedYear],
    line: Line,
    places: Mapping[str, int],
    *,
    first: bool,
) -> Line:
    """A row that may not be taken from a file is an error: it says why, or where it is done."""
    if line.entered is None or line.kind not in ("new", "update"):
        return line
    names = ["since"]
    try:
        if line.member is None:
            year = weigh_enter(years, new_id(), line.entered.name, line.entered.since)
            year, told = None if first else year, ENTER_BY_TWO
        else:
            names = list(counted(line.member, line.entered.values))
            year = weigh_edit(session, actor, years, line.member, line.entered.values)
            told = EDIT_BY_TWO
    except Refused as refused:
        words = gettext(refused.message) % refused.values
    else:
        if year is None:
            return line
        words = gettext(told) % {"year": year}
    faults = tuple((places[name], _told(places[name], words)) for name in names)
    return Line(line.row, "error", line.cells, faults=faults)


def changes(line: Line) -> list[str]:
    """The titles of what an update would change."""
    assert line.member is not None and line.entered is not None
    return [
        gettext(BY_KEY[name].title) if name in BY_KEY else gettext("身份")
        for name, value in line.entered.values.items()
        if getattr(line.member, name) != value
    ]


def _told(column: int, words: str) -> str:
    return gettext("%(column)s列：%(words)s", column=letter(column), words=words)


def faults_by_row(lines: Iterable[Line]) -> dict[int, tuple[tuple[int, str], ...]]:
    """What is wrong, by row of the file."""
    return {line.row: line.faults for line in lines if line.faults}


def keep_upload(
    session: Session, actor: SignedIn, unit_id: UUID, name: str, body: bytes, now: datetime
) -> RosterUpload:
    """Keep a file until it is confirmed; the branch's earlier one goes."""
    made = RosterUpload(
        unit_id=unit_id, id=new_id(), name=name[:120], body=body, by_id=actor.account_id, at=now
    )
    return session.merge(made)


def upload_of(session: Session, unit_id: UUID, upload_id: UUID) -> RosterUpload:
    """The branch's file that waits; raises Absent for one replaced or taken over."""
    found = session.get(RosterUpload, unit_id)
    if found is None or found.id != upload_id:
        raise Absent
    return found


def take_over(
    session: Session,
    actor: SignedIn,
    unit: Unit,
    upload: RosterUpload,
    digest: str,
    now: datetime,
) -> dict[str, int]:
    """Do what the preview said, all or none; the counts. Raises Refused for errors and changes since."""
    plan = read_plan(session, actor, unit, upload.body, now)
    if plan.of("error"):
        raise Refused(N_("表里还有错误，没有导入任何一行。请改好再传。"))
    if plan.digest != digest:
        raise Refused(N_("预览之后名册有变动，没有导入任何一行。请看过新的预览再确认。"))
    updates = [(line.member.id, line.member.version, line.entered) for line in plan.of("update")]  # type: ignore[union-attr]
    edit_members(session, actor, unit, updates, now)  # type: ignore[arg-type]
    add_members(session, actor, unit, [line.entered for line in plan.of("new") if line.entered], now)
    session.delete(upload)
    return plan.counts
