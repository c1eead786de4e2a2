"""Comments of members on each other: written, looked at by the branch, read, answered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.branch.comments import actions
from services.branch.comments.models import Comment, PublishedComment
from services.branch.comments.schemas import CommentForm, PublishForm, ReasonForm, ReplyForm
from services.branch.roster.reading import members
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import N_
from shared.kit.web import db, form, me, now

comments = Blueprint("comments", __name__, template_folder="templates", url_prefix="/comments")
STATES = {
    "waiting": (N_("等支部审"), "amber"),
    "published": (N_("已公布"), "green"),
    "declined": (N_("没有公布"), "red"),
    "withdrawn": (N_("已撤下"), "red"),
}


def waiting_comments() -> int:
    """The number beside the comments in the header, for who looks at them."""
    return len(actions.comments(db(), me().unit.id, "waiting")) if me().may("comment.moderate") else 0


@comments.get("")
@allow("comment.see")
def page() -> ResponseReturnValue:
    """What is published; what one has written; for the branch, what waits."""
    return _page([], 200)


def _page(errors: list[dict[str, str]], status: int) -> ResponseReturnValue:
    moderates, unit = me().may("comment.moderate"), village()
    roster = members(db(), unit.id, civil(now()).date()) if moderates else []
    made: dict[str, Any] = {
        "unit": unit.name,
        "moderates": moderates,
        "writes": me().person_id is not None and me().scope.person is not None,
        "waiting": [_waiting(one, roster) for one in actions.comments(db(), unit.id, "waiting")]
        if moderates
        else [],
        "published": actions.published(db(), unit.id),
        "mine": [_own(one) for one in actions.comments(db(), unit.id, *STATES)] if not moderates else [],
        "person": me().person_id,
        "id": request.form.get("id") or str(uuid4()),
        "typed": request.form,
        "errors": errors,
    }
    return render_template("branch/comments.html", **made), status


def _waiting(one: Comment, roster: Any) -> dict[str, Any]:
    options = [
        {"value": member.id, "label": member.name, "selected": member.name == one.about} for member in roster
    ]
    return {
        "one": one,
        "options": options,
        "own": one.author_id == me().person_id,
        "about_me": actions.may_mean(db(), me(), one),
    }


def _own(one: Comment) -> dict[str, Any]:
    words, colour = STATES[one.state]
    shown = db().get(PublishedComment, one.id)
    subject = shown.member if shown is not None and shown.member != one.about else ""
    return {"one": one, "state": gettext(words), "colour": colour, "subject": subject}


def _do(act: Callable[[], object], said: str) -> ResponseReturnValue:
    try:
        act()
    except ValidationError as error:
        return _page(told(error), 422)
    except Absent:
        raise
    except Refused as refused:
        return _page([{"field": "", "message": gettext(refused.message) % refused.values}], refused.status)
    flash(said, "success")
    return redirect(url_for("comments.page"), 303)


@comments.post("")
@allow("comment.write")
def write() -> ResponseReturnValue:
    """Write one."""

    def act() -> None:
        data = form(CommentForm())
        actions.write(db(), me(), village(), data["id"], data["about"], data["text"], now())

    return _do(act, gettext("已提交，支部审过以后公布。"))


@comments.post("/<uuid:comment_id>/publish")
@allow("comment.moderate")
def publish(comment_id: UUID) -> ResponseReturnValue:
    """Publish it."""

    def act() -> None:
        actions.publish(db(), me(), village(), comment_id, form(PublishForm())["member"], now())

    return _do(act, gettext("已公布，本支部党员都能看到。"))


@comments.post("/<uuid:comment_id>/decline")
@allow("comment.moderate")
def decline(comment_id: UUID) -> ResponseReturnValue:
    """Do not publish it."""

    def act() -> None:
        actions.decline(db(), me(), village(), comment_id, form(ReasonForm())["reason"], now())

    return _do(act, gettext("不公布，作者会看到理由。"))


@comments.post("/<uuid:comment_id>/withdraw")
@allow("comment.moderate")
def withdraw(comment_id: UUID) -> ResponseReturnValue:
    """Take it down."""

    def act() -> None:
        actions.withdraw(db(), me(), village(), comment_id, form(ReasonForm())["reason"], now())

    return _do(act, gettext("已撤下。"))


@comments.post("/<uuid:comment_id>/reply")
@allow("comment.write")
def reply(comment_id: UUID) -> ResponseReturnValue:
    """Answer it."""

    def act() -> None:
        actions.reply(db(), me(), village(), comment_id, form(ReplyForm())["reply"], now())

    return _do(act, gettext("已回复。"))
