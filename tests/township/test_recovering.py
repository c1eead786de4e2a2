"""A township database restored to an older backup gets back what county and branches still hold."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, text

from deploy.local.databases import connect
from shared.sync.reporting import recover
from tests.county import County
from tests.township.conftest import Office

FOUND = (
    "SELECT u.code, v.state, v.reason, v.changes, v.accepted_by, v.verified_by, v.verified_at, v.approved_by,"
    " v.approved_at FROM verification v JOIN unit u ON u.id = v.unit_id ORDER BY u.code, v.accepted_at"
)


def test_verdicts_and_roll_ups_are_rebuilt_after_a_restore(county: County) -> None:
    county.play("filed")
    restore = backup(county)
    county.play("verified")
    office = Office(county)
    before = [tuple(row) for row in office.sql(FOUND)]
    assert {row[1] for row in before} >= {"approved"}
    restore()
    assert office.sql("SELECT 1 FROM verification") == []
    recovered(county)
    assert [tuple(row) for row in office.sql(FOUND)] == before
    assert office.sql("SELECT kind, reason FROM recovered WHERE NOT rebuilt") == []
    office = Office(county)
    assert "已上报县里" in office.organiser.get("/returns").get_data(as_text=True)
    assert office.sql("SELECT 1 FROM quarantine") == []


def test_objections_and_answers_are_rebuilt_and_not_sent_again(county: County) -> None:
    county.play("public")
    restore = backup(county)
    office = Office(county)
    county.now = county.now.replace(month=11, day=4)
    data = {"village": str(office.village(1)), "once": str(office.village(2)), "text": "少计一场"}
    assert office.organiser.post("/objections", data=data).status_code == 303
    county.settle()
    restore()
    recovered(county)
    assert office.sql("SELECT text, raised_at_tier FROM objection WHERE text = '少计一场'") == [
        ("少计一场", "township")
    ]
    engine = create_engine(county.settings["county"].owner_database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM quarantine")).scalar() == 0
    engine.dispose()


def backup(county: County) -> Callable[[], None]:
    """A copy of the township's database as it is; calling what comes back restores it."""
    database = county.tiers.township.database
    name = str(database.engine.url.database)
    database.dispose()
    if "township" in county._apps:
        county._apps["township"].extensions["sanji.database"].dispose()
    with connect(county.servers.admin_url) as server:
        server.execute(f"CREATE DATABASE {name}_backup TEMPLATE {name} OWNER township_owner")

    def restore() -> None:
        database.dispose()
        county.app("township").extensions["sanji.database"].dispose()
        with connect(county.servers.admin_url) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            server.execute(f"ALTER DATABASE {name}_backup RENAME TO {name}")

    return restore


def recovered(county: County) -> None:
    """Both children compare heads anew, as they do at every start, until all is carried."""
    nodes: list[Any] = [county.tiers.township.node, county.tiers.branch.node]
    for _ in range(6):
        for node in nodes:
            recover(node)
        county.later(minutes=6)
        county.settle()
