"""`sanji unit`, `sanji account` and `sanji sync` against real tiers."""

import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from tests.branch.points_hands import Branch, open_the_year
from tests.county import County

Run = Callable[..., Result]
NAMES = ("DATABASE_URL", "INGEST_DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "QUEUE_KEY")


@pytest.fixture
def run(county: County, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with the settings of the small county's tiers."""
    for tier, settings in county.settings.items():
        for name in NAMES:
            monkeypatch.setenv(f"SANJI_{tier.upper()}_{name}", getattr(settings, name.lower()))
        monkeypatch.setenv(f"SANJI_{tier.upper()}_NODE_KEY_FILE", str(settings.node_key_file))
        monkeypatch.setenv(f"SANJI_{tier.upper()}_PUBLIC_URL", settings.public_url)
    assert os.environ["SANJI_COUNTY_DATABASE_URL"]

    def invoke(*arguments: str) -> Result:
        from deploy.account_commands import account
        from deploy.sync_commands import sync
        from deploy.unit_commands import unit

        group = {"unit": unit, "account": account, "sync": sync}[arguments[0]]
        return CliRunner().invoke(group, arguments[1:])

    return invoke


def test_the_tree_is_listed_as_far_as_the_tier_knows_it(run: Run) -> None:
    listed = run("unit", "list", "--tier", "township", "--under", "321323001")
    assert [line.split()[0] for line in listed.output.splitlines()] == [
        "321323001",
        "321323001201",
        "321323001202",
        "321323001203",
    ]


def test_a_unit_is_added_below_its_parent_once(run: Run) -> None:
    added = run("unit", "add", "321323003", "丙乡", "--parent", "321323")
    assert "added township 321323003" in added.output
    again = run("unit", "add", "321323003", "丙乡", "--parent", "321323")
    assert again.exit_code == 1
    assert "already" in again.output


def test_nothing_is_added_below_a_branch_or_an_unknown_parent(run: Run) -> None:
    below = run("unit", "add", "9", "x", "--parent", "321323001201")
    assert "nothing lies below it" in below.output
    unknown = run("unit", "add", "9", "x", "--parent", "404")
    assert "there is no unit 404" in unknown.output


def test_a_village_is_renamed_moved_and_closed_at_every_tier(run: Run, county: County) -> None:
    run("unit", "rename", "321323001203", "新名村")
    county.settle()
    assert {county.unit(tier, "321323001203").name for tier in ("county", "township", "branch")} == {"新名村"}
    assert "moved" in run("unit", "move", "321323001203", "--to", "321323002").output
    county.settle()
    for tier in ("county", "township", "branch"):
        assert county.unit(tier, "321323001203").path == "321323.321323002.321323001203."
    run("unit", "close", "321323001203", "--into", "321323002201")
    county.settle()
    closed = [county.unit(tier, "321323001203") for tier in ("county", "township", "branch")]
    assert all(unit.closed_on is not None for unit in closed)
    assert {unit.successor_id for unit in closed} == {county.unit("county", "321323002201").id}


def test_a_change_the_tree_forbids_is_refused_in_one_line(run: Run) -> None:
    assert "cannot lie below" in run("unit", "move", "321323001202", "--to", "321323").output
    assert "still has open units" in run("unit", "close", "321323002").output


def test_an_invitation_works_once_and_only_with_its_own_code(run: Run, county: County) -> None:
    run("unit", "add", "321323004", "丁乡", "--parent", "321323")
    code = run("unit", "invite", "--tier", "county", "321323004").output.strip()
    assert len(code.replace("-", "")) == 40
    wrong = run("unit", "join", "--tier", "branch", "AAAAA-" + code[6:], "--name", "冒名")
    assert wrong.exit_code == 1


def test_an_account_is_made_listed_and_its_password_shown_once(run: Run, county: County) -> None:
    made = run(
        "account", "add", "--tier", "county", "new-1", "新账号", "--role", "auditor", "--unit", "321323"
    )
    assert "shown once" in made.output
    password = made.output.split("password ")[1].split(" ")[0]
    assert "new-1" in run("account", "list", "--tier", "county").output
    client = county.app("county").test_client()
    assert client.post("/login", data={"login": "new-1", "password": password}).status_code == 302


def test_system_security_and_audit_stay_three_people(run: Run) -> None:
    run("account", "add", "--tier", "county", "two", "二职", "--role", "auditor", "--unit", "321323")
    second = run(
        "account", "post", "--tier", "county", "two", "--role", "system_administrator", "--unit", "321323"
    )
    assert second.exit_code == 1
    assert "three separate people" in second.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--role", "nobody", "--unit", "321323"), "there is no role nobody"),
        (("--role", "auditor", "--unit", "404"), "there is no unit 404"),
        (("--role", "auditor", "--unit", "321323", "--password", "short"), "at least 10 characters"),
    ],
)
def test_a_bad_account_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    answer = run("account", "add", "--tier", "county", "bad", "x", *arguments)
    assert answer.exit_code == 1
    assert words in answer.output
    assert "bad " not in run("account", "list", "--tier", "county").output


