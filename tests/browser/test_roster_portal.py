"""Roster and transfers in a real browser: accessible in both languages, no sideways scroll."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from services.branch.roster import asks
from services.branch.roster.actions import NewMember, add_members, member_of
from shared.kit.accounts import Account
from shared.kit.scope import EVERYTHING
from tests.branch.points_hands import VILLAGE, at, open_the_year
from tests.branch.test_roster_import import file_of, row
from tests.branch.transfer_hands import Mover
from tests.browser.portals import served, signed_in, walk
from tests.browser.walks import rendered, templates
from tests.county import County

NEXT, FAR = "321323001202", "321323002201"
ROOMS = ("services/branch/roster", "services/branch/transfers")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def walked(county: County):
    """A roster with every kind of member, and transfers at every stage."""
    open_the_year(county)
    county.now = at(2, 20)
    here, far = Mover(county), Mover(county, FAR)
    entered = [
        NewMember(
            "0001", "周合成", "rural", date(1992, 5, 1), post="村委会副主任", roles=("leading", "in_post")
        ),
        NewMember("0002", "吴合成", "rural", date(2025, 5, 1), status="probationary", floating=True),
        NewMember("0003", "郑合成", "rural", date(1970, 7, 1), exempt=True, joined_on=date(1969, 7, 1)),
        *(NewMember(f"{n:04}", f"王合成{n}", "rural", date(2001, 7, 1)) for n in range(4, 10)),
    ]
    people = here.work(lambda s, who, unit, _y: add_members(s, who, unit, entered, at(1, 2)))
    guest = far.members(2, start=70)
    county.settle()
    waiting = far.offer(guest[0], VILLAGE, at(2, 18))
    accepted = here.offer(people[3], FAR, at(2, 18))
    far.accept(accepted, date(2026, 2, 19), at(2, 19))
    refused = here.offer(people[4], FAR, at(2, 18))
    far.refuse(refused, at(2, 19))
    here.done(people[5], "study", date(2026, 2, 3))
    closed = here.move(people[5], far, at(2, 19))
    with served(county.app("branch")) as address:
        yield address, people, (waiting, accepted, refused, closed)


# What is pressed is pressed once on a phone and once at a desk; what comes is looked at in both windows.
@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (1366, "en")])
def test_every_page_of_roster_and_transfers_is_accessible(
    county, walked, open_page, look_at_both, look, width, language
):
    address, people, moves = walked
    with rendered(county.app("branch")) as names:
        page = signed_in(open_page, address, VILLAGE, county.passwords["branch_secretary"], width)
        if language == "en":
            page.click("summary")
            page.get_by_role("button", name="English").click()
        member = f"/roster/{people[0]}"
        paths = {
            "list": "/roster",
            "nobody": "/roster?q=nobody",
            "left": "/roster?view=left",
            "new": "/roster/new",
            "member": member,
            "gone": f"/roster/{people[5]}",
            "edit": f"{member}/edit",
            "asks": "/roster/asks",
            "cards": "/roster/cards",
            "excel": "/roster/excel",
            "transfers": "/transfers",
            "offer": f"/transfers/of/{people[6]}",
            **{f"transfer-{n}": f"/transfers/{one}" for n, one in enumerate(moves)},
        }
        walk(page, address, {f"roster-{name}-{language}": path for name, path in paths.items()}, look_at_both)
        page.goto(f"{address}{member}/edit")
        page.fill("[name=name]", "")
        page.click("main button.main")
        look_at_both(page, f"roster-refused-{language}")
        page.goto(f"{address}/roster/excel")
        body = file_of(row(编号="0801"), row(编号="0802", 入党日期="85年7月"), row(编号=803))
        page.set_input_files("[name=file]", {"name": "名册.xlsx", "mimeType": EXCEL, "buffer": body})
        page.click("main button.main")
        look_at_both(page, f"roster-preview-{language}")
        page.goto(f"{address}{member}")
        page.locator(f"form[action='{member}/code'] button").click()
        look_at_both(page, f"roster-code-{language}")
        phone = open_page(f"{address}/join", width=390)
        look(phone, f"roster-join-{language}")
    assert templates(*ROOMS) <= names


def test_a_member_sets_a_password_on_a_phone(county, walked, open_page, look):
    address, people, _moves = walked
    page = signed_in(open_page, address, VILLAGE, county.passwords["branch_secretary"], 1366)
    page.goto(f"{address}/roster/{people[1]}")
    page.get_by_role("button", name="发一次性口令").click()
    code = page.locator("strong.ref").inner_text()
    phone = open_page(f"{address}/join", width=390, type_size="largest")
    for name, value in {"unit": VILLAGE, "number": "0002", "code": code, "password": "short"}.items():
        phone.fill(f"[name={name}]", value)
    phone.get_by_role("button", name="设好并登录").click()
    look(phone, "roster-join-refused")
    phone.fill("[name=code]", code)
    phone.fill("[name=password]", "a-sentence-of-my-own")
    phone.get_by_role("button", name="设好并登录").click()
    assert "密码设好了" in phone.inner_text("main")
    look(phone, "roster-joined")


@pytest.fixture(scope="module")
def asked(county: County, walked):
    """January: two changes wait, one was declined, the secretary has a card, somebody came here."""
    county.now = at(2, 20)
    here, far = Mover(county), Mover(county, FAR)
    people = here.members(4, start=40)
    [guest] = far.members(1, start=90)
    county.settle()
    far.move(guest, here, at(2, 20))
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        own = update(Account).where(Account.login == VILLAGE).values(person_id=people[3])
        session.execute(own)
    county.now = at(1, 12, 2027)

    def ask(member_id):
        def act(session, who, unit, _year):
            member = member_of(session, unit.id, member_id)
            new = replace(asks.as_it_is(member), field="organ", joined_on=date(2019, 7, 1))
            said = (member_id, member.version, new, "入党志愿书核对，原来录错了")
            return asks.edit(session, who, unit, *said, county.now).id

        return here.work(act)

    declined = ask(people[0])
    here.work(
        lambda s, who, unit, _y: asks.decline(s, who, unit, declined, "志愿书没有附上", county.now),
        "branch_committee",
    )
    for one in people[:2]:
        ask(one)
    yield walked[0], people, guest
    county.now = at(2, 20)
    with county.tiers.branch.database.transaction(EVERYTHING) as session:
        session.execute(update(Account).where(Account.login == VILLAGE).values(person_id=None))


@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (1366, "en")])
def test_changes_that_take_two_people_are_shown_to_both(
    county, asked, open_page, look_at_both, width, language
):
    address, people, guest = asked
    for login, role in ((VILLAGE, "branch_secretary"), (f"{VILLAGE}-wy", "branch_committee")):
        page = signed_in(open_page, address, login, county.passwords[role], width)
        if language == "en":
            page.click("summary")
            page.get_by_role("button", name="English").click()
        paths = {"asks": "/roster/asks", "asked": f"/roster/{people[0]}", "desk": "/"}
        if role == "branch_secretary":
            paths |= {"by-two": f"/roster/{people[2]}/edit", "arrived": f"/roster/{guest}/edit"}
            paths |= {"own": f"/roster/{people[3]}", "own-edit": f"/roster/{people[3]}/edit"}
            paths |= {"new-by-two": "/roster/new", "leaving": f"/roster/{people[2]}", "list-asked": "/roster"}
        named = {f"roster-{name}-{role}-{language}": path for name, path in paths.items()}
        walk(page, address, named, look_at_both)
