"""From publicity to a corrected edition: objections, lock, a second person, the bundle, corrections."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from deploy.contest_commands import contest as contest_command
from deploy.demo.people import actor
from deploy.demo.tiers import within
from services.branch.contest.actions import raise_objection
from services.county.contest import course
from services.county.contest.bundles import bundle_of_year, written
from services.county.contest.corrections import withdraw_correction
from services.county.contest.models import Correction, Edition, Objection, TrialLine
from services.county.contest.records import last_edition, last_trial
from services.county.contest.trial import open_corrections
from services.county.returns.models import VerifiedReturn
from shared.contracts.documents import ResultAnnounced, VillageResult
from shared.kit.audit import AuditEvent
from shared.kit.errors import Refused
from shared.kit.ids import new_id
from shared.kit.units import Unit
from shared.sync.contests import current_contest
from shared.sync.publications import documents
from tests.county import County
from tests.county_rooms.rooms import (
    NOWHERE,
    at,
    contest,
    follow,
    leader,
    organiser,
    person,
    trial_number,
    village,
    words,
)

INDICATOR = "collective_income"


@pytest.fixture(scope="module", autouse=True)
def _public(county: County) -> None:
    county.play("tried")
    client = organiser(county)
    answer = client.post(at(county, "/publicity"), data={"version": str(contest(county).version)})
    assert answer.status_code == 303, words(answer)
    county.settle()


def raised(county: County, text: str, code: str = "321323001201") -> str:
    """A village objects; the address of the objection at the county."""
    unit = county.unit("branch", code)
    with within(county.tiers.branch) as session:
        who, opened = actor(session, unit, "branch_secretary"), current_contest(session)
        raise_objection(session, who, unit, opened, text, county.now)
    county.settle()
    with within(county.tiers.county) as session:
        found = session.scalars(select(Objection).where(Objection.text == text)).one()
        return at(county, f"/objections/{found.id}")


def test_the_lock_waits_for_answers_and_for_the_last_day(county: County) -> None:
    where = raised(county, "志愿服务少记了两场")
    client = organiser(county)
    assert "1 件异议等答复" in words(client.get("/"))
    page = words(client.get(at(county, "/objections")))
    assert "还有 1 件异议没有答复" in page
    refused = client.post(at(county, "/lock"), data={"confirmation": contest(county).title})
    assert refused.status_code == 409
    silent = client.post(where, data={"answer": "已核"})
    assert silent.status_code == 422
    assert "请填上这一项" in words(silent)
    assert leader(county).post(where, data={"upheld": "no", "answer": "已核"}).status_code == 403
    answer = client.post(where, data={"upheld": "no", "answer": "台账与核实数一致"})
    assert "已答复" in follow(client, answer)
    twice = client.post(where, data={"upheld": "yes", "answer": "再答一次"})
    assert twice.status_code == 409
    assert "期满" in words(client.get(at(county, "/objections")))


def test_an_upheld_objection_sends_the_contest_back_to_the_trial(county: County) -> None:
    client, where = organiser(county), raised(county, "收入确实少算", "321323002202")
    page = follow(client, client.post(where, data={"upheld": "yes", "answer": "少算属实"}))
    assert "退回试算" in page
    county.later(days=20)
    client = organiser(county)
    blocked = client.post(at(county, "/lock"), data={"confirmation": contest(county).title})
    assert blocked.status_code == 409
    assert "1 件异议成立，要退回试算改正后重新公示" in words(blocked)
    version = str(contest(county).version)
    back = {"after": "trial", "version": version, "reason": "乙202村异议成立"}
    assert client.post(at(county, "/stage"), data=back).status_code == 303
    assert contest(county).objections_until is None
    again = client.post(at(county, "/publicity"), data={"version": str(contest(county).version)})
    assert again.status_code == 303, words(again)
    county.settle()
    assert "要退回试算" not in words(client.get(at(county, "/objections")))


def test_a_return_that_straggles_in_cannot_slip_under_the_lock(county: County) -> None:
    county.later(days=20)
    client, title = organiser(county), contest(county).title
    straggler(county)
    refused = client.post(at(county, "/lock"), data={"confirmation": title})
    assert refused.status_code == 409
    assert "数据有变动" in words(refused)
    straggler(county, undo=True)


def straggler(county: County, undo: bool = False) -> None:
    """A later return of one village, with another income; `undo` takes it away (as the tables' owner)."""
    from sqlalchemy import create_engine, delete
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import NullPool

    engine = create_engine(county.settings["county"].owner_database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        if undo:
            session.execute(delete(VerifiedReturn).where(VerifiedReturn.attempt == 99))
        else:
            row = session.scalars(
                select(VerifiedReturn)
                .where(VerifiedReturn.unit_id == village(county, "321323002201"))
                .limit(1)
            ).one()
            values = {c.key: getattr(row, c.key) for c in VerifiedReturn.__table__.columns}
            later = {"id": new_id(), "attempt": 99, "approved_at": row.approved_at + timedelta(days=40)}
            values["verified"] = {**row.verified, INDICATOR: "1.0"}
            session.add(VerifiedReturn(**{**values, **later}))
    engine.dispose()


def test_the_lock_wants_the_title_typed(county: County) -> None:
    client = organiser(county)
    wrong = client.post(at(county, "/lock"), data={"confirmation": "差不多"})
    assert wrong.status_code == 422
    assert "请原样输入竞赛名称" in words(wrong)
    assert leader(county).post(at(county, "/lock"), data={}).status_code == 403
    answer = client.post(at(county, "/lock"), data={"confirmation": contest(county).title})
    assert "已锁定。请另一位同志发布" in follow(client, answer)
    assert client.post(at(county, "/lock"), data={"confirmation": contest(county).title}).status_code == 409


def test_nothing_can_be_fetched_as_a_bundle_before_it_is_published(county: County) -> None:
    assert organiser(county).get(at(county, "/bundle.json")).status_code == 404


def test_another_person_publishes(county: County) -> None:
    assert organiser(county).post(at(county, "/publish")).status_code == 403
    client = leader(county)
    assert "发布：" in words(client.get("/"))
    assert "已发布" in follow(client, client.post(at(county, "/publish")))
    assert client.post(at(county, "/publish")).status_code == 409
    county.settle()
    page = words(client.get(at(county, "/result")))
    assert "待遇" in page
    assert contest(county).synthetic_note in page


def test_the_bundle_verifies_from_the_command_line(county: County, tmp_path) -> None:
    answer = organiser(county).get(at(county, "/bundle.json"))
    path = tmp_path / "bundle.json"
    path.write_bytes(answer.data)
    key = json.loads(answer.data)["signatures"][0]["public_key"]
    made = CliRunner().invoke(contest_command, ["verify", str(path), "--public-key", key])
    assert made.exit_code == 0, made.output
    assert "same: 6 villages, signed by key" in made.output
    document = json.loads(answer.data)
    assert document["contest"]["synthetic_note"]
    document["inputs"][0]["values"][INDICATOR] = "0.1"
    path.write_text(json.dumps(document))
    assert CliRunner().invoke(contest_command, ["verify", str(path)]).exit_code == 1
    with within(county.tiers.county) as session:
        assert written(bundle_of_year(session, contest(county).year)) == answer.data


def propose(county: County, value: str, reason: str = "台账另有一笔", code: str = "321323002203"):
    """Propose another income for a village."""
    form = {"village": str(village(county, code)), "indicator": INDICATOR, "value": value, "reason": reason}
    return organiser(county).post(at(county, "/corrections"), data=form)


def waiting(county: County) -> dict[str, UUID]:
    """The corrections that wait, by village code."""
    with within(county.tiers.county) as session:
        found = open_corrections(session, course.contests(session)[0])
        return {session.get_one(Unit, one.unit_id).code: one.id for one in found}


def in_force(county: County) -> tuple[int, str]:
    """(edition, the income it holds for the village the corrections are about)."""
    with within(county.tiers.county) as session:
        edition = last_edition(session, course.contests(session)[0])
        line = session.get_one(TrialLine, (edition.trial_id, village(county, "321323002203")))
        return edition.number, line.values[INDICATOR]


def test_a_correction_that_cannot_be_read_or_changes_nothing_is_refused(county: County) -> None:
    _number, income = in_force(county)
    for value, said in (("很多", "不是数字"), (income, "和现在的一样"), ("", "请填上")):
        refused = propose(county, value)
        assert refused.status_code == 422
        assert said in words(refused)
    assert propose(county, "70.1", " ").status_code == 422
    absent = organiser(county).post(
        at(county, "/corrections"),
        data={"village": str(NOWHERE), "indicator": INDICATOR, "value": "1", "reason": "x"},
    )
    assert absent.status_code == 404


def test_a_proposed_correction_changes_nothing_published(county: County) -> None:
    before = in_force(county)
    straggler(county)  # a late return must not ride along with the correction
    client = organiser(county)
    page = follow(client, propose(county, "74.9"))
    assert "→ 74.9" in page
    assert "等分管部长确认" in page
    assert in_force(county) == before
    result = words(client.get(at(county, "/result")))
    assert "1 处更正等第二人确认" in result
    with within(county.tiers.county) as session:
        proposed = last_trial(session, course.contests(session)[0])
        other = session.get_one(TrialLine, (proposed.id, village(county, "321323002201")))
        assert other.values[INDICATOR] != "1.0"
    assert client.post(at(county, "/corrections/confirm"), data={"seen": "1"}).status_code == 403


def test_a_correction_turned_down_leaves_the_result_and_the_next_trial_right(county: County) -> None:
    before, client = in_force(county), leader(county)
    kept = waiting(county)["321323002203"]
    assert "没有采纳这处更正" in follow(client, client.post(at(county, f"/corrections/{kept}/refuse")))
    assert client.post(at(county, f"/corrections/{kept}/refuse")).status_code == 409
    assert in_force(county) == before
    with within(county.tiers.county) as session:
        found = course.contests(session)[0]
        newest, edition = last_trial(session, found), last_edition(session, found)
        line = session.get_one(TrialLine, (newest.id, village(county, "321323002203")))
        assert line.values[INDICATOR] == before[1]
        assert newest.result_hash == session.get_one(type(newest), edition.trial_id).result_hash
    assert organiser(county).post(at(county, "/trial")).status_code == 409


def test_each_correction_is_taken_back_or_turned_down_by_itself(county: County) -> None:
    client, second = organiser(county), leader(county)
    for code, value in (("321323002203", "74.1"), ("321323002202", "74.2"), ("321323002201", "74.3")):
        follow(client, propose(county, value, f"改 {code}", code))
    first, other, third = (waiting(county)[f"32132300220{number}"] for number in (3, 2, 1))
    assert second.post(at(county, f"/corrections/{first}/withdraw")).status_code == 403
    assert client.post(at(county, f"/corrections/{first}/refuse")).status_code == 403
    someone = replace(person(county, "county_organiser"), account_id=NOWHERE, name="别的组织员（演示）")
    with within(county.tiers.county) as session:
        found = course.contests(session)[0]
        with pytest.raises(Refused, match="由提出人撤回"):
            withdraw_correction(session, someone, found, first, county.now)
    assert "已撤回这处更正" in follow(client, client.post(at(county, f"/corrections/{first}/withdraw")))
    assert set(waiting(county)) == {"321323002202", "321323002201"}
    follow(second, second.post(at(county, f"/corrections/{other}/refuse")))
    assert set(waiting(county)) == {"321323002201"}
    for gone, what in ((first, "withdraw"), (NOWHERE, "withdraw")):
        answer = client.post(at(county, f"/corrections/{gone}/{what}"))
        assert answer.status_code == (409 if gone == first else 404)
    with within(county.tiers.county) as session:
        left = last_trial(session, course.contests(session)[0])
        held = [
            session.get_one(TrialLine, (left.id, village(county, f"32132300220{number}"))).values[INDICATOR]
            for number in (1, 2, 3)
        ]
        acts = {
            row.subject: row.action
            for row in session.scalars(select(AuditEvent).where(AuditEvent.action.like("correction.%")))
        }
    assert held[0] == "74.3"
    assert {"74.1", "74.2"}.isdisjoint(held)
    assert (acts[str(first)], acts[str(other)]) == ("correction.withdraw", "correction.refuse")
    page = follow(client, client.post(at(county, f"/corrections/{third}/withdraw")))
    assert "没有等确认的更正" in page
    assert page.count("已撤回") >= 2


def test_a_second_person_confirms_what_was_shown_and_a_new_edition_goes_down(
    county: County, tmp_path
) -> None:
    shown = trial_number(county)
    propose(county, "74.8", "改为七十四点八")
    assert propose(county, "74.9").status_code == 422  # one open correction per figure
    client = leader(county)
    stale = client.post(at(county, "/corrections/confirm"), data={"seen": str(shown)})
    assert stale.status_code == 409
    assert "看过最新的影响" in words(stale)
    answer = client.post(at(county, "/corrections/confirm"), data={"seen": str(trial_number(county))})
    page = follow(client, answer)
    assert "第 2 版" in page
    assert in_force(county) == (2, "74.8")
    assert client.post(at(county, "/corrections/confirm"), data={"seen": "9"}).status_code == 409
    with within(county.tiers.county) as session:
        edition = session.get_one(Edition, (contest(county).id, 2))
        assert edition.locked_by == person(county, "county_organiser").name
        assert (
            session.scalar(
                select(func.count()).select_from(Correction).where(Correction.state == "confirmed")
            )
            == 1
        )
    first = words(client.get(at(county, "/result?edition=1")))
    assert "已由更新的一版取代" in first
    why = words(
        client.get(at(county, f"/trials/{trial_number(county)}/why/{village(county, '321323002203')}"))
    )
    assert "县级更正：改为七十四点八" in why
    assert "县级更正改了 1 项" in why
    for number in (1, 2):
        path = tmp_path / f"{number}.json"
        path.write_bytes(client.get(at(county, f"/bundle.json?edition={number}")).data)
        made = CliRunner().invoke(contest_command, ["verify", str(path)])
        assert made.exit_code == 0, made.output


def test_the_new_edition_reaches_the_branches_with_its_reason(county: County) -> None:
    county.settle()
    with within(county.tiers.branch) as session:
        newest = documents(session, ResultAnnounced)[-1]
        mine = [
            one
            for one in documents(session, VillageResult)
            if one.village_id == village(county, "321323002203") and one.edition == 2
        ]
    assert (newest.edition, newest.stage) == (2, "published")
    assert "改为七十四点八" in newest.correction_reason
    income = next(line for line in mine[-1].lines if line.code == INDICATOR)
    assert (income.verified, income.changed_by) == ("74.8", "县级更正")
    page = words(county.client("branch", "321323002203").get("/result"))
    assert "县级更正改了 1 项，见下表" in page


def test_every_page_of_the_result_speaks_english_too(county: County) -> None:
    client = organiser(county)
    client.post("/language", data={"language": "en"})
    for path in ("/trial", "/objections", "/result", "/corrections", "/corrections/new", "/history"):
        answer = client.get(at(county, path))
        assert answer.status_code == 200
        assert 'lang="en"' in answer.get_data(as_text=True)
