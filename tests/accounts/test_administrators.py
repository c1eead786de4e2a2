"""Three administrators: nobody is two of them, nobody helps himself, none of them sees business."""

import threading

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from deploy.demo.tiers import within
from services.county.accounts.models import AccountRequest
from services.county.roles import ROLES
from shared.kit.accounts import (
    ADMINISTRATION,
    THREE_ADMINISTRATORS,
    Account,
    NewAccount,
    Post,
    Role,
    add_account,
    add_accounts,
    add_post,
    hash_password,
    seed_roles,
    signed_in,
)
from shared.kit.audit import AuditEvent
from shared.kit.guard import SIGNED_IN, classification
from shared.kit.units import Unit
from tests.accounts.hands import (
    AUDITOR,
    LEADER,
    ORGANISER,
    SECURITY,
    SYSTEM,
    begun,
    code_at,
    password_of,
    secret_on,
    text,
)
from tests.cli.test_admin_commands import Run, run
from tests.county import County

__all__ = ["run"]
PAGE = "/registry/accounts"
WHY = {"reason": "县委组织部通知"}
APART = "要由三个人担任"


@pytest.fixture
def system(county: County) -> FlaskClient:
    return county.client("county", SYSTEM)


@pytest.fixture
def security(county: County) -> FlaskClient:
    return county.client("county", SECURITY)


def known(county: County, login: str) -> Account:
    with within(county.tiers.county) as session:
        return session.scalars(select(Account).where(Account.login == login)).one()


def at(county: County, login: str, step: str = "") -> str:
    """The address of an account's page, or of a step there."""
    return f"{PAGE}/{known(county, login).id}" + (f"/{step}" if step else "")


def county_unit(county: County) -> Unit:
    return county.unit("county", "321323")


def given_on(page: str) -> str:
    """The password on the page that shows it once."""
    return page.split('class="ref">')[1].split("<")[0]


def roles_of(county: County, login: str) -> set[str]:
    with within(county.tiers.county) as session:
        return set(session.scalars(select(Post.role).where(Post.account_id == known(county, login).id)))


def last_request(county: County) -> AccountRequest:
    with within(county.tiers.county) as session:
        return session.scalars(select(AccountRequest).order_by(AccountRequest.id.desc())).first()


def acts(county: County, login: str) -> list[AuditEvent]:
    with within(county.tiers.county) as session:
        query = select(AuditEvent).where(AuditEvent.subject == str(known(county, login).id))
        return list(session.scalars(query.order_by(AuditEvent.id)))


# The law, whoever writes.


def test_the_database_refuses_a_second_administrator_in_one_account(county: County) -> None:
    unit = county_unit(county)
    with pytest.raises(IntegrityError), within(county.tiers.county) as session:
        session.add(Post(account_id=known(county, SYSTEM).id, role="auditor", unit_id=unit.id))


def test_no_way_of_making_accounts_and_posts_joins_two_or_gives_one_a_further_post(county: County) -> None:
    unit, hashed = county_unit(county), hash_password("a long password")
    pairs = [
        ("system_administrator", "security_administrator"),
        ("auditor", "system_administrator"),
        ("auditor", "county_organiser"),
    ]
    for one, other in pairs:
        posts = ((one, unit), (other, unit))
        with pytest.raises(ValueError), within(county.tiers.county) as session:
            add_account(session, "both", "二职", hashed, posts, county.now)
        with pytest.raises(ValueError), within(county.tiers.county) as session:
            add_accounts(session, [NewAccount("both", "二职", hashed, posts)], county.now)
        with pytest.raises(ValueError), within(county.tiers.county) as session:
            add_post(
                session, add_account(session, "both", "二职", hashed, [(one, unit)], county.now), other, unit
            )
    with within(county.tiers.county) as session:
        assert session.scalars(select(Account).where(Account.login == "both")).first() is None


def test_two_posts_given_at_the_same_moment_do_not_join_what_is_apart(county: County) -> None:
    with within(county.tiers.county) as session:
        add_account(session, "race", "同时", hash_password("a long password"), (), county.now)
    unit, account, refused = county_unit(county), known(county, "race"), []

    def give(role: str) -> None:
        try:
            with within(county.tiers.county) as session:
                add_post(session, session.get_one(Account, account.id), role, unit)
        except ValueError as error:
            refused.append(error)

    threads = [threading.Thread(target=give, args=[role]) for role in ("auditor", "county_organiser")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(refused), len(roles_of(county, "race"))) == (1, 1)


