"""Pages of the trial: the table with its picture, why a tier, differences, ties, recompute, export."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from services.county.contest import comparing, course, deciding, editions, listing, next_step, trial_page
from services.county.contest.course_views import signer, to
from services.county.contest.explaining import why as explain
from services.county.contest.exports import trial_file
from services.county.contest.models import Contest, Trial, TrialLine
from services.county.contest.records import last_edition, last_trial, standing_trial, trial_by_number
from services.county.contest.schemas import TieForm, number_of, wanted_of
from services.county.contest.stages import shown, steps
from services.county.contest.trial import may_try, open_corrections, run_trial
from shared.kit.clock import civil
from shared.kit.errors import Absent, Refused
from shared.kit.fields import told
from shared.kit.guard import allow
from shared.kit.i18n import in_english, named
from shared.kit.web import carried, db, form, me, now, wants_fragment
from shared.rules.rulebook_values import Rulebook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@allow("contest.see")
def trial(contest_id: UUID) -> ResponseReturnValue:
    """The last trial, or the one of the number in the URL."""
    contest = shown(db(), contest_id)
    number = number_of(request.args, "n")
    found = trial_by_number(db(), contest, number) if number else standing_trial(db(), contest)
    if found is None:
        return render_template(
            "county/trial_none.html", contest=contest, steps=steps(db(), contest), may_try=_may_try(contest)
        )
    return _trial_page(contest, found)


def _may_try(contest: Contest) -> bool:
    return me().may("contest.run") and may_try(db(), contest)


def _trial_page(
    contest: Contest, found: Trial, refused: dict[int, dict[str, Any]] | None = None
) -> ResponseReturnValue:
    table = listing.read(db(), contest, found)
    newest = last_trial(db(), contest)
    current = newest is not None and newest.id == found.id
    page = render_template(
        "county/trial.html",
        **trial_page.view(table, wanted_of(request.args)),
        steps=steps(db(), contest),
        ties=trial_page.ties(table, refused) if current else [],
        may_decide=current and me().may("tie.decide") and may_try(db(), contest),
        objections=_objections(contest),
        actions=_actions(contest, found, current),
        errors=[{"field": f"tie-{place}", "message": one["error"]} for place, one in (refused or {}).items()],
    )
    return page, 422 if refused else 200


def _objections(contest: Contest) -> list[dict[str, Any]]:
    """Those still without an answer; who may not answer sees them on the page of objections."""
    if not me().may("objection.answer"):
        return []
    return [
        {
            "title": gettext("异议：%(village)s", village=village.name),
            "detail": one.text,
            "href": url_for("contest.objection", contest_id=contest.id, objection_id=one.id),
        }
        for one, answer, village in deciding.objections(db(), contest.id)
        if answer is None
    ]


def _actions(contest: Contest, found: Trial, current: bool) -> dict[str, Any]:
    query = carried("page")
    query["n"] = str(found.number)
    trying = current and contest.state == "trial"
    return {
        "export_href": url_for("contest.export_trial", contest_id=contest.id, **query)
        if me().may("contest.export")
        else "",
        "recompute_action": url_for("contest.recompute", contest_id=contest.id)
        if trying and _may_try(contest)
        else "",
        "next_action": url_for("contest.go_public", contest_id=contest.id) if trying else "",
        "next_label": gettext("进入公示"),
        "version": contest.version,
        "blocked": next_step.blocked(db(), contest, me(), now()) if trying else "",
        "note": "" if trying else _why_not(contest, found, current),
        "back_href": url_for("contest.overview", contest_id=contest.id),
    }


def _why_not(contest: Contest, found: Trial, current: bool) -> str:
    edition = last_edition(db(), contest)
    if current and edition and edition.trial_id != found.id and open_corrections(db(), contest):
        return gettext("这次试算含有还没有确认的更正，不是已发布的结果。")
    if edition and edition.trial_id == found.id:
        return gettext("第 %(number)s 版结果就是这次试算。", number=edition.number)
    if not current:
        return gettext("这是第 %(number)s 次试算，之后又试算过。", number=found.number)
    stage = course.stage_name(contest.state)
    return gettext("竞赛已在“%(stage)s”，试算不再改动。", stage=stage)


@allow("contest.run")
def recompute(contest_id: UUID) -> ResponseReturnValue:
    """Compute again from the figures as they stand."""
    contest = course.hold(db(), contest_id)
    before = last_trial(db(), contest)
    made = run_trial(db(), me(), contest, now())
    if before is not None and made.id == before.id:
        flash(gettext("数据没有变化，仍是第 %(number)s 次试算。", number=made.number), "info")
    else:
        flash(gettext("第 %(number)s 次试算完成。", number=made.number), "success")
    return to("trial", contest)


@allow("contest.see")
def why(contest_id: UUID, number: int, village_id: UUID) -> ResponseReturnValue:
    """Why a village stands where it stands: in place for htmx, a page of its own without script."""
    contest = shown(db(), contest_id)
    found = trial_by_number(db(), contest, number)
    line = db().get(TrialLine, (found.id, village_id))
    if line is None:
        raise Absent
    span = len(line.categories or {}) + 7
    told_why = explain(db(), contest, found, line, span)
    if wants_fragment():
        return render_template("county/_why.html", why=told_why)
    back = {
        "label": gettext("第 %(number)s 次试算", number=number),
        "href": url_for("contest.trial", contest_id=contest.id, n=number),
    }
    return render_template("county/why.html", why=told_why, back=back)


@allow("contest.see")
def differences(contest_id: UUID, number: int) -> ResponseReturnValue:
    """Which villages moved since the trial before, by how much, because of which figures."""
    contest = shown(db(), contest_id)
    after = trial_by_number(db(), contest, number)
    before = comparing.former_trial(db(), after)
    if before is None:
        raise Absent
    table = listing.read(db(), contest, after)
    return render_template(
        "county/differences.html",
        contest=contest,
        before=before,
        after=after,
        **difference_view(table.rulebook, comparing.movements(db(), before, after), table),
    )


def difference_view(
    rulebook: Rulebook, moved: list[comparing.Movement], table: listing.Table
) -> dict[str, Any]:
    """Movements in two groups: those with a cause of their own, those moved by others."""

    def row(one: comparing.Movement) -> dict[str, Any]:
        return {
            "id": str(one.line.unit_id),
            "name": one.line.village_name,
            "township": table.townships.get(one.line.township_id, ""),
            "ranks": one.ranks,
            "score": one.score,
            "total": one.line.score,
            "tiers": [trial_page.tier_view(table, tier) for tier in one.tiers],
            "direction": one.direction,
            "causes": [_cause(rulebook, change) for change in one.inputs] + _other_causes(one),
        }

    own = [row(one) for one in moved if one.own_cause]
    others = [row(one) for one in moved if not one.own_cause and one.tier_changed]
    ranks = sum(not one.own_cause and not one.tier_changed and one.ranks[0] != one.ranks[1] for one in moved)
    return {"own": own, "others": others, "rank_only": ranks}


def _cause(rulebook: Rulebook, change: comparing.InputChange) -> str:
    indicator = rulebook.by_code[change.indicator]
    unit = indicator.unit_en if in_english() and indicator.unit_en else indicator.unit
    return gettext(
        "%(name)s %(before)s → %(after)s %(unit)s",
        name=named(indicator),
        before=change.before or "—",
        after=change.after or "—",
        unit=unit,
    )


def _other_causes(one: comparing.Movement) -> list[str]:
    told_causes = []
    if one.vetoes:
        told_causes.append(gettext("一票否决事项有变"))
    if one.decided:
        told_causes.append(gettext("县里裁定了并列"))
    if one.before is None:
        told_causes.append(gettext("上一次没有这个村"))
    if one.after is None:
        told_causes.append(gettext("这一次没有这个村"))
    return told_causes


@allow("tie.decide")
def decide_tie(contest_id: UUID) -> ResponseReturnValue:
    """Record the order of a tie with its reason, and compute with it."""
    contest = course.hold(db(), contest_id)
    newest = last_trial(db(), contest)
    if newest is None:
        raise Absent
    try:
        typed = form(TieForm())
    except ValidationError as error:
        said = told(error)[0]["message"]
        raise Refused(said) from error
    if typed["version"] != newest.number:
        raise Refused("已经重新试算过，请看过最新的试算再裁定。")
    place, block = _block(newest, typed["villages"])
    try:
        order = _order(block, typed["village"])
        deciding.decide_tie(db(), me(), contest, order, typed["reason"], now())
    except Refused as refused:
        kept = {"error": next_step.refusal(refused), "reason": typed["reason"], "chosen": typed["village"]}
        return _trial_page(contest, newest, {place: kept})
    made = run_trial(db(), me(), contest, now())
    flash(gettext("已裁定，第 %(number)s 次试算按裁定算出。", number=made.number), "success")
    return to("trial", contest) if contest.state == "trial" else to("corrections", contest)


def _block(newest: Trial, villages: list[str]) -> tuple[int, dict[str, Any]]:
    for place, block in enumerate(newest.blocks):
        if set(block["villages"]) == set(villages):
            return place, block
    raise Refused("裁定的村与最近一次试算的并列村不一致，请重新试算后再裁定。")


def _order(block: dict[str, Any], chosen: list[str]) -> list[str]:
    """Best first: from ticks where two tiers are in question, from a tier for each village where more."""
    first, second = block["seats"][0][0], block["seats"][-1][0]
    if len(block["seats"]) == 2:
        tiers = {code: first if code in chosen else second for code in block["villages"]}
        if sum(tier == first for tier in tiers.values()) != block["seats"][0][1]:
            raise Refused("要正好选 %(count)s 个村进档。", count=block["seats"][0][1])
        return deciding.in_tiers(block, tiers)
    pairs = [one.partition(":") for one in chosen]
    return deciding.in_tiers(block, {code: int(tier) for code, _, tier in pairs if tier.isdigit()})


@allow("contest.run")
def go_public(contest_id: UUID) -> ResponseReturnValue:
    """Put the trial before the public."""
    version = request.form.get("version", type=int)
    contest = course.hold(db(), contest_id, version)
    editions.begin_publicity(db(), me(), contest, signer(), now())
    flash(gettext("已进入公示，到 %(day)s 期满。", day=contest.objections_until), "success")
    return to("objections", contest)


@allow("contest.export")
def export_trial(contest_id: UUID) -> ResponseReturnValue:
    """The list as filtered, as Excel."""
    contest = shown(db(), contest_id)
    number = number_of(request.args, "n")
    found = trial_by_number(db(), contest, number) if number else standing_trial(db(), contest)
    if found is None:
        raise Absent
    heading = gettext("第 %(number)s 次试算", number=found.number)
    table = listing.read(db(), contest, found)
    return excel(table, heading, f"trial-{contest.year}-{found.number}")


def excel(table: listing.Table, heading: str, stem: str) -> ResponseReturnValue:
    """A table as an Excel download, with the filters of the URL."""
    data = trial_file(table, wanted_of(request.args), me().unit.name, heading, now())
    name = f"{stem}-{civil(now()):%Y%m%d}.xlsx"
    return send_file(BytesIO(data), mimetype=EXCEL, as_attachment=True, download_name=name)
