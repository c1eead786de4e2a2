"""Signing in with two things: set up where it is demanded, asked for ever after, worth something once."""

import threading
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from deploy.demo.tiers import within
from shared.kit.accounts import LOCKED_FOR, Account
from shared.kit.audit import AuditEvent
from shared.kit.factor_models import RecoveryCode, SecondFactor
from shared.kit.settings import Settings, SettingsError
from shared.kit.vault import Unreadable, Vault
from tests.accounts.hands import (
    AUDITOR,
    LEADER,
    ORGANISER,
    begun,
    code_at,
    codes_on,
    demanding,
    enrolled,
    password_of,
    secret_on,
    text,
)
from tests.county import County
from tests.operating.test_settings import ENV

CODE = "/login/code"


@pytest.fixture(scope="module")
def leader(county: County):
    """The leader's secret and recovery codes; enrolled as demanded."""
    with demanding(county, "county"):
        _client, secret, codes = enrolled(county, "county", LEADER)
    return secret, codes


def step(county: County) -> None:
    """The next interval: a code is used once."""
    county.later(seconds=30)


def test_where_it_is_demanded_one_gets_nowhere_before_it_is_set_up(county: County) -> None:
    with demanding(county, "county"):
        client, answer = begun(county, "county", ORGANISER, target="/contests")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login/enrol")
        assert client.get("/").headers["Location"] == "/login?next=/"
        page = text(client.get("/login/enrol"))
        secret = secret_on(page)
        assert "data:image/svg+xml" in page
        assert secret_on(text(client.get("/login/enrol"))) == secret, (
            "the picture stays until it is confirmed"
        )
        assert client.post("/login/enrol", data={"code": "000000"}).status_code == 422
        assert client.get("/").status_code == 302
        step(county)
        done = text(client.post("/login/enrol", data={"code": code_at(secret, county.now)}))
        assert len(codes_on(done)) == 10
        assert 'href="/contests"' in done
        assert client.get("/").status_code == 200


