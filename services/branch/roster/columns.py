"""The columns of the roster's Excel file: titles, how a cell is read, what is said where it is wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from services.branch.roster import words
from services.branch.roster.actions import NewMember
from services.branch.roster.models import ROLES
from services.branch.roster.schemas import NUMBER, day_faults, word_fault
from shared.kit.i18n import N_

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
YES_NO = {"是": True, "否": False}
EXAMPLE = "示例"


class Wrong(ValueError):
    """A cell that cannot be taken; the text says how to write it."""


@dataclass(frozen=True)
class Column:
    """`key` of the value, its title, what may stand in it (for the dropdown), whether it must be filled.

    `later`: a file from before there was this column still reads, and leaves what is there.
    """

    key: str
    title: str
    needed: bool
    options: tuple[str, ...] = ()
    width: int = 12
    later: bool = False


# File titles and options stay Chinese in either language: one file serves everybody.
COLUMNS = (
    Column("number", N_("编号"), True),
    Column("name", N_("姓名"), True),
    Column("status", N_("状态"), True, tuple(words.STATUSES.values())),
    Column("field", N_("领域"), True, tuple(words.FIELDS.values())),
    Column("post", N_("职务"), False, (), 18),
    *(Column(name, words.ROLES[name], False, tuple(YES_NO)) for name in ROLES),
    Column("exempt", N_("免除硬性要求"), False, tuple(YES_NO), 14),
    Column("floating", N_("流动党员"), False, tuple(YES_NO)),
    Column("joined_on", N_("入党日期"), False, (), 14),
    Column("since", N_("到本支部日期"), True, (), 14),
    Column("party_group", N_("党小组"), False, (), 14, later=True),
)
BY_KEY = {one.key: one for one in COLUMNS}


def read_row(cells: Mapping[str, Any], today: date) -> tuple[NewMember | None, list[tuple[str, str]]]:
    """One row's cells by key as a member, or what is wrong: (key, words)."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column in COLUMNS:
        if column.later and column.key not in cells:
            continue
        try:
            values[column.key] = _read(column, cells.get(column.key))
        except Wrong as error:
            wrong.append((column.key, str(error)))
    if "joined_on" in values and values.get("since"):
        wrong += day_faults(values["joined_on"], values["since"], today)
    if wrong:
        return None, wrong
    roles = tuple(name for name in ROLES if values.pop(name))
    return NewMember(**values, roles=roles), []


def _read(column: Column, cell: Any) -> Any:
    if isinstance(cell, str):
        cell = cell.strip()
    if cell is None or cell == "":
        if column.needed:
            raise Wrong(gettext("%(title)s不能空着", title=gettext(column.title)))
        return _EMPTY.get(column.key, False if column.options else "")
    return _READERS.get(column.key, _flag)(column, cell)


_EMPTY: Mapping[str, Any] = {"joined_on": None}


def _number(_column: Column, cell: Any) -> str:
    if not isinstance(cell, str):
        raise Wrong(gettext("编号要用文本格式，现在是数字格式，前面的 0 和后面的位数会丢；请设成文本后重填"))
    if not re.fullmatch(NUMBER, cell):
        raise Wrong(gettext("编号只用数字、字母和短横线，最多 20 位，如 0012"))
    return cell


def _text(column: Column, cell: Any) -> str:
    if not isinstance(cell, str):
        raise Wrong(gettext("%(title)s要写文字，不能是数字或日期", title=gettext(column.title)))
    if fault := word_fault(column.key, cell):
        raise Wrong(fault)
    return cell


def _choice(named: Mapping[str, str]) -> Callable[[Column, Any], str]:
    def read(column: Column, cell: Any) -> str:
        for key, title in named.items():
            if cell == title:
                return key
        raise Wrong(
            gettext(
                "%(title)s要从下拉里选：%(options)s",
                title=gettext(column.title),
                options="、".join(column.options),
            )
        )

    return read


def _flag(column: Column, cell: Any) -> bool:
    if cell is True or cell is False:
        return bool(cell)
    if not isinstance(cell, str) or cell not in YES_NO:
        raise Wrong(gettext("%(title)s只能填“是”或“否”", title=gettext(column.title)))
    return YES_NO[cell]


def _day(column: Column, cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(cell) if isinstance(cell, str) else None
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError as error:
        raise Wrong(gettext("%(title)s没有这一天，请核对", title=gettext(column.title))) from error
    raise Wrong(gettext("%(title)s要写成 1985-07-01 这样", title=gettext(column.title)))


_READERS: Mapping[str, Callable[[Column, Any], Any]] = {
    "number": _number,
    "name": _text,
    "post": _text,
    "party_group": _text,
    "status": _choice(words.STATUSES),
    "field": _choice(words.FIELDS),
    "joined_on": _day,
    "since": _day,
}


def cells_of(values: Mapping[str, Any]) -> Sequence[str]:
    """A member's values in the order of the columns, as the file writes them."""
    return [_shown(column, values) for column in COLUMNS]


def _shown(column: Column, values: Mapping[str, Any]) -> str:
    if column.key in ROLES:
        return "是" if column.key in values["roles"] else "否"
    value = values[column.key]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return value.isoformat()
    named = {"status": words.STATUSES, "field": words.FIELDS}.get(column.key)
    return named[value] if named else value or ""
