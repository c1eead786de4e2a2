"""Whether somebody acted before is asked in one way: shared/kit/persons, never by account or name alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.laws.test_tree import ROOT, modules

ACTORS = {"actor", "user", "who", "me", "asker", "speaker"}
# What is compared there is somebody's own account, or the card, and no second person is asked.
OTHERWISE = {
    "shared/kit/persons.py",
    # Administrators' own accounts and their requests.
    "services/county/accounts/actions.py",
    "services/county/accounts/routes.py",
    # The same form sent twice.
    "services/township/verification/bulk.py",
    # Whether a member of that name is who acts: a teller, a subject, what may be about oneself.
    "services/branch/ballots/boxes.py",
    "services/branch/roster/counting.py",
    "services/branch/roster/asks.py",
    "shared/outcomes/barring.py",
}


def of_the_asker(node: ast.expr) -> bool:
    """`actor.account_id`, `me().name`, `self.who.account_id`."""
    if not isinstance(node, ast.Attribute) or node.attr not in ("account_id", "name"):
        return False
    whose = node.value.func if isinstance(node.value, ast.Call) else node.value
    name = whose.id if isinstance(whose, ast.Name) else whose.attr if isinstance(whose, ast.Attribute) else ""
    return name in ACTORS


def of_accounts(node: ast.expr) -> bool:
    """`Account.id`, `Post.account_id`: a row of accounts is looked up, not who did something."""
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in ("Account", "Post")


def operands(node: ast.Compare) -> Iterator[ast.expr]:
    for one in (node.left, *node.comparators):
        yield from one.elts if isinstance(one, ast.Tuple | ast.List | ast.Set) else (one,)


def compared_alone(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(of_the_asker(one) for one in operands(node))
        and not any(of_accounts(one) for one in operands(node))
    ]


def test_the_law_sees_what_it_forbids(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "a = row.by_id == actor.account_id\nb = me().account_id in (c, d)\ne = row.by == actor.name\n"
    )
    assert compared_alone(wrong) == [1, 2, 3]


def test_a_second_person_is_told_by_card_and_name_and_never_by_the_account_alone() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if str(path.relative_to(ROOT)) not in OTHERWISE and (lines := compared_alone(path))
    }
    assert found == {}, "use same_person or done_by of shared/kit/persons"
