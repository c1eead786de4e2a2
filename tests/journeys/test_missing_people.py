"""A unit without somebody it cannot do without: its desk says so, the tier above is told once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from deploy.account_commands import account
from deploy.demo.tiers import within
from shared.contracts.authority import AuthorityGap
from shared.kit.accounts import Account, add_account, add_post, hash_password, remove_post
from shared.kit.units import Unit
from shared.sync.authority import AuthorityState, gaps, recover_gaps
from shared.sync.models import Inbox, Outbox
from shared.sync.records import Received
from shared.sync.runtime import Runtime
from tests.branch.hands import text_of
from tests.cli.test_admin_commands import NAMES
from tests.county import County

MONDAY = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
TOWN, OTHER = "321323001", "321323002"
VILLAGE, SIBLING = "321323001201", "321323001202"


@pytest.fixture
def staffed(county: County) -> Iterator[County]:
    """Everybody is there and everything has been told."""
    county.now = MONDAY
    yield county
    for runtime in (county.tiers.branch, county.tiers.township):
        with within(runtime) as session:
            for one in session.scalars(select(Account)):
                one.disabled = one.login.startswith("extra")
        runtime.look_for_people()
    county.settle()


def disable(runtime: Runtime, login: str) -> None:
    with within(runtime) as session:
        session.scalars(select(Account).where(Account.login == login)).one().disabled = True


def told(runtime: Runtime) -> int:
    """How many times this tier has told the one above."""
    with within(runtime) as session:
        query = select(func.count()).select_from(Outbox).where(Outbox.kind == AuthorityGap.KIND)
        return session.scalar(query) or 0


def missing_at(runtime: Runtime) -> dict[str, tuple[str, ...]]:
    """What a parent knows of the units below."""
    with within(runtime) as session:
        return {gap.unit.code: gap.missing for gap in gaps(session)}


def look(county: County) -> None:
    """The timers of both lower tiers, and the wire."""
    for runtime in (county.tiers.branch, county.tiers.township):
        runtime.look_for_people()
    county.settle()


def desk(county: County, tier: str, login: str) -> Any:
    return text_of(county.client(tier, login).get("/"))


def test_with_everybody_there_nothing_is_told(staffed: County) -> None:
    look(staffed)
    assert told(staffed.tiers.branch) == told(staffed.tiers.township) == 0
    assert "无人可" not in desk(staffed, "county", "321323-zzk")


def test_a_township_without_an_approver_is_seen_at_the_county_and_at_home(staffed: County) -> None:
    before = told(staffed.tiers.township)
    disable(staffed.tiers.township, f"{TOWN}-sj")
    for _again in range(3):
        look(staffed)
    assert told(staffed.tiers.township) == before + 1
    assert missing_at(staffed.tiers.county) == {TOWN: ("approve",)}
    assert "甲镇：无人可审批，今天起" in desk(staffed, "county", "321323-zzk")
    staffed.later(days=3)
    look(staffed)
    assert told(staffed.tiers.township) == before + 1
    assert "甲镇：无人可审批，已 3 天" in desk(staffed, "county", "321323-bz")
    assert "甲镇无人可审批，已 3 天" in desk(staffed, "township", f"{TOWN}-zz")
    assert "无人可" not in desk(staffed, "township", f"{OTHER}-zz")


def test_it_is_gone_when_mended_and_begins_anew(staffed: County) -> None:
    township = staffed.tiers.township
    disable(township, f"{TOWN}-zz")
    look(staffed)
    assert "甲镇：无人可核实，今天起" in desk(staffed, "county", "321323-zzk")
    before = told(township)
    with within(township) as session:
        unit = session.scalars(select(Unit).where(Unit.code == TOWN)).one()
        hashed = hash_password("township-2026")
        posts = [("township_organiser", unit)]
        add_account(session, "extra-zz", "新组织委员（测试）", hashed, posts, staffed.now)
    look(staffed)
    assert told(township) == before + 1
    assert missing_at(staffed.tiers.county) == {}
    assert "无人可" not in desk(staffed, "county", "321323-zzk")


def test_one_person_with_both_authorities_is_not_two(staffed: County) -> None:
    township = staffed.tiers.township
    disable(township, f"{TOWN}-zz")
    disable(township, f"{TOWN}-sj")
    with within(township) as session:
        unit = session.scalars(select(Unit).where(Unit.code == TOWN)).one()
        posts = [("township_organiser", unit), ("township_secretary", unit)]
        add_account(session, "extra-both", "兼任（测试）", hash_password("township-2026"), posts, staffed.now)
    look(staffed)
    assert missing_at(staffed.tiers.county) == {TOWN: ("second",)}
    assert "甲镇：核实和审批只有同一个人" in desk(staffed, "county", "321323-zzk")


def test_a_village_without_anybody_to_file_is_seen_by_its_township_alone(staffed: County) -> None:
    branch = staffed.tiers.branch
    before = told(branch)
    with within(branch) as session:
        unit = session.scalars(select(Unit).where(Unit.code == VILLAGE)).one()
        secretary = session.scalars(select(Account).where(Account.login == VILLAGE)).one()
        remove_post(session, secretary, "branch_secretary", unit)
        hashed = hash_password("committee-2026")
        add_account(session, "wy", "支部委员（测试）", hashed, [("branch_committee", unit)], staffed.now)
    look(staffed)
    assert told(branch) == before + 1
    assert missing_at(staffed.tiers.township) == {VILLAGE: ("file",)}
    assert missing_at(staffed.tiers.county) == {}
    assert "甲201村：无人可申报，今天起" in desk(staffed, "township", f"{TOWN}-zz")
    assert "甲201村：无人可" not in desk(staffed, "township", f"{OTHER}-zz")
    client = staffed.app("branch").test_client()
    assert client.post("/login", data={"login": "wy", "password": "committee-2026"}).status_code == 302
    assert "本村无人可申报，今天起" in text_of(client.get("/"))
    assert "无人可" not in desk(staffed, "branch", SIBLING)
    with within(branch) as session:
        secretary = session.scalars(select(Account).where(Account.login == VILLAGE)).one()
        unit = session.scalars(select(Unit).where(Unit.code == VILLAGE)).one()
        add_post(session, secretary, "branch_secretary", unit)


def test_a_change_of_accounts_is_told_at_once(staffed: County, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = staffed.settings["township"]
    for name in NAMES:
        monkeypatch.setenv(f"SANJI_TOWNSHIP_{name}", getattr(settings, name.lower()))
    monkeypatch.setenv("SANJI_TOWNSHIP_NODE_KEY_FILE", str(settings.node_key_file))
    monkeypatch.setenv("SANJI_TOWNSHIP_PUBLIC_URL", settings.public_url)
    before = told(staffed.tiers.township)
    for option in ([], ["--enable"]):
        done = CliRunner().invoke(account, ["disable", "--tier", "township", f"{OTHER}-sj", *option])
        assert done.exit_code == 0, done.output
        before += 1
        assert told(staffed.tiers.township) == before


def test_after_a_restore_the_last_word_is_known_again(staffed: County) -> None:
    with within(staffed.tiers.branch) as session:
        unit = session.scalars(select(Unit).where(Unit.code == SIBLING)).one().id
        body = AuthorityGap(unit_id=unit, missing=["file"], since=MONDAY.isoformat(), at=MONDAY.isoformat())
        came = Received("up", unit, 1, 1, b"", body.KIND, 1, unit, MONDAY, b"", b"", body)
        recover_gaps(session, [came], MONDAY)
        assert session.get_one(AuthorityState, unit).missing == ["file"]
    before = told(staffed.tiers.branch)
    staffed.tiers.branch.look_for_people()
    assert told(staffed.tiers.branch) == before + 1  # the secretary is there: mended, and said so


def test_every_word_upwards_has_arrived_once(staffed: County) -> None:
    staffed.settle()
    for child, parent in (("branch", "township"), ("township", "county")):
        with within(getattr(staffed.tiers, parent)) as session:
            query = select(func.count()).select_from(Inbox).where(Inbox.kind == AuthorityGap.KIND)
            assert session.scalar(query) == told(getattr(staffed.tiers, child))
