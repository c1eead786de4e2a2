"""Rulebooks: read as tables, added with the exact place of an error, tried on a contest's figures."""

import io
import json

import pytest

from deploy.demo.tiers import within
from services.county.contest import course
from services.county.contest.models import Trial
from services.county.rulebooks.actions import versions
from shared.rulebooks import contest_default_bytes
from tests.county import County
from tests.county_rooms.rooms import contest, follow, leader, organiser, words


@pytest.fixture(scope="module", autouse=True)
def _verified(county: County) -> None:
    county.play("verified")


def amended(**changes: object) -> str:
    """The shipped rulebook with some fields replaced."""
    return json.dumps({**json.loads(contest_default_bytes()), **changes}, ensure_ascii=False)


def count(county: County) -> int:
    with within(county.tiers.county) as session:
        return len(versions(session))


def test_a_version_reads_as_tables(county: County) -> None:
    page = words(leader(county).get(f"/rulebooks/{contest(county).rulebook_hash}"))
    for said in ("集体经营性收入", "得满分，中间按比例", "10%", "待遇", "5 个工作日", "规则固定"):
        assert said in page, said


def test_the_place_of_an_error_is_named_and_nothing_is_kept(county: County) -> None:
    client, before = organiser(county), count(county)
    document = json.loads(contest_default_bytes())
    document["indicators"][3]["weight"] = "9.5x"
    for text, place in (
        (json.dumps(document), "indicators[3].weight"),
        ('{"kind": "contest",\n "name": }', "2:10"),
        (amended(name=""), "name"),
        ("[" * 100_000, "1:1"),
        ("", "1:1"),
    ):
        refused = client.post("/rulebooks", data={"text": text})
        assert refused.status_code == 422
        assert place in words(refused)
    assert count(county) == before
    assert leader(county).post("/rulebooks", data={"text": amended()}).status_code == 403


def test_an_uploaded_version_is_kept_once(county: County) -> None:
    client, before = organiser(county), count(county)
    text = amended(name="新一版规则").encode("utf-8-sig")
    for said in ("规则已保存", "没有重复保存"):
        answer = client.post("/rulebooks", data={"file": (io.BytesIO(text), "r.json"), "text": "ignored"})
        assert said in follow(client, answer)
    assert count(county) == before + 1
    assert client.post("/rulebooks", data={"file": (io.BytesIO(b"\xff\xfe"), "r.json")}).status_code == 422


def test_a_dry_run_shows_who_would_move_and_saves_nothing(county: County) -> None:
    client = organiser(county)
    shares = [
        {**tier, "share": share}
        for tier, share in zip(
            json.loads(contest_default_bytes())["tiers"], ("40", "30", "20", "10"), strict=True
        )
    ]
    added = client.post("/rulebooks", data={"text": amended(name="四三二一", tiers=shares)})
    digest = added.headers["Location"].rsplit("/", 1)[1]
    page = words(client.get(f"/rulebooks/{digest}/dry-run?contest={contest(county).id}"))
    assert "只是试算：没有保存" in page
    assert "会换档的村（" in page
    assert contest(county).synthetic_note in page
    own = contest(county).rulebook_hash
    same = words(client.get(f"/rulebooks/{own}/dry-run?contest={contest(county).id}"))
    assert "没有村会换档" in same
    with within(county.tiers.county) as session:
        assert session.query(Trial).count() == 0
        assert course.contests(session)[0].state == "verifying"


def test_figures_that_the_rules_do_not_fit_are_said_plainly(county: County) -> None:
    client = organiser(county)
    document = json.loads(contest_default_bytes())
    document["indicators"][0]["code"] = "something_else"
    text = json.dumps(document).replace("collective_income", "something_else")
    added = client.post("/rulebooks", data={"text": text})
    digest = added.headers["Location"].rsplit("/", 1)[1]
    page = words(client.get(f"/rulebooks/{digest}/dry-run?contest={contest(county).id}"))
    assert "不能用这个竞赛的数试算" in page


def test_absent_versions_and_contests_are_404(county: County) -> None:
    client = organiser(county)
    own = contest(county).rulebook_hash
    for path in (
        f"/rulebooks/{'0' * 64}",
        f"/rulebooks/{own}/dry-run?contest=x",
        f"/rulebooks/{own}/dry-run",
    ):
        assert client.get(path).status_code == 404
