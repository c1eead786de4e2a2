"""The blueprint of cases, the same for every tier that has a Place."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told, typed_points
from shared.kit.guard import allow
from shared.kit.i18n import in_english
from shared.kit.web import carried, db, form, me, now
from shared.outcomes import wording
from shared.outcomes.batch_pages import batch_routes
from shared.outcomes.desk import Seen
from shared.outcomes.export import cases_file
from shared.outcomes.listing import list_page
from shared.outcomes.notices import one_file
from shared.outcomes.pages import chosen_year, said
from shared.outcomes.place import Place
from shared.outcomes.saying import Result, Said, say, say_one
from shared.outcomes.schemas import SayForm, Selection
from shared.outcomes.single import case_page
from shared.outcomes.voice import case_for, voice
from shared.rules.outcomes import WORDS

PDF = "application/pdf"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 5
# Within which the member may put right what was recorded as his own words.
CONTRADICT = timedelta(days=3)
# What may be done about many cases at once: word, verdict, whether it needs a reason.
BULK = {
    "apply": ("decided", "applied", False),
    "drop": ("decided", "dropped", True),
    "confirm": ("confirmed", "", False),
    "send_back": ("sent_back", "", True),
}


def outcomes_blueprint(place: Place, *, proposes: bool = True) -> Blueprint:
    """Pages under /outcomes; who may say which word is asked word by word (see voice)."""
    room = Blueprint("outcomes", __name__, url_prefix="/outcomes", template_folder="templates")

    @room.get("")
    @allow("outcome.see")
    def page() -> ResponseReturnValue:
        """Cases, those that wait first."""
        if not place.years():
            return render_template("outcomes/empty.html")
        return _list(place, [], 200)

    @room.get("/export.xlsx")
    @allow("outcome.see")
    def export() -> ResponseReturnValue:
        """The list as Excel."""
        year = chosen_year(place)
        body = cases_file(place, year, now())
        name = f"{me().unit.name}-{year}-{gettext('结果运用')}.xlsx"
        return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)

    @room.get("/<uuid:case_id>")
    @allow("outcome.see")
    def one(case_id: UUID) -> ResponseReturnValue:
        """One case."""
        return render_template("outcomes/case.html", **case_page(place, case_id))

    _notice_routes(room, place)
    if place.batches is not None:
        batch_routes(room, place, place.batches)
    _deciding_routes(room, place)
    if proposes:
        _proposing_routes(room, place)
    return room


def _notice_routes(room: Blueprint, place: Place) -> None:
    @room.get("/<uuid:case_id>/notice.pdf")
    @allow("outcome.see")
    def notice(case_id: UUID) -> ResponseReturnValue:
        """The notice of a decision in force."""
        try:
            name, body = one_file(place, case_id)
        except Absent:
            raise
        except Refused as refused:
            return render_template("outcomes/case.html", **case_page(place, case_id, said(refused))), 422
        return send_file(BytesIO(body), PDF, as_attachment=True, download_name=name)


def _deciding_routes(room: Blueprint, place: Place) -> None:
    @room.post("/<uuid:case_id>/<kind>", endpoint="say")
    @allow("outcome.see")
    def say_it(case_id: UUID, kind: str) -> ResponseReturnValue:
        """Say something about it."""
        return _say(place, case_id, kind)

    @room.post("/many")
    @allow("outcome.see")
    def many() -> ResponseReturnValue:
        """The same word about every ticked case."""
        return _many(place)


def _proposing_routes(room: Blueprint, place: Place) -> None:
    @room.post("/draw-up")
    @allow("outcome.decide")
    def draw_up() -> ResponseReturnValue:
        """Propose what the rules propose."""
        year = chosen_year(place)
        try:
            made = place.draw_up(year)
        except Absent:
            raise
        except Refused as refused:
            return _list(place, said(refused), refused.status)
        flash(gettext("已按规则生成 %(count)s 条建议。", count=made), "success" if made else "info")
        return redirect(url_for("outcomes.page", year=year), 303)


def _list(place: Place, errors: list[dict[str, str]], status: int) -> ResponseReturnValue:
    return render_template("outcomes/list.html", **list_page(place, errors)), status


def _may(place: Place, sort: str, kind: str) -> None:
    """Raises Absent for a word the asker has no post to say."""
    if not voice(db(), place.reading, me()).ever(sort, kind):
        raise Absent


def _say(place: Place, case_id: UUID, kind: str) -> ResponseReturnValue:
    found = case_for(db(), place.reading, me(), case_id)
    if kind not in WORDS:
        raise Absent
    _may(place, found.case.sort, kind)
    try:
        data = form(SayForm())
        word = Said(kind, data["verdict"], data["text"], _fixed(found.case.sort, kind, data))
        say_one(db(), place.deciding(), me(), Seen(case_id, data["version"]), word, now())
    except ValidationError as error:
        return render_template("outcomes/case.html", **case_page(place, case_id, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        page = case_page(place, case_id, said(refused))
        return render_template("outcomes/case.html", **page), refused.status
    flash(gettext("已记下：%(what)s。", what=gettext(wording.KINDS[kind])), "success")
    return redirect(url_for("outcomes.one", case_id=case_id), 303)


def _fixed(sort: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """What a verdict fixes besides itself."""
    if (sort, kind, data["verdict"]) == ("tolerance", "decided", "granted"):
        return {
            "codes": sorted(data["codes"]),
            "first": data["first"].isoformat() if data["first"] else "",
            "last": data["last"].isoformat() if data["last"] else "",
            "correction": data["correction"],
        }
    if (sort, kind, data["verdict"]) == ("appeal", "decided", "upheld") and data["grade"]:
        return {"grade": data["grade"], "points": typed_points(data["points"])}
    if (sort, kind) == ("outcome", "heard"):
        # Until then the member may put right what was recorded for him.
        return {"proxy": True, "until": (civil(now()).date() + CONTRADICT).isoformat()}
    if kind in ("acknowledged", "replied", "hearing_asked") and me().scope.person is None:
        return {"proxy": True}
    return {}


def _many(place: Place) -> ResponseReturnValue:
    act = request.form.get("act", "")
    if act not in BULK:
        raise Absent
    kind, verdict, needs_reason = BULK[act]
    _may(place, "outcome", kind)
    try:
        seen = form(Selection())["selected"]
    except ValidationError as error:
        return _list(place, told(error), 422)
    reason = request.form.get("reason", "").strip()
    if needs_reason and not reason:
        return _ask_reason(act, len(seen), asked="reason" in request.form)
    # The post that may do this to outcomes need not be the one that may do it to an appeal.
    said_of = Said(kind, verdict, reason, sorts=("outcome",))
    result = say(db(), place.deciding(), me(), seen, said_of, now())
    _tell(result)
    return redirect(url_for("outcomes.page", **carried()), 303)


def _ask_reason(act: str, many: int, *, asked: bool) -> ResponseReturnValue:
    titles = {"drop": gettext("%(count)s 项不予运用"), "send_back": gettext("%(count)s 项退回重议")}
    errors = [{"field": "reason", "message": gettext("请写明理由。")}] if asked else []
    made = {
        "title": titles[act] % {"count": many},
        "selected": request.form.getlist("selected"),
        "act": act,
        "errors": errors,
        "back": url_for("outcomes.page", **carried()),
        "action": url_for("outcomes.many", **carried()),
    }
    return render_template("outcomes/reason.html", **made), 422 if errors else 200


def _tell(result: Result) -> None:
    if result.done:
        flash(gettext("已办理 %(count)s 项。", count=len(result.done)), "success")
    if result.refused:
        flash(gettext("%(count)s 项没有办，原因如下。", count=len(result.refused)), "warning")
    why: dict[str, int] = {}
    for _case, refusal in result.refused:
        words = refusal.message_en if in_english() else refusal.message
        why[words] = why.get(words, 0) + 1
    for words, count in list(why.items())[:SHOWN]:
        flash(gettext("%(count)s 项：%(words)s", count=count, words=words), "warning")
