"""Many notices at once: asked for, made by the worker, one zip and one PDF, gone after some days."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, update

from deploy.demo.tiers import within
from services.branch.outcomes.models import BATCHES, BatchedNotice, NoticeBatch, OutcomeCase
from services.branch.roster.models import Member
from shared.kit.audit import AuditEvent
from shared.outcomes.batches import go_on, make_batches
from tests.branch.appraisal_hands import page
from tests.branch.general_hands import GENERAL, found_general
from tests.branch.outcome_hands import Decided
from tests.township.conftest import ORGANISER


@pytest.fixture(scope="module")
def year(county):
    """Three notices in force at the branch: one alert, two corrections; one reward that has none."""
    made = Decided.at_outcomes(county)
    made.secretary.post("/outcomes/draw-up")
    county.settle()
    alert = made.case(code="alert_notice")
    made.let_speak(made.secretary, alert)
    cases = [made.case(code="alert_notice"), *made.cases(code="correction_notice")]
    made.many(made.secretary, "apply", [*cases, made.cases(code="material_reward")[1]])
    made.confirm(made.cases(tier="branch", state="decided"))
    return made


def stored(year, query):
    with within(year.county.tiers.branch) as session:
        return session.scalars(query).all()


def newest(year):
    return stored(year, select(NoticeBatch).order_by(NoticeBatch.id.desc()))[0]


def taken(client, path):
    """A download, to its end."""
    with client.get(path) as answer:
        assert answer.status_code == 200
        return answer.data


def asked(year, query="state=in_force", client=None):
    """The address of the batch that was asked for."""
    answer = (client or year.secretary).post(f"/outcomes/notices?{query}")
    assert answer.status_code == 303, page(answer)
    return answer.location


def made(year):
    """The worker's turn, until nothing is left."""
    while make_batches(year.county.tiers.branch, BATCHES):
        pass


def test_a_batch_is_asked_for_followed_and_downloaded(year):
    assert "打印这里的 3 份通知书" in page(year.secretary.get("/outcomes?state=in_force"))
    address = asked(year)
    waiting = page(year.secretary.get(address))
    assert ("0／3" in waiting, "every 2s" in waiting, f"{address}.zip" in waiting) == (True, True, False)
    assert year.secretary.get(f"{address}.zip").status_code == 404, "not made yet"
    assert year.secretary.get(f"{address}.pdf").status_code == 404
    made(year)
    ready = page(year.secretary.get(address))
    assert ("3／3" in ready, "every 2s" in ready, f"{address}.zip" in ready) == (True, False, True)
    packed = zipfile.ZipFile(BytesIO(taken(year.secretary, f"{address}.zip")))
    assert packed.testzip() is None
    titles = sorted(name.split("-")[1] for name in packed.namelist())
    assert titles == ["警示通知书", "限改通知书", "限改通知书"]
    assert all(packed.read(name).startswith(b"%PDF-") for name in packed.namelist())
    assert taken(year.secretary, f"{address}.pdf").startswith(b"%PDF-")
    assert "打印的 3 份" in page(year.secretary.get("/outcomes?state=in_force"))


def test_asking_again_for_the_same_takes_what_is_there_and_a_filter_is_a_batch_of_its_own(year):
    first = newest(year).id
    assert asked(year).endswith(str(first)), "nothing has changed"
    fewer = asked(year, "state=in_force&what=alert_notice")
    assert (newest(year).total, str(newest(year).id) in fewer) == (1, True)
    assert "警示通知书" in page(year.secretary.get(fewer))
    made(year)
    nothing = year.secretary.post("/outcomes/notices?state=in_force&name=没有这个人")
    assert (nothing.status_code, "没有可以打印的通知书" in page(nothing)) == (422, True)


def _killed(year, batch_id):
    with within(year.county.tiers.branch) as session:
        go_on(session, BATCHES, batch_id, year.county.now, at_once=1)
        raise KeyboardInterrupt