def test_a_person_works_with_one_account_in_a_unit(run: Run, county: County) -> None:
    branch, village = Branch(county, "321323001202"), "321323001202"
    open_the_year(county)
    branch.members(2)
    add = ("account", "add", "--tier", "branch")
    post = ("--role", "branch_secretary", "--unit", village)
    assert run(*add, "one", "甲", *post, "--person", "0001").exit_code == 0
    again = run(*add, "one-more", "甲乙", *post, "--person", "0001")
    assert (again.exit_code, "one person works with one account" in again.output) == (1, True)
    # The member's own login is beside it.
    own = ("--role", "member", "--unit", village, "--person", "0001")
    assert run(*add, "one-own", "甲", *own).exit_code == 0
    # A namesake with a card of his own is another; without a card he is told by his name.
    assert run(*add, "two", "甲", *post, "--person", "0002").exit_code == 0
    unknown = run(*add, "three", "甲", *post)
    assert (unknown.exit_code, "two accounts of one name count as one person" in unknown.output) == (1, True)
    assert run(*add, "three", "甲", *post, "--namesake").exit_code == 0
    linked = run("account", "person", "three", "--unit", village, "--number", "0001")
    assert (linked.exit_code, "one person works with one account" in linked.output) == (1, True)


def test_two_accounts_of_one_name_in_a_township_are_made_only_on_request(run: Run) -> None:
    add = ("account", "add", "--tier", "township")
    post = ("--role", "township_secretary", "--unit", "321323001")
    assert run(*add, "w-1", "王同名", *post).exit_code == 0
    assert "--namesake" in run(*add, "w-2", "王同名", *post).output
    assert run(*add, "w-2", "王同名（组织办）", *post).exit_code == 0
    assert run(*add, "w-3", "王同名", *post, "--namesake").exit_code == 0


def test_a_disabled_account_is_signed_out_and_stays_out(run: Run, county: County) -> None:
    client = county.client("county", "321323-bz")
    assert client.get("/").status_code == 200
    run("account", "disable", "--tier", "county", "321323-bz")
    assert client.get("/").status_code == 302
    run("account", "disable", "--tier", "county", "321323-bz", "--enable")
    assert county.client("county", "321323-bz").get("/").status_code == 200


def test_the_streams_of_a_fresh_county_are_shown(run: Run) -> None:
    assert "streams;" in run("sync", "status", "--tier", "county").output


def test_an_account_is_told_which_member_it_belongs_to(run: Run, county: County) -> None:
    from datetime import date

    from sqlalchemy import select

    from deploy.demo.people import actor
    from deploy.demo.tiers import within
    from services.branch.roster.actions import NewMember, add_members
    from shared.kit.accounts import Account
    from shared.kit.units import unit_by_code

    code = "321323001201"
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, code)
        assert unit is not None
        who = actor(session, unit, "branch_secretary")
        made = add_members(
            session, who, unit, [NewMember("0001", "周合成", "rural", date(2020, 1, 1))], county.now
        )
    assert "is 周合成" in run("account", "person", code, "--unit", code, "--number", "0001").output
    with within(county.tiers.branch) as session:
        assert actor(session, unit, "branch_secretary").person_id == made[0]
    absent = run("account", "person", code, "--unit", code, "--number", "0002")
    assert (absent.exit_code, "no member 0002" in absent.output) == (1, True)
    assert run("account", "person", code).exit_code == 2
    assert "is nobody" in run("account", "person", code, "--nobody").output

    elsewhere = run("account", "person", "321323001202", "--unit", code, "--number", "0001")
    assert (elsewhere.exit_code, "--elsewhere" in elsewhere.output) == (1, True)
    told = ("account", "person", "321323001202", "--unit", code, "--number", "0001", "--elsewhere")
    assert "is 周合成" in run(*told).output
    add = (
        "account",
        "add",
        "--tier",
        "branch",
        "zhou",
        "周合成",
        "--role",
        "branch_committee",
        "--unit",
        code,
    )
    absent = run(*add, "--person", "0002")
    assert (absent.exit_code, "no member 0002" in absent.output) == (1, True)
    assert "added zhou" in run(*add, "--person", "0001").output
    with within(county.tiers.branch) as session:
        assert session.scalars(select(Account.person_id).where(Account.login == "zhou")).one() == made[0]
    above = (
        "account",
        "add",
        "--tier",
        "county",
        "li",
        "李合成",
        "--role",
        "county_leader",
        "--unit",
        "321323",
    )
    assert run(*above, "--person", "0001").exit_code == 2