def test_a_role_that_is_two_administrators_under_another_name_is_refused_and_worth_nothing(
    county: County,
) -> None:
    both = ["desk.see", "accounts.manage", "audit.see"]
    with pytest.raises(ValueError), within(county.tiers.county) as session:
        seed_roles(session, {"helper": ("助手", both)})
    with within(county.tiers.county) as session:
        role = session.get_one(Role, "county_director")
        kept, role.permissions = role.permissions, [*role.permissions, *both]
        found = signed_in(session, known(county, "321323-zr").id)
        assert found is not None
        assert "desk.see" in found.permissions
        assert not ADMINISTRATION & found.permissions
        role.permissions = kept


# The division of work.

BUSINESS_FREE = {
    "system_administrator": {
        "desk.see",
        "unit.see",
        "unit.change",
        "accounts.see",
        "accounts.manage",
        "sync.see",
    },
    "security_administrator": {"desk.see", "accounts.see", "roles.manage"},
    "auditor": {"desk.see", "audit.see"},
}


@pytest.mark.parametrize("role", sorted(THREE_ADMINISTRATORS))
def test_an_administrator_opens_no_page_of_the_business(county: County, role: str) -> None:
    assert set(ROLES[role][1]) == BUSINESS_FREE[role]
    login = {"system_administrator": SYSTEM, "security_administrator": SECURITY, "auditor": AUDITOR}[role]
    client, app = county.client("county", login), county.app("county")
    opened = set()
    for rule in app.url_map.iter_rules():
        kind, permission = classification(app.view_functions[rule.endpoint]) or ("", "")
        if kind != "allow" or "GET" not in rule.methods or permission == SIGNED_IN:
            continue
        values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000000")
        built = rule.build({name: 1 if name in ("number", "year") else one for name, one in values.items()})
        if built and client.get(built[1]).status_code != 403:
            opened.add(permission)
    assert opened <= BUSINESS_FREE[role]
    assert "desk.see" in opened


def test_the_auditor_can_change_no_account(county: County) -> None:
    auditor = county.client("county", AUDITOR)
    assert auditor.get("/log").status_code == 200
    assert auditor.get(PAGE).status_code == 403
    for step in ("post", "revoke", "password", "factor", "disable", "enable"):
        assert auditor.post(at(county, LEADER, step), data=WHY).status_code == 403


def test_an_account_is_made_by_one_and_given_its_post_by_another_and_begins_with_a_password_of_its_own(
    county: County, system, security
) -> None:
    assert security.post(PAGE, data={"login": "new.one", "name": "新同志"}).status_code == 403
    for wrong in (
        {"login": "x", "name": "新同志"},
        {"login": "new one", "name": "新"},
        {"login": "new.one", "name": " "},
    ):
        assert system.post(PAGE, data=wrong).status_code == 422
    first = given_on(text(system.post(PAGE, data={"login": "new.one", "name": "新同志"})))
    assert system.post(PAGE, data={"login": "new.one", "name": "又一位"}).status_code == 409
    _client, answer = begun(county, "county", "new.one", first)
    assert answer.status_code == 422, "without a post there is nothing to sign in to"
    post = {**WHY, "role": "county_reviewer", "unit": str(county_unit(county).id)}
    assert system.post(at(county, "new.one", "post"), data=post).status_code == 403
    for wrong in ({}, {"unit": "x"}, {"role": "nobody"}, {"role": "member"}, {"reason": " "}):
        expected = 404 if wrong.get("role") else 422
        assert (
            security.post(at(county, "new.one", "post"), data={**post, **wrong} if wrong else WHY).status_code
            == expected
        )
    assert security.post(at(county, "new.one", "post"), data=post).status_code == 303
    assert roles_of(county, "new.one") == {"county_reviewer"}
    client, answer = begun(county, "county", "new.one", first)
    assert answer.headers["Location"] == "/login/password"
    assert client.get("/").status_code == 302
    own = {"password": "a sentence of mine", "again": "a sentence of mine"}
    assert client.post("/login/password", data=own).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    done = [(one.action, one.detail.get("reason")) for one in acts(county, "new.one")]
    assert done == [("account.add", None), ("post.grant", "县委组织部通知")]


