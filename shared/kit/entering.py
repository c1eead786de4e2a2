"""Being signed in: what a session stands on, how it begins, and what is said when it has ended."""

from collections.abc import Callable
from uuid import UUID

from flask import current_app, request
from flask_babel import gettext
from flask_login import login_user

from shared.kit.accounts import SignedIn, signed_in
from shared.kit.db import Database
from shared.kit.devices import agent_of, place_of
from shared.kit.factors import step_of
from shared.kit.scope import EVERYTHING
from shared.kit.sessions import CHANGED, ELSEWHERE, IDLE, WHOLE, ServerSession, this_session
from shared.kit.settings import SECOND_FACTOR, Settings
from shared.kit.vault import Vault


def settings() -> Settings:
    """This tier's settings."""
    found: Settings = current_app.extensions["sanji.settings"]
    return found


def demanded(user: SignedIn) -> bool:
    """Whether this person must have a second factor: staff of the tiers the setting names, no member."""
    return settings().second_factor and user.scope.person is None


def lenient() -> bool:
    """Whether a tier that usually demands a second factor does not: that is said where one signs in."""
    return settings().tier in SECOND_FACTOR and not settings().second_factor


def loader(database: Database) -> Callable[[str], SignedIn | None]:
    """For Flask-Login: who a session speaks for, as long as the account is what it was when it began."""

    def load(account_id: str) -> SignedIn | None:
        with database.transaction(EVERYTHING) as db:
            user = signed_in(db, UUID(account_id))
        held = this_session()
        if user is not None and "stamp" not in held and not demanded(user):
            held["stamp"] = user.stamp  # begun by the program before this one, during an upgrade
        if user is None or held.get("stamp") != user.stamp:
            held.end(CHANGED)
            return None
        return user

    return load


def vault() -> Vault:
    """What opens the second factors' secrets."""
    return Vault((*settings().data_keys, settings().secret_key))


def code_step() -> int:
    """The interval whose code an authenticator shows now: phones go by the real time."""
    return step_of((settings().code_clock or settings().clock)())


def fresh_session() -> ServerSession:
    """This session under a new secret, with nothing of before but the language."""
    held = this_session()
    kept = {"language": held["language"]} if "language" in held else {}
    held.regenerate()
    held.clear()
    held.update(kept)
    return held


def begin_session(user: SignedIn) -> None:
    """Sign `user` in here, under a new secret."""
    held = fresh_session()
    held.update(
        stamp=user.stamp,
        roles=list(user.roles),
        agent=agent_of(request),
        place=place_of(request, settings().proxies),
    )
    login_user(user)


def why_ended() -> str:
    """In words why this browser is no longer signed in, or ''."""
    words = {
        IDLE: gettext("您有一段时间没有操作，为了安全已自动退出。重新登录后回到刚才的页面。"),
        WHOLE: gettext("这次登录的时间已满，为了安全请重新登录。登录后回到刚才的页面。"),
        CHANGED: gettext(
            "您的账号、岗位、密码或者动态口令有变动，请重新登录。您不知道这件事的，请马上告诉管理员。"
        ),
        ELSEWHERE: gettext(
            "这里的登录已从您的另一台设备上退出，请重新登录。不是您本人办的，请马上修改密码。"
        ),
    }
    return str(words.get(this_session().get("ended", ""), ""))
