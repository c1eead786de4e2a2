"""The roster and Excel: template, upload with a preview, confirmation, the marked file, export."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.branch.roster import words
from services.branch.roster.files import EXCEL, roster_file, template_file
from services.branch.roster.importing import (
    Line,
    Plan,
    changes,
    faults_by_row,
    keep_upload,
    read_plan,
    take_over,
    upload_of,
)
from services.branch.roster.models import RosterUpload
from services.branch.roster.pages import chosen_group
from services.branch.roster.reading import group_names, listed
from services.branch.roster.schemas import ConfirmForm
from services.branch.village import village
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.excel_in import LARGEST_FILE, MOST_ROWS, Unreadable, marked
from shared.kit.guard import allow
from shared.kit.i18n import N_
from shared.kit.web import db, form, me, now

intake = Blueprint("intake", __name__, template_folder="templates", url_prefix="/roster/excel")
SHOWN = 200
REFUSALS = {
    "size": N_("文件超过 5 MB，请删去图片和多余的工作表再传。"),
    "bomb": N_("文件展开后太大，没有打开。请把内容复制到新下载的模板里再传。"),
    "kind": N_("这不是 Excel 工作簿（.xlsx）。旧版 .xls 请另存为 .xlsx 再传。"),
    "broken": N_("文件打不开，可能已经损坏。请把内容复制到新下载的模板里再传。"),
    "header": N_("没有找到标题行。请用模板，不要删改第一行的标题。"),
    "rows": N_("一次最多导入 5000 行，请分几个文件传。"),
    "none": N_("请先选一个文件。"),
    "empty": N_("表里没有党员。示例行不算，请从示例行下面填起。"),
}
assert (LARGEST_FILE, MOST_ROWS) == (5 * 2**20, 5000), "the words above name both"


@intake.get("")
@allow("roster.edit")
def upload() -> ResponseReturnValue:
    """Where the template is fetched and a file is sent."""
    return _upload_page(())


def _upload_page(errors: Sequence[dict[str, str]]) -> ResponseReturnValue:
    return render_template("branch/roster_upload.html", unit=village().name, errors=errors)


@intake.get("/template")
@allow("roster.edit")
def template() -> ResponseReturnValue:
    """The template."""
    return send_file(BytesIO(template_file()), EXCEL, as_attachment=True, download_name="党员名册模板.xlsx")


@intake.get("/export")
@allow("roster.see")
def export() -> ResponseReturnValue:
    """The list as filtered."""
    view, search = request.args.get("view", "active"), request.args.get("q", "").replace("\0", "").strip()
    if view not in words.VIEWS:
        raise Absent
    group = chosen_group(group_names(db(), village().id))
    found, _many = listed(db(), village().id, view, search, size=100_000, group=group)
    filters = gettext("、").join([gettext(words.VIEWS[view]), *filter(None, [group, search])])
    body = roster_file(village().name, found, filters, now())
    day = civil(now()).strftime("%Y%m%d")
    name = f"{village().name}-{gettext('党员名册')}-{day}.xlsx"
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=name)


@intake.post("")
@allow("roster.edit")
def send() -> ResponseReturnValue:
    """Read the file and keep it for the preview; nothing of the roster changes."""
    file = request.files.get("file")
    body = file.read(LARGEST_FILE + 1) if file else b""
    if file:
        file.close()
    if not body:
        return _unread("none")
    try:
        plan = _plan(body)
    except Unreadable as error:
        return _unread(error.code)
    if not plan.lines:
        return _unread("empty")
    assert file is not None
    kept = keep_upload(db(), me(), village().id, file.filename or "roster.xlsx", body, now())
    return redirect(url_for("intake.preview", upload_id=kept.id), 303)


def _unread(code: str) -> ResponseReturnValue:
    page = _upload_page([{"field": "file", "message": gettext(REFUSALS[code])}])
    return page, 422  # type: ignore[return-value]


@intake.get("/<uuid:upload_id>")
@allow("roster.edit")
def preview(upload_id: UUID) -> ResponseReturnValue:
    """What the file would do."""
    return _preview_page(upload_of(db(), village().id, upload_id), ())


def _preview_page(kept: RosterUpload, errors: Sequence[dict[str, str]]) -> ResponseReturnValue:
    plan = _plan(kept.body)
    groups = [
        _group(plan, "error", gettext("有错误，要改"), "red"),
        _group(plan, "new", gettext("新录入"), "green"),
        _group(plan, "update", gettext("要改动"), "amber"),
    ]
    return render_template(
        "branch/roster_preview.html",
        upload_id=kept.id,
        name=kept.name,
        counts=plan.counts,
        digest=plan.digest,
        groups=[group for group in groups if group["count"]],
        shown=SHOWN,
        errors=errors,
    )


def _group(plan: Plan, kind: str, label: str, colour: str) -> dict[str, Any]:
    lines = plan.of(kind)
    rows = [_row(line) for line in lines[:SHOWN]]
    return {"label": label, "colour": colour, "count": len(lines), "note": "", "rows": rows}


def _row(line: Line) -> dict[str, Any]:
    told = [said for _column, said in line.faults]
    if line.kind == "update":
        told = [gettext("改：%(what)s", what=gettext("、").join(changes(line)))]
    cells = {key: str(line.cells[key] or "").strip() for key in ("number", "name")}
    return {"row": line.row, **cells, "told": told}


@intake.post("/<uuid:upload_id>/confirm")
@allow("roster.edit")
def confirm(upload_id: UUID) -> ResponseReturnValue:
    """Take the whole file over in one transaction."""
    kept = upload_of(db(), village().id, upload_id)
    digest = form(ConfirmForm())["digest"]
    try:
        done = take_over(db(), me(), village(), kept, digest, now())
    except Absent:
        raise
    except Refused as refused:
        errors = [{"field": "", "message": gettext(refused.message) % refused.values}]
        return _preview_page(kept, errors), 409  # type: ignore[return-value]
    flash(gettext("已导入：新录入 %(new)s 人，改动 %(update)s 人，没有变化 %(skip)s 人。", **done), "success")
    return redirect(url_for("roster.page"), 303)


@intake.get("/<uuid:upload_id>/marked")
@allow("roster.edit")
def with_faults(upload_id: UUID) -> ResponseReturnValue:
    """The person's own file, bad cells red, with a column that says what is wrong."""
    kept = upload_of(db(), village().id, upload_id)
    plan = _plan(kept.body)
    body = marked(kept.body, faults_by_row(plan.lines), plan.header, "错误说明")
    return send_file(BytesIO(body), EXCEL, as_attachment=True, download_name=kept.name)


def _plan(body: bytes) -> Plan:
    return read_plan(db(), me(), village(), body, now())
