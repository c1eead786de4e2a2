"""The registers are for one administrator each, and read only."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from services.county.contest import corrections, course
from services.county.registry.wording import ACTS
from tests.county import County
from tests.county_rooms.rooms import leader, organiser, words

PAGES = {
    "/registry/units": "xt",
    "/registry/nodes": "xt",
    "/registry/accounts": "xt aq",
    "/log": "sj",
}


@pytest.fixture(scope="module", autouse=True)
def _opened(county: County) -> None:
    county.play("opened")


@pytest.mark.parametrize("path", PAGES)
def test_each_register_is_open_to_its_own_administrator_alone(county: County, path: str) -> None:
    for suffix in ("zzk", "bz", "xt", "aq", "sj"):
        expected = 200 if suffix in PAGES[path].split() else 403
        assert county.client("county", f"321323-{suffix}").get(path).status_code == expected


def test_the_unit_tree_can_be_searched(county: County) -> None:
    client = county.client("county", "321323-xt")
    page = words(client.get("/registry/units?q=321323002"))
    assert "乙街道" in page
    assert "甲镇" not in page
    assert "没有符合条件的单位" in words(client.get("/registry/units?q=%25"))
    assert client.get("/registry/units?page=-3").status_code == 200
    assert client.get("/registry/units?page=99999999999").status_code == 200


def test_nodes_show_when_they_were_last_heard_and_what_is_under_way(county: County) -> None:
    page = words(county.client("county", "321323-xt").get("/registry/nodes"))
    assert "乡镇服务" in page
    assert "本节点" in page
    assert "321323-zzk" in words(county.client("county", "321323-xt").get("/registry/accounts"))


def test_the_log_is_newest_first_and_filtered_and_verified(county: County) -> None:
    client = county.client("county", "321323-sj")
    page = words(client.get("/log?action=contest.draft"))
    assert "建立竞赛 contest.draft" in page.split("时间")[1]
    assert "contest.collecting" not in page.split("时间")[1]
    county.tiers.county._jobs()["seal_audit"]()
    assert "封存链完整" in words(client.get("/log?verify=1"))
    engine = create_engine(county.settings["county"].owner_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_event SET subject = 'x' WHERE action = 'contest.draft'"))
    engine.dispose()
    assert "封存链对不上" in words(client.get("/log?verify=1"))


def written(tree: ast.AST) -> set[str]:
    """The codes that a module's calls of audit.record name outright."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 4]
    named = [call.args[4] for call in calls if ast.unparse(call.func) == "audit.record"]
    return {one.value for one in named if isinstance(one, ast.Constant)}


def test_every_act_the_county_records_has_words() -> None:
    modules = [*Path("services/county").rglob("*.py"), *Path("shared").rglob("*.py")]
    codes = set().union(*(written(ast.parse(path.read_text())) for path in modules))
    codes |= {*corrections.ACTS.values(), *(f"contest.{stage}" for stage in course.ORDER[1:])}
    assert len(codes) > 15
    assert codes - ACTS.keys() == set(), "services/county/registry/wording.py"


def test_the_desk_shows_each_only_what_is_theirs(county: County) -> None:
    assert "节点与同步" in words(county.client("county", "321323-xt").get("/"))
    assert "审计日志" in words(county.client("county", "321323-sj").get("/"))
    for client in (organiser(county), leader(county)):
        page = words(client.get("/"))
        assert "审计日志" not in page
        assert "登记" not in page.split("系统")[0]


def test_the_administrator_makes_a_general_branch_and_moves_branches(county: County) -> None:
    client = county.client("county", "321323-xt")
    town = county.unit("county", "321323001")
    form = {"township": str(town.id), "code": "321323001901", "name": "甲镇商会党总支", "reason": "县委批复"}
    assert "请写明依据或理由" in words(client.post("/registry/generals", data=form | {"reason": " "}))
    made = client.post("/registry/generals", data=form)
    assert made.status_code == 303
    where = made.headers["Location"]
    assert client.post("/registry/generals", data=form).status_code == 409
    branch = county.unit("county", "321323001201")
    far = county.unit("county", "321323002201")
    assert client.post(f"{where}/put", data={"reason": "隶属"}).status_code == 422
    wrong = client.post(f"{where}/put", data={"branches": [str(branch.id), str(far.id)], "reason": "隶属"})
    assert wrong.status_code == 409
    assert "不在同一个乡镇" in words(wrong)
    assert county.unit("county", "321323001201").general_id is None
    ticked = {"branches": [str(branch.id)], "reason": "隶属"}
    assert client.post(f"{where}/put", data=ticked).status_code == 303
    assert county.unit("county", "321323001201").general_id is not None
    assert "甲201村" in words(client.get(where)).split("本乡镇的其他支部")[0]
    assert client.post(f"{where}/take", data={**ticked, "branches": [str(far.id)]}).status_code == 404
    assert client.post(f"{where}/take", data=ticked).status_code == 303
    assert county.unit("county", "321323001201").general_id is None
    assert "1 个" in words(client.get("/registry/units"))


def test_only_the_administrator_changes_general_branches(county: County) -> None:
    for suffix in ("zzk", "bz", "aq", "sj"):
        client = county.client("county", f"321323-{suffix}")
        assert client.get("/registry/generals").status_code == 403
        assert client.post("/registry/generals").status_code == 403
