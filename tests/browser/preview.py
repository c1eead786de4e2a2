"""Templates without a tier: a minimal Flask with the frame's endpoints, and screenshots of every page.

python -m tests.browser.preview DIR [PAGE …]      screenshots at 390 and 1366 px, axe findings printed
python -m tests.browser.preview --serve PORT      look at the pages yourself
"""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, redirect, render_template, request, session
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.serving import make_server

from shared.kit.days import moment_words
from shared.kit.i18n import in_english, wire_languages
from shared.kit.web import SECURITY_HEADERS, back_here
from tests.browser import samples, samples_branch, samples_contest, samples_township
from tests.browser.chromium import axe_findings, launched, sideways

ROOT = Path(__file__).parents[2]
PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "styleguide": ("styleguide.html", lambda: {"sample": samples.styleguide()}),
    "login": ("login.html", dict),
    "login-refused": ("login.html", lambda: {"error": "账号或密码不对。输错 5 次会锁定 15 分钟。"}),
    "error-401": ("errors.html", lambda: {"code": 401, "lost": ["连续两晚值守河堤，发现险情一处"]}),
    "error-405": ("errors.html", lambda: {"code": 405}),
    "error-404": ("errors.html", lambda: {"code": 404, "reference": "01JD-7F3A"}),
    "error-409": ("errors.html", lambda: {"code": 409, "detail": "周敏 16:40 裁定了这处并列。"}),
    "error-500": ("errors.html", lambda: {"code": 500, "reference": "01JD-7F3A"}),
    "county-trial": ("county/trial.html", samples_contest.trial),
    "county-trial-settled": ("county/trial.html", lambda: samples_contest.trial(ties=False)),
    "county-why": ("county/why.html", samples_contest.trial),
    **samples_township.PAGES,
    "branch-desk": ("branch/desk.html", samples_branch.branch_desk),
    "branch-desk-before": ("branch/desk.html", lambda: samples_branch.branch_desk(contest=False)),
    "branch-empty": ("branch/empty.html", samples_branch.branch_empty),
    "branch-return": ("branch/return.html", samples_branch.branch_return),
    "branch-return-refused": ("branch/return.html", lambda: samples_branch.branch_return(errors=True)),
    "branch-check": ("branch/return_check.html", samples_branch.branch_check),
    "branch-check-changed": ("branch/return_check.html", lambda: samples_branch.branch_check(may_file=False)),
    "branch-done": ("branch/return_done.html", samples_branch.branch_done),
    "branch-history": ("branch/return_history.html", samples_branch.branch_history),
    "branch-waiting": ("branch/result_waiting.html", samples_branch.branch_waiting),
    "branch-result": ("branch/result.html", samples_branch.branch_result),
    "branch-table": ("branch/result_table.html", samples_branch.branch_table),
    "branch-objection": ("branch/objection.html", samples_branch.branch_objection),
}


def pages_of(*beginnings: str) -> list[str]:
    """The names of PAGES that begin so, in order."""
    return [name for name in PAGES if name.startswith(beginnings)]


FRAMES = {
    "county": ("县级", "泗阳县委组织部", "周敏", "组织科", ("工作台", "分档竞赛", "村级申报", "规则")),
    "township": ("镇级", "临河镇党委", "赵海燕", "组织委员", ("工作台", "申报核实", "竞赛结果")),
    "branch": ("支部", "裴圩镇 周岗村党支部", "葛明", "书记", ("工作台", "村级申报", "竞赛结果")),
}


