"""Ballots: members vote with their login; who holds the ballot opens, watches, counts and voids a box."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.appraisal.state import RuleRefused, require_turn
from services.branch.ballots import boxes, casting, counting, voiding
from services.branch.ballots import slips as handing
from services.branch.ballots.boxes import Teller
from services.branch.ballots.looking_over import looked_over
from services.branch.ballots.models import BallotBox
from services.branch.ballots.pages import (
    KINDS,
    ballots_page,
    box_page,
    open_page,
    person,
    rulebook_of,
    sheet_page,
    subject_counts,
    typed_choices,
)
from services.branch.ballots.schemas import CountForm, HandedForm, OpenForm, PaperForm, SlipsForm, VoidForm
from services.branch.village import village
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import in_english
from shared.kit.web import db, form, me, now
from shared.sync.asked_year import keep_year, year, years

ballots = keep_year(Blueprint("ballots", __name__, template_folder="templates", url_prefix="/ballots"))
# A box is opened when the appraisal has come to its step.
STEPS = {"members": "members_ballot", "masses": "mass_review"}


def said(refused: Refused) -> list[dict[str, str]]:
    """A refusal as the error summary takes it."""
    if isinstance(refused, RuleRefused):
        return [{"field": "", "message": refused.english if in_english() else refused.message}]
    return [{"field": "", "message": gettext(refused.message) % refused.values}]


@ballots.get("")
@allow("ballot.cast")
def page() -> ResponseReturnValue:
    """My ballots, and the boxes for who holds them."""
    if not years():
        return render_template("branch/no_year.html", title=gettext("测评"))
    return render_template("branch/ballots.html", **ballots_page())


# --- voting ---


def _mine(box_id: UUID) -> BallotBox:
    """An open box with me on its roll. Raises Absent, Refused."""
    box = boxes.box_of(db(), village().id, box_id)
    if not casting.on_roll(db(), box, person()):
        raise Absent
    if box.state != "open":
        raise Refused(casting.CLOSED)
    return box


@ballots.get("/<uuid:box_id>/vote")
@allow("ballot.cast")
def vote_form(box_id: UUID) -> ResponseReturnValue:
    """The sheet."""
    box = _mine(box_id)
    if casting.has_voted(db(), box, person()):
        return redirect(url_for("ballots.page"))
    return render_template("branch/ballot_vote.html", **sheet_page(db(), box, village().name))


@ballots.post("/<uuid:box_id>/vote")
@allow("ballot.cast")
def vote(box_id: UUID) -> ResponseReturnValue:
    """Put the sheet in, once; before that it is looked over."""
    box = _mine(box_id)
    if asked := looked_over(sheet_page(db(), box, village().name)):
        return asked
    try:
        casting.cast_member(db(), rulebook_of(db(), box), village().id, box.id, person(), typed_choices())
    except Absent:
        raise
    except Refused as refused:
        page = sheet_page(db(), box, village().name, said(refused))
        return render_template("branch/ballot_vote.html", **page), refused.status
    return render_template("branch/ballot_voted.html", back=url_for("ballots.page"))


# --- holding a ballot ---


@ballots.get("/open/<kind>")
@allow("ballot.hold")
def open_form(kind: str) -> ResponseReturnValue:
    """Who the tellers are."""
    _known(kind)
    return render_template("branch/ballot_open.html", **open_page(kind))


def _known(kind: str) -> None:
    if kind not in KINDS or not years():
        raise Absent


@ballots.post("/open/<kind>")
@allow("ballot.hold")
def open_box(kind: str) -> ResponseReturnValue:
    """Open the box; the passphrases are used here and kept nowhere."""
    _known(kind)
    try:
        data = form(OpenForm())
        # Before we look whose turn it is: who leaves the step out meanwhile is waited for.
        boxes.hold_boxes(db(), village().id)
        require_turn(db(), village().id, year(), STEPS[kind])
        tellers = [Teller(data[f"teller_{one}"], data[f"passphrase_{one}"]) for one in ("1", "2")]
        box = boxes.open_box(db(), me(), village(), year(), kind, tellers, now(), paper=data["paper"])
    except ValidationError as error:
        return render_template("branch/ballot_open.html", **open_page(kind, told(error))), 422
    except Absent:
        raise
    except Refused as refused:
        return render_template("branch/ballot_open.html", **open_page(kind, said(refused))), refused.status
    if box.on_paper:
        flash(gettext("票箱开了，只用纸质票：一人录入、另一人核对。"), "success")
    else:
        flash(gettext("票箱开了。两位监票人请记牢各自的口令，忘了就只能作废重投。"), "success")
    return redirect(url_for("ballots.box", box_id=box.id), 303)


@ballots.get("/<uuid:box_id>")
@allow("ballot.hold")
def box(box_id: UUID) -> ResponseReturnValue:
    """One box."""
    return render_template("branch/ballot_box.html", **box_page(_box(box_id)))


def _box(box_id: UUID) -> BallotBox:
    return boxes.box_of(db(), village().id, box_id)


@ballots.post("/<uuid:box_id>/slips")
@allow("ballot.hold")
def slips(box_id: UUID) -> ResponseReturnValue:
    """Codes to print, shown this once."""
    found = _box(box_id)
    try:
        many = form(SlipsForm())["many"]
        codes = handing.print_slips(db(), me(), village(), found.id, many, now())
    except ValidationError as error:
        return _again(found, told(error), 422)
    except Absent:
        raise
    except Refused as refused:
        return _again(found, said(refused), refused.status)
    where = url_for("voting.form", _external=True)
    page = {"codes": codes, "where": where, "box": found, "unit": village().name}
    return render_template("branch/ballot_slips.html", **page)


@ballots.post("/<uuid:box_id>/slips/confirm")
@allow("ballot.hold")
def confirm_slips(box_id: UUID) -> ResponseReturnValue:
    """A second person says how many were handed out, and where."""

    def confirm(found: BallotBox) -> None:
        data = form(HandedForm())
        handing.confirm_slips(db(), me(), village(), found.id, data["handed"], data["meeting"], now())

    return _act(box_id, confirm, gettext("已确认发放，这批测评码现在可以用了。"))


@ballots.post("/<uuid:box_id>/slips/drop")
@allow("ballot.hold")
def drop_slips(box_id: UUID) -> ResponseReturnValue:
    """None of them was handed out."""
    return _act(
        box_id,
        lambda found: handing.drop_slips(db(), me(), village(), found.id, now()),
        gettext("这批测评码作废了，可以重新印。"),
    )


def _again(box: BallotBox, errors: list[dict[str, str]], status: int) -> ResponseReturnValue:
    return render_template("branch/ballot_box.html", **box_page(box, errors)), status


def _act(box_id: UUID, act: Callable[[BallotBox], object], done: str) -> ResponseReturnValue:
    found = _box(box_id)
    try:
        act(found)
    except ValidationError as error:
        return _again(found, told(error), 422)
    except Absent:
        raise
    except Refused as refused:
        return _again(found, said(refused), refused.status)
    flash(done, "success")
    return redirect(url_for("ballots.box", box_id=box_id), 303)


@ballots.post("/<uuid:box_id>/paper")
@allow("ballot.hold")
def paper(box_id: UUID) -> ResponseReturnValue:
    """What was counted on paper, by the first of two people."""

    def enter(found: BallotBox) -> None:
        data, rulebook = form(PaperForm()), rulebook_of(db(), found)
        try:
            counts = subject_counts(found, [one.code for one in rulebook.ballots[found.kind].choices])
        except ValueError as error:
            raise Refused(gettext("票数请填整数。")) from error
        values = (data["sheets"], data["voters"], counts)
        counting.enter_paper(db(), me(), rulebook, village(), found.id, *values, now())

    return _act(box_id, enter, gettext("已录入，请另一人用自己的账号核对确认。"))


@ballots.post("/<uuid:box_id>/paper/confirm")
@allow("ballot.hold")
def confirm_paper(box_id: UUID) -> ResponseReturnValue:
    """A second person agrees."""
    return _act(
        box_id,
        lambda found: counting.confirm_paper(db(), me(), village(), found.id, now()),
        gettext("已确认并封存，和网上的票一起计。"),
    )


@ballots.post("/<uuid:box_id>/paper/drop")
@allow("ballot.hold")
def drop_paper(box_id: UUID) -> ResponseReturnValue:
    """Take the entry back."""
    return _act(
        box_id,
        lambda found: counting.drop_paper(db(), me(), village(), found.id, now()),
        gettext("已撤回，可以重新录入。"),
    )


@ballots.post("/<uuid:box_id>/count")
@allow("ballot.hold")
def count(box_id: UUID) -> ResponseReturnValue:
    """Both tellers at one screen."""

    def counted(found: BallotBox) -> None:
        data, rulebook = form(CountForm()), rulebook_of(db(), found)
        said = [data["passphrase_1"], data["passphrase_2"]]
        if not found.on_paper and not all(said):
            raise ValidationError({f"passphrase_{1 + said.index('')}": [gettext("请填上这一项。")]})
        counting.count(db(), me(), rulebook, village(), found.id, said, now())

    return _act(box_id, counted, gettext("计票完成。选票和密钥已经销毁，不能重计。"))


@ballots.post("/<uuid:box_id>/void")
@allow("ballot.hold")
def void(box_id: UUID) -> ResponseReturnValue:
    """Ask that a box be given up unread; one with nothing in it is at once."""
    found = _box(box_id)
    alone = not voiding.has_ballots(db(), found)
    return _act(
        box_id,
        lambda box: voiding.void_box(db(), me(), village(), box.id, form(VoidForm())["reason"], now()),
        gettext("票箱已作废，选票没有打开过。可以重新开箱。")
        if alone
        else gettext("已提出作废，请另一人用自己的账号确认。确认以前可以继续投票。"),
    )


@ballots.post("/<uuid:box_id>/void/agree")
@allow("ballot.hold")
def agree_to_void(box_id: UUID) -> ResponseReturnValue:
    """A second person agrees to give it up."""
    return _act(
        box_id,
        lambda found: voiding.agree_to_void(db(), me(), village(), found.id, now()),
        gettext("票箱已作废，选票没有打开过。可以重新开箱。"),
    )


@ballots.post("/<uuid:box_id>/void/keep")
@allow("ballot.hold")
def keep_box(box_id: UUID) -> ResponseReturnValue:
    """It is not given up."""
    return _act(
        box_id,
        lambda found: voiding.keep_box(db(), me(), village(), found.id, now()),
        gettext("不作废，票箱照常投票、计票。"),
    )
