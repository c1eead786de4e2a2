"""General branches: the county puts branches under them; they see these and no others."""

from datetime import date
from pathlib import Path

import pytest
from click import ClickException
from sqlalchemy import select

from deploy.demo.people import actor, add_people
from deploy.demo.tiers import within
from deploy.tree import read_tree
from services.county.registry import generals
from shared.contracts.documents import UnitRow, UnitsChanged, read_document, write_document
from shared.kit.accounts import Account, add_post
from shared.kit.audit import AuditEvent
from shared.kit.errors import Refused
from shared.kit.units import GENERAL, Unit, close_unit, move_unit, scope_of, unit_by_code
from shared.sync.authority import gaps
from shared.sync.enrolling import enrol, mint_code
from shared.sync.records import SELF
from tests.county import NOW, County
from tests.county_rooms.rooms import NOWHERE

TOWN, OTHER_TOWN = "321323001", "321323002"
GENERAL_CODE, SECOND_CODE, FAR_CODE = "321323001901", "321323001902", "321323002901"
FIRST, SECOND, THIRD, FAR = "321323001201", "321323001202", "321323001203", "321323002201"


class Registry:
    """The county's hands."""

    def __init__(self, county: County) -> None:
        self.county = county

    def _work(self, act):
        runtime = self.county.tiers.county
        with within(runtime) as session:
            who = actor(session, unit_by_code(session, "321323"), "system_administrator")
            done = act(session, who, runtime.signer())
        self.county.settle()
        return done

    def make(self, code, name, town=TOWN):
        return self._work(
            lambda s, who, sign: (
                generals.make_general(s, who, sign, unit_by_code(s, town), code, name, "新设", NOW).id
            )
        )

    def put(self, general, *codes):
        return self._work(
            lambda s, who, sign: generals.put_under(
                s,
                who,
                sign,
                [unit_by_code(s, one) for one in codes],
                unit_by_code(s, general),
                "隶属调整",
                NOW,
            )
        )

    def take(self, *codes):
        return self._work(
            lambda s, who, sign: generals.take_out(
                s, who, sign, [unit_by_code(s, one) for one in codes], "撤出", NOW
            )
        )


@pytest.fixture(scope="module")
def registry(county: County) -> Registry:
    made = Registry(county)
    made.make(GENERAL_CODE, "甲镇商会党总支")
    made.make(SECOND_CODE, "甲镇机关党总支")
    made.make(FAR_CODE, "乙街道党总支", OTHER_TOWN)
    made.put(GENERAL_CODE, FIRST, SECOND)
    return made


def test_every_tier_learns_which_general_branch_looks_after_a_branch(registry: Registry) -> None:
    county = registry.county
    general = county.unit("county", GENERAL_CODE).id
    for tier in ("county", "township", "branch"):
        assert county.unit(tier, FIRST).general_id == general
        assert county.unit(tier, THIRD).general_id is None
        assert county.unit(tier, GENERAL_CODE).kind == GENERAL


def test_the_parent_and_the_path_of_a_branch_stay_as_they_are(registry: Registry) -> None:
    branch, town = registry.county.unit("branch", FIRST), registry.county.unit("branch", TOWN)
    assert branch.parent_id == town.id
    assert branch.path == f"321323.{TOWN}.{FIRST}."


@pytest.mark.parametrize(
    ("general", "branch", "words"),
    [
        (GENERAL_CODE, FAR, "不在同一个乡镇"),
        (GENERAL_CODE, GENERAL_CODE, "不能再放到党总支下面"),
        (GENERAL_CODE, SECOND_CODE, "不能再放到党总支下面"),
        (GENERAL_CODE, TOWN, "不是支部"),
        (THIRD, FIRST, "不是党总支"),
    ],
)
def test_what_cannot_stand_under_a_general_branch_is_refused_in_words(
    registry: Registry, general: str, branch: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        registry.put(general, branch)


def test_a_general_branch_needs_a_township_and_a_code_of_its_own(registry: Registry) -> None:
    with pytest.raises(Refused, match="已经有单位用了"):
        registry.make(FIRST, "又一个党总支")
    with pytest.raises(Refused, match="要设在一个没有撤销的乡镇"):
        registry.make("321323001909", "又一个党总支", FIRST)


def test_each_change_is_in_the_log_with_its_reason(registry: Registry) -> None:
    with within(registry.county.tiers.county) as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.subject == FIRST)).all()
    assert [one.action for one in found] == ["unit.change"]
    assert found[0].detail["reason"] == "隶属调整"


def test_a_closed_general_branch_takes_nobody_and_a_busy_one_is_not_closed(registry: Registry) -> None:
    with within(registry.county.tiers.county) as session:
        general, second = unit_by_code(session, GENERAL_CODE), unit_by_code(session, SECOND_CODE)
        with pytest.raises(ValueError, match="still looks after"):
            close_unit(session, general, date(2026, 11, 1), None)
        with pytest.raises(ValueError, match="still looks after"):
            move_unit(session, general, unit_by_code(session, OTHER_TOWN))
        with pytest.raises(ValueError, match="cannot take over"):
            close_unit(session, second, date(2026, 11, 1), unit_by_code(session, THIRD))
        close_unit(session, second, date(2026, 11, 1), None)
        sign = registry.county.tiers.county.signer()
        with pytest.raises(Refused, match="已经撤销"):
            generals.put_under(session, None, sign, [unit_by_code(session, THIRD)], second, "试", NOW)
        session.rollback()


