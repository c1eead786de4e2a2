"""Plays the county of canaries, and lets a canary sing in whatever somebody wrote.

Names of units, members and accounts carry theirs from the beginning, so that everything made of them does,
signed documents and notices too. What people wrote besides is given its owner's canary in the tables.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, String, Table, Text, Uuid, create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from deploy.demo import branch_months, members
from deploy.demo.county_end import CountyEnd
from deploy.demo.loop import Loop
from deploy.demo.moments import YEAR_CLOSED
from deploy.demo.shape import Head
from deploy.demo.tiers import within
from services.branch.roster.actions import NewMember
from services.branch.roster.models import Member
from shared.kit.accounts import add_account, hash_password
from shared.kit.units import Unit
from tests.county import NOW, County
from tests.scope.canaries import Canary
from tests.scope.living import live
from tests.scope.tree import A1, NUMBERS, shape, tree
from tests.servers import Servers

TIERS = ("branch", "township", "county")
SEED = 7
# As wide as something people write, and yet a key or a rule.
KEYS = {
    *(
        ("contest", "synthetic_note"),
        ("member_year", "synthetic_note"),
        ("unit", "path"),
        ("rulebook", "text"),
    ),
    *(("organisation_classing_word", "text"), ("audit_event", "subject"), ("outbox", "rejected")),
}
WIDE = 100


def played(servers: Servers, folder: Path, name: str) -> County:
    """A county of canaries of its own: played once by a worker to the end of its year, then copied."""
    first = "canaries"
    if not (servers.folder / first / "left").exists():
        (servers.folder / first).mkdir()
        made = County.of(servers, servers.folder / first, first, tree())
        _play(made)
        made.close()
        (servers.folder / first / "left").touch()
    # `copied` in the constructor would copy the small county.
    county = County.__new__(County)
    county.servers, county.folder, county.name, county.now = servers, folder, name, YEAR_CLOSED
    county._copy(first)
    county._open()
    return county


def _play(county: County) -> None:
    for tier in TIERS:
        with owner(county, tier) as connection:
            _name_accounts(connection)
    county.year.villages = tree().size
    county.play("published")

    def wait_for(what: str, done: Any, total: int) -> None:
        county.settle()
        assert done() >= total, what

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(branch_months, "roster", _named_roster)
        # The year stays open: more can be done in it.
        patch.setattr(CountyEnd, "_begin_closing", lambda self: None)
        patch.setattr(CountyEnd, "_go_on", lambda self: False)
        Loop(county.tiers, SEED, wait_for, shape(), county.passwords).play()
    county.now = YEAR_CLOSED
    _third_member(county)
    live(county)
    for tier in TIERS:
        with owner(county, tier) as connection:
            _name_accounts(connection)
            Aviary(tier, connection).populate()


def _third_member(county: County) -> None:
    """A login for another member of the first branch: what one may not see of the other."""
    with within(county.tiers.branch) as session:
        unit = session.scalars(select(Unit).where(Unit.code == A1)).one()
        person = session.scalars(
            select(Member.id).where(Member.unit_id == unit.id, Member.number == "0003")
        ).one()
        hashed = hash_password(county.passwords["member"])
        add_account(session, f"{A1}-03", "党员（演示）", hashed, [("member", unit)], NOW, person)


def _named_roster(code: str, seed: int, head: Head) -> list[NewMember]:
    return [
        replace(one, name=f"{Canary(NUMBERS[code], 'p', place)}党员")
        for place, one in enumerate(members.roster(code, seed, head), 1)
    ]


@contextlib.contextmanager
def owner(county: County, tier: str, *, superuser: bool = False) -> Iterator[Connection]:
    """One transaction past row-level security: of the owner, or of the server's administrator."""
    url = make_url(county.settings[tier].owner_database_url)
    if superuser:
        url = make_url(county.servers.admin_url).set(database=url.database)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def _name_accounts(connection: Connection) -> None:
    """Each account's name begins with the canary of its unit."""
    mine = "SELECT p.account_id FROM post p JOIN unit u ON u.id = p.unit_id WHERE u.code = :code"
    for code, number in NUMBERS.items():
        connection.execute(
            text(
                "UPDATE account SET name = :word || left(name, 40)"
                f" WHERE name NOT LIKE 'zq%' AND id IN ({mine})"
            ),
            {"word": str(Canary(number, "a")), "code": code},
        )


def tables(tier: str) -> dict[str, Table]:
    """A tier's tables by name."""
    metadatas = import_module(f"services.{tier}.tables").METADATAS
    return {table.name: table for metadata in metadatas for table in metadata.sorted_tables}


