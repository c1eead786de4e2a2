"""Returns accepted, verified, sent back, taken back and approved through the portal."""

import pytest

from tests.township.conftest import ORGANISER, SECRETARY, Office, words

INCOME = "value_collective_income"
WHY_INCOME = "reason_collective_income"


def test_a_return_goes_from_received_to_the_county_by_three_hands(office: Office) -> None:
    assert office.decide(office.organiser, 1, "accept").status_code == 303
    assert office.state(1) == "accepted"
    assert office.decide(office.organiser, 1, "verify").status_code == 303
    assert office.state(1) == "verified"
    assert office.decide(office.secretary, 1, "approve").status_code == 303
    assert office.state(1) == "approved"
    kinds = office.sql("SELECT kind FROM outbox WHERE seq IS NULL ORDER BY id")
    assert [row[0] for row in kinds] == [
        "return.verdict",
        "return.verdict",
        "return.verified",
        "return.verdict",
    ]


@pytest.mark.parametrize(
    ("login", "what"),
    [(SECRETARY, "accept"), (SECRETARY, "verify"), (SECRETARY, "reopen"), (ORGANISER, "approve")],
)
def test_each_authority_is_its_own(office: Office, login: str, what: str) -> None:
    client = office.secretary if login == SECRETARY else office.organiser
    assert office.decide(client, 1, what).status_code == 403
    if what != "reopen":
        assert office.decide_some(client, what, [office.choice(1)]).status_code == 403
    assert office.state(1) == "received"


def test_a_correction_needs_a_number_and_a_reason_and_loses_nothing_typed(office: Office) -> None:
    typed = {INCOME: "12x", "value_income_growth": "10", "veto_safety_accident": "yes"}
    answer = office.decide(office.organiser, 1, "verify", **typed)
    assert answer.status_code == 422
    said = words(answer)
    assert "有 3 处要改" in said
    assert "“12x”不是数字" in said
    assert "改了数字要写明依据" in said
    assert "认定一票否决事项要写明依据" in said
    page = answer.get_data(as_text=True)
    assert 'value="12x"' in page
    assert 'name="veto_safety_accident" value="yes" checked' in page
    assert office.state(1) == "received"


def test_corrections_and_vetoes_travel_up_with_their_reasons(office: Office) -> None:
    typed = {
        INCOME: "12.5",
        WHY_INCOME: "按台账核定",
        "veto_safety_accident": "yes",
        "ground_safety_accident": "应急局通报",
    }
    assert office.decide(office.organiser, 1, "verify", **typed).status_code == 303
    office.decide(office.secretary, 1, "approve")
    body = office.sql(
        "SELECT convert_from(payload, 'UTF8')::json FROM outbox WHERE kind = 'return.verified'"
    )[-1][0]
    assert body["verified"]["collective_income"] == "12.5"
    assert [(one["indicator"], one["reason"]) for one in body["changes"]] == [
        ("collective_income", "按台账核定")
    ]
    assert [(one["event"], one["reason"]) for one in body["vetoes"]] == [("safety_accident", "应急局通报")]


def test_the_same_number_written_otherwise_is_no_correction(office: Office) -> None:
    filed = office.sql(
        "SELECT values->>'volunteer_events' FROM received_return WHERE unit_id = :unit",
        unit=office.village(1),
    )[0][0]
    office.decide(office.organiser, 1, "verify", value_volunteer_events=f"{filed}.0")
    assert office.sql("SELECT changes FROM verification") == [([],)]


def test_sending_back_needs_a_reason_that_the_village_reads(office: Office) -> None:
    refused = office.decide(office.organiser, 1, "send-back", reason="  ")
    assert refused.status_code == 422
    assert "退回要写明理由" in words(refused)
    assert office.decide(office.organiser, 1, "send-back", reason="志愿服务缺台账").status_code == 303
    assert "志愿服务缺台账" in words(office.organiser.get("/returns"))
    assert "志愿服务缺台账" in office.page(office.secretary, 1)


