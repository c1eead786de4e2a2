"""A base put right by an appeal stays right however often the branch tells it anew, or other years change."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.county.outcomes.models import OutcomeCase, OutcomeWord
from services.county.years.bases import correct_bases, corrections_of
from services.county.years.models import BaseCorrection, CarriedBase
from services.county.years.receiving import receive_settled
from shared.contracts.outcomes import BaseLine, YearSettled
from shared.kit.db import insert_rows
from shared.kit.ids import new_id
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.branch.test_counted_once import FIRST, HERE, arrive, noon


class Graded:
    """One member graded at a branch, as the county holds it."""

    def __init__(self, county):
        open_the_year(county)
        self.county, self.member, self.told = county, uuid4(), 0
        self.unit = county.unit("county", HERE).id
        with county.tiers.county.node.store.ingest() as ledger:
            stay = (HERE, FIRST - timedelta(days=900), None)
            for kind, what in (("roster", stay), ("confirmed", HERE)):
                arrive(ledger.session, {HERE: self.unit}, self.member, kind, what)

    def tell(self, base):
        """The branch tells its year, anew if it did before."""
        self.told += 1
        when = noon(at(2, 1, 2027).date(), self.told).isoformat()
        lines = [BaseLine(self.member, base, 300_00, 300_00)]
        body = YearSettled(self.unit, YEAR, UUID(int=1), lines, 0, "", when)
        with self.county.tiers.county.node.store.ingest() as ledger:
            receive_settled(ledger.session, [SimpleNamespace(unit=self.unit, body=body)], noon(FIRST))

    def appeal(self, points, minute):
        """An appeal against the grade is upheld."""
        case = {
            "id": new_id(), "unit_id": self.unit, "member_id": self.member, "year": YEAR, "sort": "appeal",
            "tier": "county", "code": "grade", "against": None, "rulebook": "", "reasons": [], "text": "",
            "codes": [], "run_id": None, "opened_by": "", "opened_at": noon(FIRST, minute),
            "state": "in_force", "version": 2, "referred_to": "", "referred_whole": False,
        }  # fmt: skip
        word = {
            "case_id": case["id"], "unit_id": self.unit, "member_id": self.member, "text": "",
            "tier": "county", "by": "甲", "by_id": None,
        }  # fmt: skip
        data = {"grade": "excellent", "points": points}
        words = [
            word | {"id": new_id(), "kind": "decided", "verdict": "upheld", "data": data},
            word | {"id": new_id(), "kind": "confirmed", "verdict": "", "data": {}},
        ]
        with within(self.county.tiers.county) as session:
            insert_rows(session, OutcomeCase, [case])
            said = [one | {"at": noon(FIRST, minute + n)} for n, one in enumerate(words)]
            insert_rows(session, OutcomeWord, said)

    def put_right(self):
        """As the closing and the confirmation of an appeal do; the base as it then stands."""
        with within(self.county.tiers.county) as session:
            correct_bases(session, [self.member], noon(FIRST, 60))
        with within(self.county.tiers.county) as session:
            base = select(CarriedBase.base).where(CarriedBase.member_id == self.member)
            more = corrections_of(session, self.member).get(YEAR + 1, 0)
            return session.scalars(base).one() + more


@pytest.fixture(scope="module")
def graded(county):
    return Graded(county)


def test_what_is_carried_and_all_counter_entries_together_are_the_right_base_every_time(graded):
    graded.tell(90_00)
    graded.appeal(10_00, 1)
    for told in (90_00, 93_00, 90_00, 80_00, 93_00):
        graded.tell(told)
        assert graded.put_right() == 93_00, f"told {told}"
        assert graded.put_right() == 93_00, "and a second look adds nothing"
    graded.appeal(20_00, 10)
    assert graded.put_right() == 96_00
    graded.tell(96_00)
    assert graded.put_right() == 96_00
    with within(graded.county.tiers.county) as session:
        entries = select(func.count(), func.count(BaseCorrection.case_id.distinct()))
        many, cases = session.execute(entries.where(BaseCorrection.member_id == graded.member)).one()
    assert (many > cases, cases) == (True, 2), "an appeal may bring several"
