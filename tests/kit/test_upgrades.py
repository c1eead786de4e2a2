"""A database of the first version, with rows in it, is brought to the newest one."""

from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from services.branch.tables import METADATAS
from shared.kit.migrations import at_head, migrate
from tests.servers import Servers

UNIT = (
    "INSERT INTO unit (id, code, name, level, kind, path) VALUES (:id, 'c', '村', 'branch', 'village', 'c.')"
)
MEMBER = (
    "INSERT INTO member (unit_id, id, number, name, status, field, post, roles, exempt, floating, since,"
    " left_why, version, changed_at)"
    " VALUES (:unit, :id, '0001', '甲', 'full', 'rural', '', '{}', false, false, '2020-01-01', '', 1, now())"
)


def test_branches_and_members_of_the_first_version_stand_under_no_general_branch_and_in_no_group(
    servers: Servers,
) -> None:
    owner = servers.database_urls("branch", "upgraded").owner
    migrate(owner, "branch", METADATAS, "0001")
    engine = create_engine(owner, poolclass=NullPool)
    unit, member = uuid4(), uuid4()
    with engine.begin() as connection:
        connection.execute(text(UNIT), {"id": unit})
        connection.execute(text(MEMBER), {"unit": unit, "id": member})
    migrate(owner, "branch", METADATAS)
    assert at_head(owner, "branch")
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.all', 'on', true)"))
        assert connection.execute(text("SELECT general_id FROM unit")).one() == (None,)
        assert connection.execute(text("SELECT name, party_group FROM member")).one() == ("甲", "")
    engine.dispose()
