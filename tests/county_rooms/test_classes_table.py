"""The county's table of classes at every size: none, one, a page, all of Yanting's; filters, file."""

from datetime import timedelta
from io import BytesIO
from time import monotonic
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from deploy.demo.tiers import within
from services.county.organisations.models import ClassedUnit
from shared.kit.db import insert_rows
from shared.kit.units import Unit, add_unit, unit_by_code
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.township.conftest import OTHER_TOWN, TOWN, words

GRADES = ("good", "fairly_good", "fair", "poor")


@pytest.fixture(scope="module")
def desk(county):
    open_the_year(county)
    county.now = at(3, 1, YEAR + 1)
    return county.client("county", "321323-zzk")


def class_some(county, many):
    """So many branches with a class, as far as they are missing; every fourth of each class."""
    with within(county.tiers.county) as session:
        known = set(session.scalars(select(ClassedUnit.unit_id)))
        towns = [unit_by_code(session, code) for code in (TOWN, OTHER_TOWN)]
        branches = list(session.scalars(select(Unit).where(Unit.level == "branch").order_by(Unit.path)))
        for number in range(len(branches), many):
            town = towns[number % 2]
            code = f"{town.code}{number + 300:04}"
            branches.append(add_unit(session, code, f"第{number:03}支部", "branch", "rural", town))
        session.flush()
        rows = [
            {
                "classing_id": uuid4(),
                "unit_id": unit.id,
                "pool_id": unit.parent_id,
                "year": YEAR,
                "base": 60_00,
                "months": number,
                "bonus": 0,
                "deductions": 0,
                "appraisal": 10_00,
                "total": 70_00 + number,
                "grade": GRADES[number % 4],
                "rank": number + 1,
                "rectify_until": at(2, 1, YEAR + 1).date() + timedelta(days=number)
                if number % 4 == 3
                else None,
                "document": b"",
                "at": at(2, 1, YEAR + 1),
            }
            for number, unit in enumerate(branches[:many])
            if unit.id not in known
        ]
        insert_rows(session, ClassedUnit, rows)


@pytest.mark.parametrize(
    ("many", "pages"),
    [(0, 1), (1, 1), (50, 1), (905, 19)],
)
def test_so_many_are_counted_listed_and_exported(county, desk, many, pages):
    class_some(county, many)
    began = monotonic()
    page = words(desk.get("/classes"))
    assert monotonic() - began < 5
    every = max(many, 6)
    assert f"全部 {every}" in page and f"还没有类别 {every - many}" in page
    for place, code in enumerate(GRADES):
        count = len(range(place, many, 4))
        assert f"共 {count} 个" in words(desk.get(f"/classes?grade={code}"))
    if pages > 1:
        assert f"第 1 页，共 {pages} 页" in page
        assert f"第 {pages} 页，共 {pages} 页" in words(desk.get(f"/classes?page={pages}"))
        assert f"第 {pages} 页，共 {pages} 页" in words(desk.get("/classes?page=9999"))
    sheet = load_workbook(BytesIO(desk.get("/classes/export.xlsx").data)).active
    codes = [row[0].value for row in sheet.iter_rows(min_row=5)]
    assert len([code for code in codes if code]) == every


def test_filters_go_together_and_what_is_overdue_is_found(county, desk):
    class_some(county, 905)
    town = county.unit("county", TOWN).id
    here = words(desk.get(f"/classes?pool={town}&grade=poor"))
    assert "甲镇" in here and "乙街道 差" not in here
    late = words(desk.get("/classes?rectify=late"))
    assert "已过期" in late and "共 7 个" in late
    assert "没有符合条件的党组织" in words(desk.get("/classes?q=没有这个名字"))
    assert "共 0 个" in words(desk.get("/classes?level=township"))
