"""Where somebody of the masses votes with a single-use code; open to anyone who holds one."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.branch.ballots.casting import cast_slip, slip_of
from services.branch.ballots.looking_over import looked_over
from services.branch.ballots.pages import rulebook_of, sheet_page, typed_choices
from services.branch.ballots.routes import said
from shared.kit.accounts import Locked
from shared.kit.clock import civil
from shared.kit.db import Database
from shared.kit.errors import Absent, Refused
from shared.kit.guard import public
from shared.kit.i18n import N_
from shared.kit.scope import EVERYTHING
from shared.kit.units import Unit
from shared.kit.web import now

voting = Blueprint("voting", __name__, template_folder="templates", url_prefix="/vote")
WRONG = N_("测评码不对，或者已经用过、过期、还没有确认发放。请核对纸条上的 12 个字。")


@voting.get("")
@public("residents vote with a code from paper and have no account")
def form() -> ResponseReturnValue:
    """Where the code is typed."""
    return render_template("branch/vote_code.html", errors=(), code="")


@voting.post("")
@public("residents vote with a code from paper and have no account")
def sheet() -> ResponseReturnValue:
    """The sheet for a code, or the vote itself; the wrong-try count commits whatever the answer."""
    code = request.form.get("code", "").replace("\0", "")[:40]
    database: Database = current_app.extensions["sanji.database"]
    try:
        with database.transaction(EVERYTHING) as session:
            found = slip_of(session, code, now())
            if found is None:
                return _again(gettext(WRONG), 422, code)
            box, slip = found
            unit = session.get_one(Unit, box.unit_id).name
            if "cast" not in request.form:
                return render_template("branch/ballot_vote.html", **sheet_page(session, box, unit, (), code))
            handle, choices, rulebook = slip.handle, typed_choices(), rulebook_of(session, box)
            page = sheet_page(session, box, unit, (), code)
            if asked := looked_over(page):
                return asked
            cast_slip(session, rulebook, box.id, handle, choices)
    except Locked as locked:
        until = civil(locked.until).strftime("%H:%M")
        return _again(gettext("连续输错多次，已暂时锁定，%(until)s 后再试。", until=until), 429, code)
    except Absent:
        raise
    except Refused as refused:
        page["errors"] = said(refused)
        return render_template("branch/ballot_vote.html", **page), refused.status
    return render_template("branch/ballot_voted.html", back="")


def _again(words: str, status: int, code: str) -> ResponseReturnValue:
    errors = [{"field": "code", "message": words}]
    return render_template("branch/vote_code.html", errors=errors, code=code), status