def test_a_worker_that_dies_goes_on_where_it_stopped_and_the_bytes_are_the_same_again(year):
    address = stored(year, select(NoticeBatch.id).where(NoticeBatch.total == 3))[0]
    before = [taken(year.secretary, f"/outcomes/notices/{address}.{sort}") for sort in ("zip", "pdf")]
    with within(year.county.tiers.branch) as session:
        chosen = update(NoticeBatch).where(NoticeBatch.id == address)
        session.execute(chosen.values(done=0, ended_at=None, merged=None))
        session.execute(update(BatchedNotice).where(BatchedNotice.batch_id == address).values(body=None))
    now = year.county.now
    with within(year.county.tiers.branch) as session:
        assert go_on(session, BATCHES, address, now, at_once=2) is True
    with pytest.raises(KeyboardInterrupt):
        _killed(year, address)
    bodies = select(func.count(BatchedNotice.body)).where(BatchedNotice.batch_id == address)
    assert stored(year, bodies) == [2], "what was committed stays, what was not is made again"
    assert stored(year, select(NoticeBatch.done).where(NoticeBatch.id == address)) == [2]
    made(year)
    assert [taken(year.secretary, f"/outcomes/notices/{address}.{sort}") for sort in ("zip", "pdf")] == before


def test_a_batch_is_for_those_who_may_and_every_download_is_on_the_log(year):
    address = f"/outcomes/notices/{newest(year).id}"
    paths = [address, f"{address}.zip", f"{address}.pdf"]
    assert all(taken(year.committee, path) for path in paths), "the same branch"
    assert [year.mine[4].get(path).status_code for path in paths] == [404] * 3, "a member"
    assert year.mine[4].post("/outcomes/notices?state=in_force").status_code == 404
    elsewhere = year.county.client("branch", "321323001202")
    assert [elsewhere.get(path).status_code for path in paths] == [404] * 3, "another branch"
    assert year.county.client("township", ORGANISER).get(address).status_code == 404
    acts = select(AuditEvent.action).where(AuditEvent.subject == str(newest(year).id))
    assert stored(year, acts) == ["notices.ask", "notices.take", "notices.take"]


def test_whoever_may_not_look_at_a_case_does_not_get_its_notice_in_a_batch(year):
    """A general branch looks after the branch, and looks at none of its cases but those handed up to it."""
    found_general(year.county)
    general = year.county.client("branch", GENERAL, "general_secretary")
    batch = newest(year)
    assert str(batch.id) in page(year.secretary.get("/outcomes?state=in_force"))
    assert str(batch.id) not in page(general.get("/outcomes?state=in_force"))
    paths = [f"/outcomes/notices/{batch.id}{kind}" for kind in ("", ".zip", ".pdf")]
    assert [general.get(path).status_code for path in paths] == [404] * 3
    handed_up(year, batch, "general")
    assert str(batch.id) in page(general.get("/outcomes?state=in_force"))
    assert taken(general, paths[1]), "of all it may look at"
    handed_up(year, batch, "")


def handed_up(year, batch, to):
    """As if all cases of a batch had been left to somebody else."""
    with within(year.county.tiers.branch) as session:
        cases = select(BatchedNotice.case_id).where(BatchedNotice.batch_id == batch.id)
        session.execute(update(OutcomeCase).where(OutcomeCase.id.in_(cases)).values(referred_to=to))


def test_a_font_that_went_away_since_is_said_and_asked_for_anew(year):
    address = asked(year, "state=in_force&name=党员6")
    with within(year.county.tiers.branch) as session:
        row = session.get_one(BatchedNotice, (newest(year).id, 1))
        row.given = {**row.given, "addressee": "王\U0010fffd同志"}
    made(year)
    assert "U+10FFFD" in page(year.secretary.get(address))
    assert year.secretary.get(f"{address}.zip").status_code == 404
    assert asked(year, "state=in_force&name=党员6") != address, "what failed is not taken for done"
    made(year)


def test_what_was_kept_long_enough_is_deleted(year):
    kept = len(stored(year, select(NoticeBatch.id)))
    address = f"/outcomes/notices/{newest(year).id}"
    with within(year.county.tiers.branch) as session:
        chosen = update(NoticeBatch).where(NoticeBatch.id == newest(year).id)
        session.execute(chosen.values(keep_until=year.county.now - timedelta(seconds=1)))
    assert year.secretary.get(address).status_code == 404, "before the worker has come by"
    made(year)
    assert len(stored(year, select(NoticeBatch.id))) == kept - 1
    assert set(stored(year, select(BatchedNotice.batch_id))) == set(stored(year, select(NoticeBatch.id)))


def test_other_words_are_another_batch(year):

    before = newest(year).id
    with within(year.county.tiers.branch) as session:
        session.execute(update(Member).where(Member.id == year.people[4]).values(name="党员戊（合成）"))
    assert not asked(year).endswith(str(before))
    made(year)
    names = stored(year, select(BatchedNotice.name).where(BatchedNotice.batch_id == newest(year).id))
    assert any("党员戊" in name for name in names)
