"""Why a year came out as it did: every claim, sums that add up, own scope, what was undone, tampering."""

import json
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from deploy.cli import main
from deploy.demo.tiers import within
from services.branch.appraisal.models import GradeLine
from services.branch.points.models import Claim
from services.county.grades.models import ConfirmedAppraisal
from services.county.points.models import ApprovedStatement
from services.township.appraisals.models import ReceivedAppraisal
from services.township.statements.models import ReceivedStatement
from tests.branch.appraisal_hands import page
from tests.branch.explained_hands import Explained
from tests.branch.points_hands import VILLAGE, YEAR
from tests.township.conftest import ORGANISER

TIERS = ("branch", "township", "county")
NEIGHBOUR = f"321323002{ORGANISER[9:]}"
NAMES = ("DATABASE_URL", "INGEST_DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "QUEUE_KEY")


@pytest.fixture(scope="module")
def year(county):
    return Explained.at_proposals(county)


@pytest.fixture
def run(county, monkeypatch):
    """`sanji explain member` on the small county's tiers: (exit code, text, error)."""
    for tier, settings in county.settings.items():
        for name in NAMES:
            monkeypatch.setenv(f"SANJI_{tier.upper()}_{name}", getattr(settings, name.lower()))
        monkeypatch.setenv(f"SANJI_{tier.upper()}_NODE_KEY_FILE", str(settings.node_key_file))
        monkeypatch.setenv(f"SANJI_{tier.upper()}_PUBLIC_URL", settings.public_url)

    def invoke(*arguments):
        done = CliRunner().invoke(main, ["explain", "member", *map(str, arguments)])
        return done.exit_code, done.stdout, done.stderr

    return invoke


def told(run, member, tier, *more):
    code, text, error = run(member, "--year", YEAR, "--tier", tier, "--json", "-", *more)
    assert code == 0, error
    return json.loads(text)


def section(found, code):
    [one] = [one for one in found["sections"] if one["code"] == code]
    return one["lines"]


def summed(lines):
    return sum(one["value"] for one in lines if one["value"] is not None and "mark" not in one)


def total(lines):
    return next(one["value"] for one in lines if one.get("mark") == "sum")


def marks(found):
    return {one.get("mark") for part in found["sections"] for one in part["lines"]}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("place", [0, 4, 5])
def test_every_claim_is_named_and_what_is_shown_adds_up_to_the_total(year, run, tier, place):
    member = year.people[place]
    found = told(run, member, tier)
    with within(year.county.tiers.branch) as session:
        numbers = set(session.scalars(select(Claim.number).where(Claim.member_id == member)))
    claims = section(found, "claims")
    assert {one["facts"]["number"] for one in claims if "facts" in one} == numbers
    whole = total(claims)
    assert summed(claims) == summed(section(found, "postings")) == total(section(found, "sums")) == whole
    parts = section(found, "total")
    assert summed(parts) == total(parts)
    assert whole == sum(parts[n]["value"] for n in (1, 3, 4)), "months, bonus and deductions"
    assert found["differs"] is False
    assert "same" in marks(found)


def test_caps_late_claims_and_strikes_are_told(year, run):
    cut = [
        one["facts"]["cut"]
        for one in section(told(run, year.people[0], "county"), "claims")
        if "facts" in one
    ]
    assert "item" in cut
    kinds = {one["facts"]["kind"] for one in section(told(run, year.people[4], "county"), "postings")}
    assert "late" in kinds
    last = told(run, year.people[5], "county")
    assert "counter" in {one["facts"]["kind"] for one in section(last, "postings")}
    assert [one["facts"]["state"] for one in section(last, "claims") if "facts" in one] == ["struck"]


def test_each_step_names_its_rule_its_clause_and_who_decided(year, run):
    code, text, _error = run(year.people[4], "--year", YEAR)
    assert code == 0
    for words in (
        "结账上报",
        "乡镇受理",
        "乡镇批准",
        "乡镇审定",
        "基础分",
        "支部意见",
        "输入摘要",
        "算法第 1 版",
    ):
        assert words in text, words
    assert "按原件从头重算，结果相同" in text
    _code, english, _error = run(year.people[4], "--year", YEAR, "--english")
    assert "worked out again" in english.lower()


def test_a_member_is_found_by_the_number_on_paper(year, run):
    code, text, _error = run(f"{VILLAGE}/0005", "--year", YEAR, "--json", "-")
    assert (code, json.loads(text)["member_id"]) == (0, str(year.people[4]))


def test_out_of_scope_and_unknown_are_the_same_not_found(year, run):
    member, nobody = year.people[0], uuid4()
    code, _text, foreign = run(member, "--year", YEAR, "--tier", "township", "--as", NEIGHBOUR)
    other, _text, unknown = run(nobody, "--year", YEAR, "--tier", "township", "--as", NEIGHBOUR)
    assert (code, other) == (1, 1)
    assert foreign.replace(str(member), "") == unknown.replace(str(nobody), "")
    assert run(member, "--year", YEAR, "--tier", "township", "--as", ORGANISER)[0] == 0
    assert run(f"{VILLAGE}/0001", "--year", YEAR, "--tier", "township", "--as", NEIGHBOUR)[0] == 1
    client = year.county.client("township", NEIGHBOUR)
    assert client.get(f"/overview/members/{member}/why").status_code == 404
    assert client.get(f"/overview/members/{nobody}/why").status_code == 404


def test_a_member_sees_his_own_year_and_nobody_elses(year, run):
    assert run(year.people[2], "--year", YEAR, "--tier", "branch", "--as", "m-2")[0] == 0
    assert run(year.people[3], "--year", YEAR, "--tier", "branch", "--as", "m-2")[0] == 1
    own = year.mine[2].get("/my/why")
    assert (own.status_code, "年度总分" in page(own)) == (200, True)
    assert year.mine[2].get(f"/appraisal/members/{year.people[2]}/why").status_code == 403


def test_what_was_not_understood_is_one_line(year, run):
    for arguments in (("zhangsan", "--year", YEAR), (uuid4(), "--year", 2031), (uuid4(), "--year", "soon")):
        code, _text, error = run(*arguments)
        assert (code, len(error.splitlines())) == (2, 1), error
    code, _text, error = run(uuid4(), "--year", YEAR, "--as", "nobody")
    assert (code, "there is no account nobody" in error) == (2, True)


def test_the_pages_say_the_same_at_every_tier(year, county):
    member = year.people[4]
    branch = year.secretary.get(f"/appraisal/members/{member}/why")
    township = county.client("township", ORGANISER).get(f"/overview/members/{member}/why")
    above = year.at_county("zzk").get(f"/overview/members/{member}/why?year={YEAR}")
    for answer in (branch, township, above):
        assert answer.status_code == 200
        assert "每一条申报" in page(answer)
        assert "重算相同" in page(answer)
    file = year.at_county("zzk").get(f"/overview/members/{member}/why.json")
    assert file.json["format"] == "sanji-explanation/1"


def test_after_an_upheld_appeal_the_counter_entries_show(year, run):
    year.up_to_upheld_appeal()
    for tier in TIERS:
        found = told(run, year.people[4], tier)
        lines = section(found, "corrections")
        entries = [one["value"] for one in lines if one.get("facts", {}).get("kind") == "counter"]
        assert entries == ([10_00] if tier == "township" else [10_00, 3_00]), tier
        grade = [one["facts"]["grade"] for one in section(found, "about") if "grade" in one.get("facts", {})]
        assert grade == ["qualified"]
        assert found["differs"] is False


def owned(county, tier, statement):
    """As only the owner of a tier's database can."""
    engine = create_engine(county.settings[tier].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


@pytest.mark.parametrize(
    ("tier", "table", "old", "new"),
    [
        ("county", ConfirmedAppraisal, b'"unqualified"', b'"qualified"'),
        ("county", ConfirmedAppraisal, b"{", b"["),
        ("county", ApprovedStatement, b'"month":1,', b'"month":9,'),
        ("county", ApprovedStatement, b'"household"', b'"no_such_item"'),
        # No figure changes with these: only what the stream brought tells.
        ("county", ApprovedStatement, b'"closed_by":"', b'"closed_by":" '),
        ("county", ConfirmedAppraisal, b'"filed_by":"', b'"filed_by":" '),
        ("township", ReceivedStatement, b'"closed_by":"', b'"closed_by":" '),
        ("township", ReceivedAppraisal, b'"filed_by":"', b'"filed_by":" '),
        ("township", ReceivedAppraisal, b'"unqualified"', b'"qualified"'),
        ("township", ReceivedStatement, b'"household"', b'"no_such_item"'),
    ],
)
def test_bytes_that_were_tampered_with_are_said_to_differ(year, county, run, tier, table, old, new):
    with within(getattr(county.tiers, tier)) as session:
        query = select(table.id, table.original).order_by(table.id)
        row = next(row for row in session.execute(query) if old in row.original)
    this = update(table).where(table.id == row.id)
    owned(county, tier, this.values(original=row.original.replace(old, new, 1)))
    login = {"county": "321323-zzk", "township": ORGANISER}[tier]
    try:
        assert told(run, year.people[4], tier)["differs"] is True
        answer = county.client(tier, login).get(f"/overview/members/{year.people[4]}/why")
        assert (answer.status_code, "重算不同" in page(answer)) == (200, True)
    finally:
        owned(county, tier, this.values(original=row.original))
    assert told(run, year.people[4], tier)["differs"] is False


def test_a_branch_grades_again_what_its_run_pinned(year, county, run):
    this = update(GradeLine).where(GradeLine.member_id == year.people[1])
    owned(county, "branch", this.values(total=GradeLine.total + 1))
    try:
        assert told(run, year.people[4], "branch")["differs"] is True, "anybody's line tells"
    finally:
        owned(county, "branch", this.values(total=GradeLine.total - 1))
    assert told(run, year.people[4], "branch")["differs"] is False