def test_nobody_changes_his_own_account_there(county: County, system, security) -> None:
    post = {**WHY, "role": "county_organiser", "unit": str(county_unit(county).id)}
    assert system.post(at(county, SYSTEM, "post"), data=post).status_code == 403
    assert security.post(at(county, SECURITY, "post"), data=post).status_code == 409
    assert system.post(at(county, SYSTEM, "disable"), data=WHY).status_code == 409
    for step in ("password", "factor"):
        assert system.post(at(county, SYSTEM, step), data=WHY).status_code == 409
        assert security.post(at(county, SECURITY, step), data=WHY).status_code == 409
    assert roles_of(county, SYSTEM) == {"system_administrator"}
    assert roles_of(county, SECURITY) == {"security_administrator"}


def test_the_system_administrator_resets_nobody_but_a_security_administrator(county: County, system) -> None:
    for step in ("password", "factor"):
        assert system.post(at(county, LEADER, step), data=WHY).status_code == 404
    assert "重设密码" not in text(system.get(at(county, LEADER)))
    assert "重设密码" in text(system.get(at(county, SECURITY)))


def test_a_post_given_and_taken_signs_its_holder_out_and_is_written_down(county: County, security) -> None:
    unit = county_unit(county)
    organiser = county.client("county", ORGANISER)
    post = {**WHY, "role": "county_reviewer", "unit": str(unit.id)}
    security.post(at(county, ORGANISER, "post"), data=post)
    assert "有变动" in text(organiser.get("/", follow_redirects=True))
    organiser = county.client("county", ORGANISER)
    assert security.post(at(county, ORGANISER, "revoke"), data=post).status_code == 303
    assert organiser.get("/").status_code == 302
    assert security.post(at(county, ORGANISER, "revoke"), data=post).status_code == 409
    assert [one.action for one in acts(county, ORGANISER)] == ["post.grant", "post.revoke"]
    assert roles_of(county, ORGANISER) == {"county_organiser"}


def test_a_password_that_was_reset_is_shown_once_and_replaced_by_its_owner(county: County, security) -> None:
    reviewer = county.client("county", "321323-fc")
    given = given_on(text(security.post(at(county, "321323-fc", "password"), data=WHY)))
    assert given not in text(security.get(at(county, "321323-fc")))
    assert reviewer.get("/").status_code == 302
    client, answer = begun(county, "county", "321323-fc", given)
    assert answer.headers["Location"] == "/login/password"
    same = {"password": given, "again": given}
    assert client.post("/login/password", data=same).status_code == 422


def enrol(county: County, login: str) -> str:
    """Set up a second factor of one's own will; the secret."""
    client = county.client("county", login)
    password = password_of(county, "county", login)
    secret = secret_on(text(client.post("/account/factor", data={"begin_password": password})))
    assert (
        client.post("/account/factor/confirm", data={"code": code_at(secret, county.now)}).status_code == 200
    )
    return secret


def test_a_second_factor_is_reset_by_the_security_administrator_alone_and_written_down(
    county: County, security
) -> None:
    assert security.post(at(county, LEADER, "factor"), data=WHY).status_code == 409, "there is none yet"
    enrol(county, LEADER)
    assert begun(county, "county", LEADER)[1].headers["Location"] == "/login/code"
    assert security.post(at(county, LEADER, "factor"), data={}).status_code == 422
    assert security.post(at(county, LEADER, "factor"), data=WHY).status_code == 303
    assert begun(county, "county", LEADER)[1].headers["Location"] == "/"
    (act,) = acts(county, LEADER)
    assert (act.action, act.detail, act.account_id) == ("factor.reset", WHY, known(county, SECURITY).id)