def test_from_then_on_the_code_is_asked_for_also_where_it_is_no_longer_demanded(
    county: County, leader
) -> None:
    secret, _codes = leader
    step(county)
    client, answer = begun(county, "county", LEADER, target="/contests?x=1")
    assert answer.headers["Location"] == CODE
    assert client.get("/").status_code == 302
    answer = client.post(CODE, data={"code": code_at(secret, county.now)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/contests?x=1")
    assert client.get("/").status_code == 200


def test_the_codes_right_before_and_after_count_and_those_further_off_do_not(county: County, leader) -> None:
    secret, _codes = leader
    for seconds, status in ((-60, 422), (60, 422), (-30, 303)):
        county.later(seconds=120)
        client, _answer = begun(county, "county", LEADER)
        code = code_at(secret, county.now + timedelta(seconds=seconds))
        assert client.post(CODE, data={"code": code}).status_code == status, seconds
    county.later(seconds=120)
    client, _answer = begun(county, "county", LEADER)
    early = code_at(secret, county.now + timedelta(seconds=30))
    wide = "".join(chr(ord(one) + 0xFEE0) for one in early)
    assert client.post(CODE, data={"code": f" {wide[:3]} {wide[3:]}"}).status_code == 303


def test_a_code_may_not_be_used_twice_nor_one_before_it(county: County, leader) -> None:
    secret, _codes = leader
    county.later(seconds=120)
    now, before = (code_at(secret, county.now - timedelta(seconds=back)) for back in (0, 30))
    client, _answer = begun(county, "county", LEADER)
    assert client.post(CODE, data={"code": now}).status_code == 303
    for code in (now, before):
        again, _answer = begun(county, "county", LEADER)
        assert again.post(CODE, data={"code": code}).status_code == 422


def test_one_code_sent_from_two_browsers_at_once_opens_one_of_them(county: County, leader) -> None:
    secret, _codes = leader
    county.later(seconds=120)
    clients = [begun(county, "county", LEADER)[0] for _ in range(4)]
    code, answers = code_at(secret, county.now), []

    def send(client) -> None:
        answers.append(client.post(CODE, data={"code": code}).status_code)

    threads = [threading.Thread(target=send, args=[one]) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [303, 422, 422, 422]


def test_five_wrong_codes_lock_like_passwords_in_every_browser(county: County, leader) -> None:
    secret, codes = leader
    county.later(minutes=1)
    client, _answer = begun(county, "county", LEADER)
    client.post(CODE, data={"code": code_at(secret, county.now)})  # wrong ones before are forgotten
    client, _answer = begun(county, "county", LEADER)
    for wrong in ("000000", "12345", "AAAAA-AAAAA", "", "不是口令"):
        assert client.post(CODE, data={"code": wrong}).status_code == 422
    for right in (code_at(secret, county.now), codes[0]):
        other, answer = begun(county, "county", LEADER)
        assert answer.headers["Location"] == CODE
        assert other.post(CODE, data={"code": right}).status_code == 429
    county.later(seconds=LOCKED_FOR.total_seconds() + 1)
    client, _answer = begun(county, "county", LEADER)
    assert client.post(CODE, data={"code": code_at(secret, county.now)}).status_code == 303


def test_a_recovery_code_opens_once_and_is_written_down(county: County, leader) -> None:
    _secret, codes = leader
    client, _answer = begun(county, "county", LEADER)
    assert client.post(CODE, data={"code": codes[3].lower().replace("-", " ")}).status_code == 303
    assert "还有 9 个恢复码没有用过" in text(client.get("/account"))
    again, _answer = begun(county, "county", LEADER)
    assert again.post(CODE, data={"code": codes[3]}).status_code == 422
    with within(county.tiers.county) as session:
        query = select(AuditEvent.action, AuditEvent.detail).order_by(AuditEvent.id.desc())
        acts = session.execute(query.where(AuditEvent.account_id == account(session, LEADER).id)).all()
    assert [row.action for row in acts[:2]] == ["login", "factor.recovered"]
    assert acts[0].detail == {"factor": "recovery"}
    assert acts[1].detail == {"left": 9}


def account(session, login: str) -> Account:
    return session.scalars(select(Account).where(Account.login == login)).one()


def test_neither_secret_nor_codes_can_be_read_in_the_database(county: County, leader) -> None:
    secret, codes = leader
    with within(county.tiers.county) as session:
        mine = account(session, LEADER)
        kept = session.get_one(SecondFactor, mine.id)
        rows = session.scalars(select(RecoveryCode).where(RecoveryCode.account_id == mine.id)).all()
        dump = session.scalar(sql("SELECT string_agg(f::text, ' ') FROM second_factor f"))
    assert secret not in dump
    assert bytes(secret, "ascii") not in kept.secret
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)
    assert not any(code[2:5] in row.code_hash and code[6:] in row.code_hash for code in codes for row in rows)


def test_a_sealed_secret_copied_into_another_row_opens_nothing(county: County, leader) -> None:
    vault = Vault(("key", "old key"))
    assert Vault(("new", "key")).open("a", vault.seal("a", "s")) == "s"
    for keys, owner in ((("key",), "b"), (("other",), "a")):
        with pytest.raises(Unreadable):
            Vault(keys).open(owner, vault.seal("a", "s"))
    secret, codes = leader
    with demanding(county, "county"):
        enrolled(county, "county", AUDITOR)
    with within(county.tiers.county) as session:
        mine = session.get_one(SecondFactor, account(session, LEADER).id)
        own, mine.secret = mine.secret, session.get_one(SecondFactor, account(session, AUDITOR).id).secret
    client, _answer = begun(county, "county", LEADER)
    assert client.post(CODE, data={"code": code_at(secret, county.now)}).status_code == 409
    assert client.post(CODE, data={"code": codes[4]}).status_code == 303
    with within(county.tiers.county) as session:
        session.get_one(SecondFactor, account(session, LEADER).id).secret = own


def test_between_password_and_code_ten_minutes_may_pass_and_nothing_may_change(
    county: County, leader
) -> None:
    secret, _codes = leader
    county.later(minutes=5)
    slow, _answer = begun(county, "county", LEADER)
    county.later(minutes=11)
    assert slow.post(CODE, data={"code": code_at(secret, county.now)}).headers["Location"] == "/login"
    client, _answer = begun(county, "county", LEADER)
    with within(county.tiers.county) as session:
        account(session, LEADER).disabled = True
    assert client.post(CODE, data={"code": code_at(secret, county.now)}).headers["Location"] == "/login"
    with within(county.tiers.county) as session:
        account(session, LEADER).disabled = False
    stranger = county.app("county").test_client()
    for path in (CODE, "/login/enrol", "/login/password"):
        assert stranger.get(path).headers["Location"] == "/login"
        assert stranger.post(path, data={"code": "1"}).headers["Location"] == "/login"


def test_whoever_signs_in_as_somebody_else_is_neither_before_the_code(county: County, leader) -> None:
    client = county.client("county", ORGANISER.replace("zzk", "fc"))
    client.post("/login", data={"login": LEADER, "password": password_of(county, "county", LEADER)})
    assert client.get("/").status_code == 302


def test_a_new_phone_takes_over_when_it_has_shown_a_code_and_other_browsers_are_out(
    county: County, leader
) -> None:
    secret, codes = leader
    county.later(minutes=1)
    clients = [begun(county, "county", LEADER)[0] for _ in range(2)]
    for client, code in zip(clients, (code_at(secret, county.now), codes[5]), strict=True):
        assert client.post(CODE, data={"code": code}).status_code == 303
    client, other = clients
    password = password_of(county, "county", LEADER)
    assert client.post("/account/factor", data={"begin_password": "wrong"}).status_code == 422
    new = secret_on(text(client.post("/account/factor", data={"begin_password": password})))
    county.later(minutes=1)
    third, _answer = begun(county, "county", LEADER)
    assert third.post(CODE, data={"code": code_at(secret, county.now)}).status_code == 303, (
        "the old one counts"
    )
    fresh = codes_on(text(client.post("/account/factor/confirm", data={"code": code_at(new, county.now)})))
    assert len(set(fresh) - set(codes)) == 10
    assert [one.get("/").status_code for one in (client, other, third)] == [200, 302, 302]
    county.later(minutes=1)
    for code, status in ((code_at(secret, county.now), 422), (codes[6], 422), (fresh[0], 303)):
        again, _answer = begun(county, "county", LEADER)
        assert again.post(CODE, data={"code": code}).status_code == status
    renewed = codes_on(text(client.post("/account/factor/codes", data={"codes_password": password})))
    again, _answer = begun(county, "county", LEADER)
    assert again.post(CODE, data={"code": fresh[1]}).status_code == 422
    assert again.post(CODE, data={"code": renewed[1]}).status_code == 303


def test_what_is_demanded_cannot_be_dropped_and_what_is_not_can(county: County) -> None:
    client = county.client("township", "321323001-zz")
    password = password_of(county, "township", "321323001-zz")
    secret = secret_on(text(client.post("/account/factor", data={"begin_password": password})))
    client.post("/account/factor/confirm", data={"code": code_at(secret, county.now)})
    with demanding(county, "township"):
        assert client.post("/account/factor/drop", data={"drop_password": password}).status_code == 404
    assert client.post("/account/factor/drop", data={"drop_password": password}).status_code == 303
    assert client.get("/").status_code == 200
    assert begun(county, "township", "321323001-zz")[1].headers["Location"] == "/"


def test_a_password_changed_by_its_owner_ends_the_other_browsers(county: County) -> None:
    login = "321323002-zz"
    client, other = county.client("township", login), county.client("township", login)
    old = password_of(county, "township", login)

    def change(**typed: str) -> int:
        return client.post("/account/password", data={"old_password": old, **typed}).status_code

    assert change(old_password="no", password="a new password", again="a new password") == 422
    assert change(password="short", again="short") == 422
    assert change(password="a new password", again="another one here") == 422
    assert change(password=old, again=old) == 422
    assert change(password="x" * 201, again="x" * 201) == 422
    assert change(password="a new password", again="a new password") == 303
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert begun(county, "township", login, "a new password")[1].status_code == 302
    assert begun(county, "township", login)[1].status_code == 422


def test_who_demands_it_is_a_setting_and_codes_go_by_the_real_time() -> None:
    def told(tier: str, **settings: str) -> Settings:
        env = {name.replace("COUNTY", tier.upper()): value for name, value in ENV.items()}
        return Settings.from_env(tier, {**env, **settings})

    tiers = ("county", "township", "branch")
    assert [told(tier).second_factor for tier in tiers] == [True, True, False]
    for word, demand in (("required", True), ("optional", False)):
        assert [told(tier, SANJI_SECOND_FACTOR=word).second_factor for tier in tiers] == [demand] * 3
    with pytest.raises(SettingsError):
        told("county", SANJI_SECOND_FACTOR="perhaps")
    ahead = told("county", SANJI_CLOCK_OFFSET="86400")
    assert ahead.code_clock is not None
    assert ahead.clock() - ahead.code_clock() > timedelta(hours=23)
    assert told("county", SANJI_COUNTY_DATA_KEYS="new,old").data_keys == ("new", "old")


def test_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B (SHA-1, the last six of eight digits).
    seed = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert [seed.at(moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]
