"""Forms of the roster, as posted."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.branch.roster import words
from services.branch.roster.actions import NewMember
from services.branch.roster.models import ASK_REASON, REASONS, ROLES, STATUSES
from shared.kit.fields import Form, Text, Version
from shared.kit.i18n import N_
from shared.rules.points.scheme_values import FIELDS

MISSING = _("请填上这一项。")
DATE = {"required": MISSING, "invalid": _("日期要写成 1985-07-01 这样。")}
NUMBER_LENGTH, NAME_LENGTH, POST_LENGTH, GROUP_LENGTH = 20, 64, 60, 40
NUMBER = r"[0-9A-Za-z-]{1,20}"
EARLIEST = date(1921, 7, 1)


# What people write in words: what it is called and how long it may be, in the form as in the Excel file.
WORDS = {
    "name": (N_("姓名"), NAME_LENGTH),
    "post": (N_("职务"), POST_LENGTH),
    "party_group": (N_("党小组"), GROUP_LENGTH),
}


class Day(fields.Date):
    """A day in ISO; empty counts as missing."""

    def _deserialize(self, value: object, attr: str | None, data: object, **rest: object) -> date:
        return super()._deserialize(str(value).strip(), attr, data, **rest)  # type: ignore[arg-type]


class Why(Text):
    """A reason, as long as it is kept."""

    def __init__(self, **rest: Any) -> None:
        too_long = _("理由最多 400 个字。")
        super().__init__(validate=validate.Length(max=ASK_REASON, error=too_long), **rest)


class MemberForm(Form):
    """A member as entered or changed; `version` 0 for a new one."""

    version = Version(load_default=0)
    number = Text(
        required=True,
        validate=validate.Regexp(rf"{NUMBER}\Z", error=_("编号用数字、字母和短横线，最多 20 位，如 0012。")),
        error_messages={"required": MISSING},
    )
    name = Text(required=True, error_messages={"required": MISSING})
    status = Text(required=True, validate=validate.OneOf(STATUSES, error=_("请选一项。")))
    field = Text(required=True, validate=validate.OneOf(FIELDS, error=_("请选一项。")))
    post = Text(load_default="")
    party_group = Text(load_default="")
    roles = fields.List(Text(validate=validate.OneOf(ROLES, error=_("请选一项。"))), load_default=[])
    exempt = fields.Boolean(load_default=False)
    floating = fields.Boolean(load_default=False)
    joined_on = Text(load_default="")
    since = Day(required=True, error_messages=DATE)
    reason = Why(load_default="")


class LeaveForm(Form):
    """When and why somebody has left."""

    version = Version(required=True)
    until = Day(required=True, error_messages=DATE)
    why = Text(
        required=True,
        validate=validate.OneOf(REASONS, error=_("请选离开的原因。")),
        error_messages={"required": _("请选离开的原因。")},
    )
    reason = Why(load_default="")


class BackForm(Form):
    """The version somebody has seen, from which day on where a ballot was held meanwhile, and why."""

    version = Version(required=True)
    since = Day(load_default=None)
    reason = Why(load_default="")


class DeclineForm(Form):
    """Why a change is not agreed to."""

    reason = Why(load_default="")


class ConfirmForm(Form):
    """What the preview showed."""

    digest = Text(required=True, validate=validate.Length(equal=64))


class JoinForm(Form):
    """A member sets a password with the one-time code."""

    unit = Text(required=True, validate=validate.Length(min=1, max=120, error=MISSING))
    number = Text(required=True, validate=validate.Length(min=1, max=NUMBER_LENGTH, error=MISSING))
    code = Text(required=True, validate=validate.Length(min=1, max=20, error=MISSING))
    password = Text(
        required=True,
        validate=[
            validate.Length(min=10, error=_("密码至少 10 个字符。")),
            validate.Length(max=200, error=_("密码太长了。")),
        ],
    )


def new_member(
    data: dict[str, object], today: date, kept: Mapping[str, str]
) -> tuple[NewMember | None, list[dict[str, str]]]:
    """A checked form as a NewMember, or what is wrong with its days and words; `kept` words may stay."""
    joined, wrong = None, []
    typed = str(data["joined_on"]).strip()
    if typed:
        try:
            joined = date.fromisoformat(typed)
        except ValueError:
            wrong.append({"field": "joined_on", "message": str(_("日期要写成 1985-07-01 这样。"))})
    since = data["since"]
    assert isinstance(since, date)
    wrong += [{"field": name, "message": str(text)} for name, text in day_faults(joined, since, today)]
    written = {name: str(data[name]).strip() for name in WORDS}
    for name, text in written.items():
        fault = word_fault(name, text) if text != kept.get(name) else None
        wrong += [{"field": name, "message": fault}] if fault else []
    if not written["name"]:
        wrong.append({"field": "name", "message": str(MISSING)})
    if wrong:
        return None, wrong
    values = {name: value for name, value in data.items() if name not in ("version", "reason")}
    roles = data["roles"]
    assert isinstance(roles, list)
    given = {**values, "roles": tuple(one for one in ROLES if one in roles), "joined_on": joined}
    return NewMember(**{**given, **written}), []  # type: ignore[arg-type]


def word_fault(name: str, text: str) -> str | None:
    """What is wrong with a name, a post or a Party group as written, or None."""
    title, most = WORDS[name]
    title = gettext(title)
    if len(text) > most:
        return gettext("%(title)s最多 %(most)s 个字", title=title, most=most)
    if not text.isprintable() or text.startswith("#"):
        return gettext("%(title)s里有换行、看不见的字符或者公式错误，请重写", title=title)
    if name == "name" and re.search(r"[0-9=+@]", text):
        return gettext("姓名里不能有数字和符号")
    return None


def day_faults(joined: date | None, since: date, today: date) -> list[tuple[str, str]]:
    """What cannot be with these days, by field."""
    found = []
    if joined is not None and not EARLIEST <= joined <= today:
        found.append(("joined_on", str(_("入党日期不对：不能早于 1921-07-01，也不能晚于今天。"))))
    if not EARLIEST <= since <= today:
        found.append(("since", str(_("到本支部的日期不对：不能早于 1921-07-01，也不能晚于今天。"))))
    elif joined is not None and EARLIEST <= joined <= today and since < joined:
        found.append(("since", str(_("到本支部的日期不能早于入党日期。"))))
    return found


assert set(words.FIELDS) == set(FIELDS)
