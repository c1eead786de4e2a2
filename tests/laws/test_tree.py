"""Laws over the whole tree of files."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def modules() -> list[Path]:
    return [
        path
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] in ("shared", "services", "deploy")
    ]


def test_every_package_folder_but_services_has_its_init() -> None:
    folders = {path.parent for path in modules() + tracked("tests/**/*.py")} - {ROOT / "services"}
    missing = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()]
    missing = [name for name in missing if name not in (".", "deploy/env")]
    assert missing == []
    assert not (ROOT / "services" / "__init__.py").exists()


def test_no_module_is_over_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if "migrations/versions" not in str(path) and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)(_|$)")
    assert [path.name for path in modules() if vague.search(path.stem)] == []


def test_rules_read_no_clock_and_touch_nothing_outside() -> None:
    allowed_builtins = {"open", "input", "print", "exec", "eval", "__import__"}
    for path in (ROOT / "shared" / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in allowed_builtins, f"{path.name} calls {node.func.id}"


def test_no_score_is_ever_a_float() -> None:
    for path in (ROOT / "shared" / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path.name
            made = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
            assert not made, path.name


def test_no_statement_is_built_from_text_outside_the_kit() -> None:
    """Statements are parametrised: f-strings into SQL only where the kit writes its own grants."""
    offenders = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        if path.relative_to(ROOT).as_posix() not in ("shared/kit/db.py",)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "text"
        and node.args
        and not all(map(_is_constant, ast.walk(node.args[0])))
    ]
    assert offenders == []


def _is_constant(node: ast.AST) -> bool:
    """A literal, or a module's own constant put into one."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").isupper()
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.FormattedValue | ast.expr_context)


def test_nothing_names_a_registry_host_or_a_machine_path() -> None:
    forbidden = re.compile(
        r"registry\.npm" + r"js|files\.python" + r"hosted|pypi\.or" + r"g|/wor" + r"k/|\.libr" + r"ary/"
    )
    texts = [
        path
        for path in tracked("*")
        if path.suffix in (".py", ".md", ".lock", ".json", ".sh", ".toml", ".yaml")
    ]
    assert [str(path) for path in texts if forbidden.search(path.read_text(errors="replace"))] == []


def test_templates_hold_no_inline_style_or_script() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=", re.IGNORECASE)
    assert [str(path) for path in tracked("*.html") if inline.search(path.read_text())] == []