def make_preview() -> Flask:
    """The application that renders PAGES at /page/<name> under the real security headers."""
    app = Flask("shared.kit", root_path=str(ROOT / "shared/kit"))
    app.config.update(SECRET_KEY="preview", WTF_CSRF_CHECK_DEFAULT=False)
    rooms = sorted(str(path) for path in (ROOT / "services").glob("*/*/templates"))
    app.jinja_loader = ChoiceLoader([FileSystemLoader([str(ROOT / "shared/kit/templates"), *rooms])])
    CSRFProtect(app)
    wire_languages(app)
    app.extensions["babel"].locale_selector = _by_browser
    app.extensions["sanji.clock"] = lambda: datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    app.jinja_env.filters["moment_words"] = moment_words
    app.add_url_rule("/", "desk.page", lambda: redirect("/page/styleguide"))
    app.add_url_rule("/page/<name>", "page", _page)
    app.add_url_rule("/page/<name>/framed", "frame", _frame)
    app.add_url_rule("/why/<name>", "why", _why)
    app.add_url_rule("/autosave", "autosave", _autosave, methods=["POST"])
    app.add_url_rule("/language", "login.language", _language, methods=["POST"])
    app.add_url_rule("/login", "login.form", lambda: redirect("/page/login"))
    app.add_url_rule("/account", "account.page", lambda: redirect("/page/styleguide"))
    app.add_url_rule("/logout", "login.sign_out", lambda: redirect("/page/login"), methods=["POST"])
    app.after_request(_protect)
    return app


def _page(name: str) -> str:
    template, values = PAGES[name]
    tier = name.split("-")[0]
    title, unit, person, role, entries = FRAMES.get(tier, FRAMES["county"])
    nav = [
        {"label": label, "href": "#content", "active": n == 1, "count": 3 if n == 1 else None}
        for n, label in enumerate(entries)
    ]
    user = SimpleNamespace(name=person, unit=SimpleNamespace(name=unit), titles=(role,))
    signed = not name.startswith("login")
    return render_template(
        template,
        tier_title=title,
        in_english=in_english(),
        nav=nav if signed else [],
        user=user if signed else None,
        synthetic_note=True,
        complaint_url="#content",
        back_here=back_here,
        **values(),
    )


def _why(name: str) -> str:
    return render_template("county/_why.html", why=dict(samples_contest.trial()["why"], id=name))


def _autosave() -> str:
    typed = request.form.get("income_growth", "")
    wrong = "" if typed.replace(".", "").isdigit() else "收入增幅要填数字"
    return render_template(
        "branch/_saved.html",
        saved_at=datetime(2026, 11, 21, 8, 41, tzinfo=UTC),
        filled=10,
        total=12,
        checks={"income_growth": wrong},
    )


def _by_browser() -> str:
    """Here the browser's language counts, so that a test can ask for English without a click."""
    return session.get("language") or request.accept_languages.best_match(["zh", "en"]) or "zh_CN"


def _language() -> Response:
    session["language"] = request.form.get("language")
    return redirect(request.form["next"])


def _protect(response: Response) -> Response:
    if request.endpoint == "frame":
        return response
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    if "framed" in request.args:
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = policy
    return response


def _frame(name: str) -> str:
    """The page in a frame, which a script makes narrow and wide far quicker than a window (widths.py)."""
    return f'<!doctype html><title>{name}</title><iframe src="/page/{name}?framed"></iframe>'


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The preview's address while it is served from a thread."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, make_preview(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def shoot(folder: Path, names: list[str]) -> int:
    """Screenshots of `names` (all when empty) into `folder`; the number of faults printed."""
    folder.mkdir(parents=True, exist_ok=True)
    faults = 0
    with serving() as address, launched() as browser:
        for name in names or list(PAGES):
            for width in (390, 1366):
                page = browser.new_page(viewport={"width": width, "height": 900}, locale="zh-CN")
                said: list[str] = []
                page.on("console", lambda message, said=said: said.append(message.text))
                page.goto(f"{address}/page/{name}", wait_until="load")
                page.screenshot(path=folder / f"{name}-{width}.png")
                if width == 390:
                    # A tall window instead of a full-page picture: fixed bars stay where people see them.
                    page.set_viewport_size({"width": width, "height": 2600})
                    page.screenshot(path=folder / f"{name}-{width}-tall.png")
                    page.set_viewport_size({"width": width, "height": 900})
                for fault in [*said, *axe_findings(page), *sideways(page)]:
                    faults += 1
                    print(f"{name} {width}: {fault}")
                page.close()
    return faults


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        with serving(int(sys.argv[2])) as url:
            print(f"{url}/page/styleguide — also {', '.join(PAGES)}")
            threading.Event().wait()
    sys.exit(1 if shoot(Path(sys.argv[1]), sys.argv[2:]) else 0)