def test_an_administrators_second_factor_is_reset_by_two(county: County, system, security) -> None:
    enrol(county, AUDITOR)
    page = text(security.post(at(county, AUDITOR, "factor"), data=WHY, follow_redirects=True))
    assert "等第二位管理员确认" in page
    assert security.post(at(county, AUDITOR, "factor"), data=WHY).status_code == 409, "asked for already"
    request = last_request(county)
    assert known(county, AUDITOR).factor_since is not None
    assert security.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 409
    auditor, leader = county.client("county", "321323-zr"), county.client("county", "321323-zr")
    for stranger in (auditor, leader):
        assert stranger.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 403
    assert 'class="count">1' in text(system.get("/"))
    assert "县委组织部通知" in text(system.get(PAGE))
    assert system.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 303
    assert known(county, AUDITOR).factor_since is None
    assert system.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 409, "once"
    asked, reset = acts(county, AUDITOR)
    assert (asked.action, asked.account_id) == ("account.asked", known(county, SECURITY).id)
    assert (reset.action, reset.account_id) == ("factor.reset", known(county, SYSTEM).id)
    assert reset.detail["asked_by"] == str(known(county, SECURITY).id)


def test_what_touches_or_makes_an_administrator_needs_two_and_can_be_refused(
    county: County, system, security
) -> None:
    system.post(at(county, AUDITOR, "disable"), data=WHY)
    request = last_request(county)
    assert not known(county, AUDITOR).disabled
    assert security.post(f"{PAGE}/requests/{request.id}/refuse").status_code == 303
    assert system.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 409
    assert not known(county, AUDITOR).disabled
    system.post(PAGE, data={"login": "second.security", "name": "第二位"})
    post = {**WHY, "role": "security_administrator", "unit": str(county_unit(county).id)}
    assert security.post(at(county, "second.security", "post"), data=post).status_code == 303
    assert roles_of(county, "second.security") == set()
    system.post(f"{PAGE}/requests/{last_request(county).id}/confirm")
    assert roles_of(county, "second.security") == {"security_administrator"}
    page = text(security.post(at(county, "second.security", "post"), data={**post, "role": "auditor"}))
    assert APART in page
    page = text(security.post(at(county, ORGANISER, "post"), data=post))
    assert APART in page


def test_a_confirmation_that_came_too_late_does_not_break_the_law(county: County, system, security) -> None:
    system.post(PAGE, data={"login": "late.one", "name": "晚到"})
    post = {**WHY, "unit": str(county_unit(county).id)}
    security.post(at(county, "late.one", "post"), data={**post, "role": "auditor"})
    request = last_request(county)
    security.post(at(county, "late.one", "post"), data={**post, "role": "county_organiser"})
    assert system.post(f"{PAGE}/requests/{request.id}/confirm").status_code == 409
    assert roles_of(county, "late.one") == {"county_organiser"}


def test_unknown_accounts_and_requests_are_not_there(county: County, system) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert system.get(f"{PAGE}/{nobody}").status_code == 404
    assert system.post(f"{PAGE}/{nobody}/disable", data=WHY).status_code == 404
    for step in ("confirm", "refuse"):
        assert system.post(f"{PAGE}/requests/{nobody}/{step}").status_code == 404


def test_on_the_command_line_an_administrators_second_factor_is_asked_for_or_reset_alone_by_that_word(
    county: County, run: Run, security
) -> None:
    enrol(county, SYSTEM)
    told = ("account", "factor", SYSTEM, "--tier", "county", "--reason", "手机丢失")
    assert "asked for" in run(*told).output
    assert run(*told).exit_code == 1
    assert known(county, SYSTEM).factor_since is not None
    assert security.post(f"{PAGE}/requests/{last_request(county).id}/confirm").status_code == 303
    assert known(county, SYSTEM).factor_since is None
    assert "has no second factor" in run(*told).output
    enrol(county, SYSTEM)
    assert "is reset" in run(*told, "--alone").output
    act = acts(county, SYSTEM)[-1]
    assert (act.action, act.account_id) == ("factor.reset", None)
    assert act.detail == {"by": "command line", "alone": "yes", "reason": "手机丢失"}


def test_what_the_command_line_does_to_accounts_is_written_down_and_signs_out(
    county: County, run: Run
) -> None:
    client = county.client("county", "321323-zr")
    for arguments in (
        ("disable", "321323-zr"),
        ("disable", "321323-zr", "--enable"),
        ("password", "321323-zr"),
    ):
        assert run("account", arguments[0], "--tier", "county", *arguments[1:]).exit_code == 0
    assert "有变动" in text(client.get("/", follow_redirects=True))
    found = [one.action for one in acts(county, "321323-zr")]
    assert found == ["account.disable", "account.enable", "account.password"]