def test_a_branch_moved_to_another_township_leaves_its_general_branch(registry: Registry) -> None:
    with within(registry.county.tiers.county) as session:
        branch = unit_by_code(session, SECOND)
        move_unit(session, branch, unit_by_code(session, OTHER_TOWN))
        assert branch.general_id is None
        session.rollback()


def test_a_general_branch_reaches_its_branches_and_no_others(registry: Registry) -> None:
    with within(registry.county.tiers.branch) as session:
        ids = {one.code: one.id for one in session.scalars(select(Unit))}
        scope = scope_of(session, [unit_by_code(session, GENERAL_CODE)])
    assert set(scope.units) == {ids[GENERAL_CODE], ids[FIRST], ids[SECOND]}
    assert set(scope.above) == {ids[TOWN], ids["321323"]}


def test_a_branch_reads_its_general_branchs_name_and_nothing_of_the_sisters(registry: Registry) -> None:
    with within(registry.county.tiers.branch) as session:
        ids = {one.code: one.id for one in session.scalars(select(Unit))}
        scope = scope_of(session, [unit_by_code(session, FIRST)])
    assert set(scope.units) == {ids[FIRST]}
    assert ids[GENERAL_CODE] in scope.above
    with registry.county.tiers.branch.database.transaction(scope) as session:
        assert {one.code for one in session.scalars(select(Unit))} == {FIRST, GENERAL_CODE, TOWN, "321323"}


def test_a_branch_taken_out_is_out_of_sight_at_once(registry: Registry) -> None:
    registry.take(SECOND)
    with within(registry.county.tiers.branch) as session:
        general, second = unit_by_code(session, GENERAL_CODE), unit_by_code(session, SECOND)
        assert second.id not in scope_of(session, [general]).units
    with pytest.raises(Refused, match="都不在党总支下面"):
        registry.take(SECOND)
    assert registry.put(GENERAL_CODE, FIRST, SECOND) == 1


def test_a_general_branch_without_anybody_is_told_to_the_township_and_on_its_branches_desks(
    registry: Registry,
) -> None:
    county = registry.county
    take_in(county, GENERAL_CODE, SECOND_CODE, FAR_CODE)
    county.tiers.branch.look_for_people()
    county.settle()
    with within(county.tiers.township) as session:
        found = {gap.unit.code: gap.missing for gap in gaps(session)}
    assert found == dict.fromkeys((GENERAL_CODE, SECOND_CODE, FAR_CODE), ("endorse",))
    words = "甲镇商会党总支现在无人可审核"
    assert words in county.client("branch", FIRST).get("/").get_data(as_text=True)
    assert words not in county.client("branch", THIRD).get("/").get_data(as_text=True)


def take_in(county: County, *codes: str) -> None:
    """The branch service registers for units made since, as for any new branch."""
    child, parent = county.tiers.branch.node, county.tiers.township.node
    with child.store.work() as ledger:
        me = ledger.peers(SELF)[0]
    code = mint_code(parent, [county.unit("township", one).id for one in codes])
    enrol(child, me.node, me.name, code)


def test_posts_of_branches_and_of_general_branches_are_kept_apart(registry: Registry) -> None:
    with within(registry.county.tiers.branch) as session:
        account = session.scalars(select(Account).where(Account.login == FIRST)).one()
        for role, code in (("branch_secretary", GENERAL_CODE), ("general_secretary", FIRST)):
            with pytest.raises(ValueError, match="posts of their own"):
                add_post(session, account, role, unit_by_code(session, code))


def test_the_secretary_of_a_general_branch_signs_in_to_a_desk(registry: Registry) -> None:
    county = registry.county
    with within(county.tiers.branch) as session:
        add_people(session, [unit_by_code(session, GENERAL_CODE)], county.passwords, NOW)
    client = county.client("branch", GENERAL_CODE, "general_secretary")
    assert "甲镇商会党总支" in client.get("/").get_data(as_text=True)


def test_documents_from_before_there_were_general_branches_still_read() -> None:
    row = UnitRow(NOWHERE, "1", "村", "branch", "village", NOWHERE, "1.", "", None)
    body = write_document(UnitsChanged(NOWHERE, [row], "", NOW.isoformat()))
    assert b"general_id" not in body
    read = read_document(body)
    assert isinstance(read, UnitsChanged)
    assert read.rows[0].general_id is None


HEAD = "township_code,township_name,village_code,village_name,general_code,general_name\n"
ROW = f"{TOWN},甲镇,{FIRST},甲1村,{GENERAL_CODE},商会党总支\n"


def tree_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tree.csv"
    path.write_text(HEAD + text)
    return path


def test_a_tree_may_name_general_branches(tmp_path: Path) -> None:
    tree = read_tree(tree_of(tmp_path, f"{ROW}{TOWN},甲镇,{SECOND},甲2村,,\n"), "演示县")
    assert [one.name for one in tree.generals[TOWN]] == ["商会党总支"]
    assert tree.under == {FIRST: GENERAL_CODE}
    assert tree.size == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{TOWN},甲镇,{SECOND},甲2村,{GENERAL_CODE},\n", "has no general_name"),
        (f"{TOWN},甲镇,{SECOND},甲2村,{GENERAL_CODE},另名\n", "differently"),
        (f"{TOWN},甲镇,{SECOND},甲2村,321323002901,别处党总支\n", "twelve digits"),
        (f"{TOWN},甲镇,{SECOND},甲2村,{FIRST},党总支\n", "to a village and to a general branch"),
    ],
)
def test_a_tree_whose_general_branches_do_not_fit_names_the_row(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(ClickException, match=words):
        read_tree(tree_of(tmp_path, ROW + row), "演示县")
