"""What an action answers when it will not do a thing: the text is shown to the person."""

from typing import Any

from shared.kit.i18n import N_


class Refused(Exception):
    """The rules forbid this now. `message` is a Chinese msgid with %(name)s places for `values`."""

    status = 409

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


class Absent(Refused):
    """Not there, or out of scope: the two are never told apart."""

    status = 404

    def __init__(self) -> None:
        super().__init__(N_("没有找到这一页。可能地址有误，或者不在您的管理范围内。"))