class Aviary:
    """Whose each row of a tier's tables is, and the canaries in them."""

    def __init__(self, tier: str, connection: Connection) -> None:
        self.tables, self.connection = tables(tier), connection
        self.units: dict[UUID, int] = {
            row.id: NUMBERS[row.code] for row in connection.execute(text("SELECT id, code FROM unit"))
        }
        self.people = self._people()

    def _people(self) -> dict[UUID, Canary]:
        """Members by id, as the branch they were entered in names them."""
        known: dict[UUID, Canary] = {}
        for name in ("member", "known_member"):
            if name in self.tables:
                column = "id" if "id" in self.tables[name].columns else "member_id"
                for row in self.connection.execute(text(f"SELECT {column} AS id, name FROM {name}")):
                    if row.name[:2] == "zq":
                        known[row.id] = Canary(int(row.name[2:4]), "p", int(row.name[5:7]))
        return known

    def populate(self) -> None:
        """Put its owner's canary before everything that was written and has none."""
        self.connection.execute(text("CREATE TEMPORARY TABLE aviary (unit uuid, member uuid, word text)"))
        nobody = UUID(int=0)
        rows = [
            {"unit": unit, "member": nobody, "word": str(Canary(n, "t"))} for unit, n in self.units.items()
        ]
        rows += [
            {"unit": unit, "member": member, "word": str(Canary(self.units[unit], "t", one.member))}
            for unit in self.units
            for member, one in self.people.items()
        ]
        self.connection.execute(text("INSERT INTO aviary VALUES (:unit, :member, :word)"), rows)
        for table in self.tables.values():
            if table.info["scope"]:
                for column in table.columns:
                    if _is_written(table, column):
                        self._sing(table, column.name)
        self.connection.execute(text("DROP TABLE aviary"))

    def _sing(self, table: Table, column: str) -> None:
        member = member_column(table)
        whose = f"coalesce((SELECT a.member FROM aviary a WHERE a.member = t.{member} LIMIT 1), :nobody)"
        self.connection.execute(
            text(
                f'UPDATE "{table.name}" t SET "{column}" = a.word || left(t."{column}", 60) FROM aviary a'
                f" WHERE a.unit = t.{table.info['scope']} AND t.\"{column}\" <> ''"
                f" AND t.\"{column}\" NOT LIKE 'zq%' AND a.member = {whose if member else ':nobody'}"
            ),
            {"nobody": UUID(int=0)},
        )

    def homes(self) -> dict[Canary, set[int]]:
        """The units in which each member is or was on the roster: who moved has two."""
        table = "member" if "member" in self.tables else "known_member"
        column = "id" if table == "member" else "member_id"
        found: dict[Canary, set[int]] = {one: {one.unit} for one in self.people.values()}
        for row in self.connection.execute(text(f"SELECT {column} AS id, unit_id FROM {table}")):
            if row.id in self.people:
                found[self.people[row.id]].add(self.units[row.unit_id])
        return found

    def files(self) -> list[str]:
        """Where notices and batches of notices are, to which only some lists lead."""
        if "notice_batch" not in self.tables:
            return []
        notices = text("SELECT id FROM outcome_case WHERE code LIKE '%notice%' ORDER BY id")
        batches = text("SELECT id FROM notice_batch ORDER BY id")
        found = [f"/outcomes/{row.id}/notice.pdf" for row in self.connection.execute(notices)]
        for row in self.connection.execute(batches):
            found += [f"/outcomes/notices/{row.id}{ending}" for ending in ("", ".zip", ".pdf")]
        return found

    def ids(self) -> dict[str, Canary]:
        """Every id that names one row of a unit (or of a member), with whose it is."""
        found = {str(one): Canary(number, "i") for one, number in self.units.items()}
        for table in self.tables.values():
            keys = [one.name for one in table.primary_key if isinstance(one.type, Uuid)]
            if not table.info["scope"] or "id" not in keys or table.name in ("unit", "member"):
                continue
            member = member_column(table)
            chosen = f"id, {table.info['scope']} AS unit, {member or 'NULL::uuid'} AS member"
            for row in self.connection.execute(text(f'SELECT {chosen} FROM "{table.name}"')):
                person = self.people.get(row.member)
                found[str(row.id)] = Canary(self.units[row.unit], "i", person.member if person else 0)
        return found | {str(one): replace(whose, kind="i") for one, whose in self.people.items()}


def member_column(table: Table) -> str | None:
    """The column that says about which member a row is."""
    return next((name for name in ("member_id", "author_id") if name in table.columns), None)


def _is_written(table: Table, column: Any) -> bool:
    """Whether people wrote what stands there: wide enough, and no key."""
    kind = column.type
    free = isinstance(kind, Text) or (isinstance(kind, String) and (kind.length or 0) >= WIDE)
    return free and (table.name, column.name) not in KEYS and not column.primary_key and column.name != "name"
