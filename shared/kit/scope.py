"""Who may see what: the scope of one transaction, set for row-level security.

The policy's form is the measured one of DESIGN.md: the array inside a subselect, the county a flag.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction


@dataclass(frozen=True)
class Scope:
    """Units whose rows a transaction may touch; `above` are ancestors whose names it may read.

    With a `person`, only that person's rows in tables that say whose they are.
    """

    units: tuple[UUID, ...] = ()
    above: tuple[UUID, ...] = ()
    everything: bool = False
    person: UUID | None = None


NOTHING = Scope()
EVERYTHING = Scope(everything=True)

_SET = text(
    "SELECT set_config('app.units', :units, true), set_config('app.above', :above, true),"
    " set_config('app.all', :all, true), set_config('app.person', :person, true)"
)
IN_SCOPE = "(SELECT current_setting('app.all', true) = 'on')"
# The outer cast makes it one array computed once; without it ANY would compare with the subselect's rows.
UNITS = "(SELECT nullif(current_setting('app.units', true), '')::uuid[])::uuid[]"
ABOVE = "(SELECT nullif(current_setting('app.above', true), '')::uuid[])::uuid[]"
EVERYBODY = "(SELECT coalesce(current_setting('app.person', true), '') = '')"
PERSON = "(SELECT nullif(current_setting('app.person', true), '')::uuid)"


def scoped(
    column: str = "unit_id",
    *,
    ingest: tuple[str, ...] = (),
    app: tuple[str, ...] | None = None,
    above: bool = False,
    person: str = "",
) -> dict[str, Any]:
    """Table info: rows belong to the unit in `column`; `ingest` names what the ingest role may do.

    `person` is the column that says whose a row is, where somebody may see only their own.
    """
    return {"scope": column, "ingest": ingest, "app": app, "above": above, "person": person}


def open_table(
    why: str, *, ingest: tuple[str, ...] = (), app: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Table info: on the written exception list of row-level security, with the reason.

    `app` limits what the application role may do (default: everything but TRUNCATE).
    """
    return {"scope": None, "why": why, "ingest": ingest, "app": app}


def policy(info: dict[str, Any]) -> str:
    """The SQL condition of a scoped table's policy."""
    column = info["scope"]
    condition = f"{IN_SCOPE} OR {column} = ANY({UNITS})"
    if info["above"]:
        condition = f"{condition} OR {column} = ANY({ABOVE})"
    person = info.get("person")
    return f"({condition}) AND ({EVERYBODY} OR {person} = {PERSON})" if person else condition


def bind_scope(session: Session, scope: Scope) -> None:
    """Set the scope at the beginning of every transaction of `session`, so a mid-request commit keeps it."""

    def begin(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection.execute(
            _SET,
            {
                "units": _array(scope.units),
                "above": _array(scope.above),
                "all": "on" if scope.everything else "off",
                "person": str(scope.person) if scope.person else "",
            },
        )

    event.listen(session, "after_begin", begin)


def _array(ids: tuple[UUID, ...]) -> str:
    return "{" + ",".join(map(str, ids)) + "}" if ids else ""
