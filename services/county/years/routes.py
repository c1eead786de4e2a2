"""Years of points: opened under rulebooks everybody can read; own versions added for the next year."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest.course_views import signer
from services.county.rulebooks.actions import BadRulebook
from services.county.rulebooks.posting import posted_text
from services.county.years import pages
from services.county.years.actions import open_year
from services.county.years.actions import years as opened_years
from services.county.years.books import Book, add_book, shipped_book, stored_book, versions
from services.county.years.closing_page import closing_routes
from services.county.years.schemas import OpenForm
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import in_english
from shared.kit.web import db, form, me, now

years = Blueprint("years", __name__, url_prefix="/years", template_folder="templates")
closing_routes(years)


@years.get("")
@allow("year.see")
def index() -> ResponseReturnValue:
    """Every year opened, and the county's own rulebooks for them."""
    return render_template("county/years.html", **pages.years_page())


@years.get("/new")
@allow("year.open")
def new() -> ResponseReturnValue:
    """What a year would run under, before it is opened."""
    asked, offered = request.args.get("year", ""), pages.openable()
    if not offered:
        return redirect(url_for("years.index"))
    year = next((one for one in offered if asked in ("", str(one))), None)
    if year is None:
        raise Absent
    return render_template("county/year_form.html", **pages.form_page(year))


@years.post("")
@allow("year.open")
def create() -> ResponseReturnValue:
    """Open the year: its rulebooks are fixed and published."""
    typed = request.form.to_dict()
    try:
        data = form(OpenForm())
    except ValidationError as error:
        return _form_again(typed, told(error)), 422
    if data["confirmation"].strip() != str(data["year"]):
        words = gettext("请输入 %(year)s 以确认。", year=data["year"])
        return _form_again(typed, [{"field": "confirmation", "message": words}]), 422
    try:
        open_year(
            db(),
            me(),
            signer(),
            year=data["year"],
            ranked=data["ranked"] == "yes",
            synthetic_note=data["synthetic_note"].strip(),
            now=now(),
        )
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _form_again(typed, errors), refused.status
    flash(gettext("%(year)s 年度已开启，规则正在发到各级。", year=data["year"]), "success")
    return redirect(url_for("years.page", year=data["year"]), 303)


def _form_again(typed: dict[str, str], errors: list[dict[str, str]]) -> str:
    asked = typed.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    if not 2000 <= year <= 2100:
        raise Absent
    return render_template("county/year_form.html", **pages.form_page(year, errors, typed))


@years.get("/<int:year>")
@allow("year.see")
def page(year: int) -> ResponseReturnValue:
    """One year and the rulebooks it runs under."""
    return render_template("county/year.html", **pages.year_page(year))


# --- rulebooks of the member's year ---


@years.get("/books/<digest>")
@allow("year.see")
def book(digest: str) -> ResponseReturnValue:
    """One stored version as tables."""
    return _book(stored_book(db(), digest), "")


@years.get("/shipped/<name>")
@allow("year.see")
def shipped(name: str) -> ResponseReturnValue:
    """A rulebook the platform brings, as tables."""
    return _book(shipped_book(name), name)


def _book(found: Book, name: str) -> str:
    return render_template("county/book.html", **pages.book_page(found, name))


@years.get("/books/<digest>/rulebook.json")
@allow("year.see")
def book_text(digest: str) -> ResponseReturnValue:
    """The exact text of a version."""
    return _text(stored_book(db(), digest).text, f"rulebook-{digest[:12]}")


@years.get("/shipped/<name>/rulebook.json")
@allow("year.see")
def shipped_text(name: str) -> ResponseReturnValue:
    """The exact text of a shipped rulebook."""
    return _text(shipped_book(name).text, name)


def _text(text: str, name: str) -> Response:
    head = {"Content-Disposition": f"attachment; filename={name}.json"}
    return Response(text, mimetype="application/json", headers=head)


@years.get("/books/new")
@allow("rulebook.edit")
def new_book() -> ResponseReturnValue:
    """Paste or upload a version; it begins from an existing or a shipped one."""
    digest, name = request.args.get("from", ""), request.args.get("shipped", "points_rural")
    text = stored_book(db(), digest).text if digest else shipped_book(name).text
    return render_template("county/book_form.html", text=text, errors=[])


@years.post("/books")
@allow("rulebook.edit")
def create_book() -> ResponseReturnValue:
    """Keep a version; a refused one comes back with the exact place."""
    text = ""
    try:
        text = posted_text()
        known = {one.hash for one in versions(db())}
        stored = add_book(db(), me(), text, now())
    except BadRulebook as bad:
        problem = bad.problem_en if in_english() else bad.problem
        words = gettext("位置 %(place)s：%(problem)s", place=bad.place, problem=problem)
        errors = [{"field": "text", "message": words}]
        return render_template("county/book_form.html", text=text, errors=errors), 422
    if stored.hash in known:
        flash(gettext("这一版已经在库里，没有重复保存。"), "info")
    else:
        first = pages.first_year(stored.effective_from, opened_years(db()))
        flash(gettext("规则已保存，最早从 %(year)s 年度起用；已开启的年度不变。", year=first), "success")
    return redirect(url_for("years.book", digest=stored.hash), 303)
