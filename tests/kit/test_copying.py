"""What is packed for COPY comes back from PostgreSQL as it was."""

from datetime import UTC, datetime
from struct import error as StructError
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from shared.kit.copying import copy_rows

COLUMNS = {
    "raw": ("bytea", st.binary(max_size=200)),
    "words": ("text", st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))),
    "name": ("varchar(40)", st.text(st.sampled_from("甲乙 aé'\\\t"), max_size=40)),
    "few": ("smallint", st.integers(-(2**15), 2**15 - 1)),
    "number": ("integer", st.integers(-(2**31), 2**31 - 1)),
    "many": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "id": ("uuid", st.uuids()),
    "at": (
        "timestamptz",
        st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    ),
}
ROWS = st.lists(st.tuples(*(st.none() | values for _type, values in COLUMNS.values())), max_size=30)


@pytest.fixture(scope="module")
def engine(servers):
    made = create_engine(servers.database_urls("county", "copying").owner)
    with made.begin() as connection:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _values) in COLUMNS.items())
        connection.execute(text(f"CREATE TABLE packed ({columns}, nth serial, other numeric)"))
    yield made
    made.dispose()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_every_value_comes_back_as_it_was(engine, rows):
    with Session(engine) as session:
        session.execute(text("TRUNCATE packed"))
        copy_rows(session, "packed", list(COLUMNS), rows)
        found = session.execute(text(f"SELECT {', '.join(COLUMNS)} FROM packed ORDER BY nth")).all()
    assert [tuple(row) for row in found] == rows


def test_more_than_one_piece_arrives_whole(engine):
    rows = [(UUID(int=number), "甲" * 500) for number in range(2000)]
    with Session(engine) as session:
        session.execute(text("TRUNCATE packed"))
        copy_rows(session, "packed", ["id", "words"], rows)
        found = session.execute(text("SELECT id, words FROM packed ORDER BY nth")).all()
    assert [tuple(row) for row in found] == rows


@pytest.mark.parametrize(
    ("column", "value", "refusal"), [("other", 1, KeyError), ("few", 2**15, StructError)]
)
def test_what_cannot_be_packed_is_refused(engine, column, value, refusal):
    with Session(engine) as session, pytest.raises(refusal):
        copy_rows(session, "packed", [column], [(1,), (value,)])