def test_who_verified_cannot_approve_and_reads_why(office: Office) -> None:
    office.sql(
        "INSERT INTO post (account_id, role, unit_id) SELECT account_id, 'township_secretary', unit_id"
        " FROM post JOIN account ON account.id = account_id WHERE login = :login",
        login=ORGANISER,
    )
    office.sign_in()
    try:
        office.decide(office.organiser, 1, "verify")
        page = office.page(office.organiser, 1)
        assert "是您本人核实的，请另一位同志批准上报" in page
        assert 'type="button" disabled aria-describedby="why-approve"' in page
        answer = office.decide(office.organiser, 1, "approve")
        assert answer.status_code == 409
        assert "请另一位同志批准上报" in words(answer)
        listed = office.organiser.get("/returns?state=verified").get_data(as_text=True)
        assert "您本人核实的，要请另一位同志批准" in listed
        assert 'class="pick"' not in listed
    finally:
        office.sql("DELETE FROM post USING account WHERE account.id = account_id AND login = :login"
                   " AND role = 'township_secretary'", login=ORGANISER)  # fmt: skip
        office.sign_in()


def test_a_finding_is_taken_back_until_it_is_approved_with_its_corrections_kept(office: Office) -> None:
    office.decide(office.organiser, 1, "verify", **{INCOME: "12.5", WHY_INCOME: "按台账核定"})
    assert office.decide(office.organiser, 1, "reopen").status_code == 303
    assert office.state(1) == "accepted"
    page = office.page(office.organiser, 1)
    assert 'value="12.5"' in page
    assert "收回核实结论" in page, "the history tells"
    office.decide(office.organiser, 1, "verify")
    office.decide(office.secretary, 1, "approve")
    page = office.page(office.organiser, 1)
    assert "已由党委书记（演示）批准上报县里，已经锁定" in page
    assert 'aria-describedby="why-reopen"' in page
    assert office.decide(office.organiser, 1, "reopen").status_code == 409
    assert office.state(1) == "approved"


def test_an_outdated_page_decides_nothing_and_keeps_what_was_typed(
    office: Office,
) -> None:
    old = office.token(1)
    office.decide(office.organiser, 1, "accept")
    typed = {INCOME: "12.5", WHY_INCOME: "按台账核定"}
    answer = office.decide(office.organiser, 1, "verify", version=old, **typed)
    assert answer.status_code == 409
    assert "在您打开这一页之后已经变了" in words(answer)
    assert 'value="12.5"' in answer.get_data(as_text=True)
    assert office.state(1) == "accepted"


def test_a_form_sent_twice_is_one_decision(office: Office) -> None:
    seen = office.token(1)
    for _ in range(2):
        assert office.decide(office.organiser, 1, "verify", version=seen).status_code == 303
    assert len(office.sql("SELECT 1 FROM outbox WHERE seq IS NULL AND kind = 'return.verdict'")) == 2


def test_what_the_county_gave_back_comes_first_and_is_verified_anew(office: Office) -> None:
    office.decide(office.organiser, 2, "verify")
    office.decide(office.secretary, 2, "approve")
    office.sql(
        "INSERT INTO returned_by_county (id, return_id, unit_id, reason, by, at)"
        " SELECT gen_random_uuid(), return_id, unit_id, '收入与农经系统不符', '组织科',"
        " approved_at + interval '1 hour' FROM verification"
    )
    listed = words(office.organiser.get("/returns"))
    assert listed.index("县里说：收入与农经系统不符") < listed.index("没有疑点")
    assert "县里退回：甲202村" in words(office.organiser.get("/"))
    seen = office.sql("SELECT 'county_returned-1-' || version FROM verification")[0][0]
    assert office.decide(office.organiser, 2, "verify", version=seen).status_code == 303
    assert office.state(2) == "verified"


def test_pages_are_english_for_who_asks(office: Office) -> None:
    office.organiser.post("/language", data={"language": "en", "next": "/"})
    try:
        for path in ("/", "/returns", f"/returns/{office.village(1)}", "/results", "/objections"):
            page = office.organiser.get(path).get_data(as_text=True)
            assert 'lang="en"' in page
        assert "Collective" in office.page(office.organiser, 1)
        refused = office.decide(office.organiser, 1, "verify", **{INCOME: "12x"})
        assert "is not a number" in words(refused)
    finally:
        office.organiser.post("/language", data={"language": "zh_CN", "next": "/"})
