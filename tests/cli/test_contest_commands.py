"""`sanji contest`: grading and templates people script against, and every bad input by name."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.contest_commands import contest
from shared.rulebooks import contest_default
from shared.rules.contest import Entry, grade
from shared.rules.rulebook import parse_rulebook

RULEBOOK = parse_rulebook(contest_default())
CODES = [item.code for item in RULEBOOK.indicators]
GOOD = ["50", "20", "40", "90", "90", "4", "95", "90", "95", "80", "30", "20"]
HEADER = ["village_code", "village_name", "group", *CODES]
TREE = Path(__file__).parents[2] / "deploy" / "data" / "siyang_321323.csv"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(contest, [str(one) for one in arguments])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.json"
    path.write_bytes(run("rulebook", "default").stdout_bytes)
    return path


def make_rows(count: int) -> list[list[str]]:
    """So many villages, the first the best."""
    return [
        [f"{321323001000 + n}", f"第{n}村", "321323", f"{70 - n * 0.5:.1f}", *GOOD[1:]]
        for n in range(1, count + 1)
    ]


def write(path: Path, rows: list[list[str]], header: list[str] = HEADER, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def read(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def graded(tmp_path: Path, rules: Path, table: Path) -> tuple[Result, list[dict[str, str]]]:
    out = tmp_path / "out.csv"
    result = run("grade", table, "--rulebook", rules, "--out", out)
    assert result.exit_code == 0, result.stderr
    return result, read(out)


def refused(tmp_path: Path, rules: Path, table: Path) -> str:
    """Exit 2, something on stderr, nothing written and nothing left behind."""
    before = set(tmp_path.iterdir())
    result = run("grade", table, "--rulebook", rules, "--out", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert set(tmp_path.iterdir()) == before
    return result.stderr


def test_grading_adds_four_columns_and_keeps_the_rest(tmp_path: Path, rules: Path) -> None:
    result, rows = graded(tmp_path, rules, write(tmp_path / "in.csv", make_rows(20)))
    assert list(rows[0]) == [*HEADER, "score", "rank", "tier", "reason"]
    assert [row["tier"] for row in rows] == ["1"] * 2 + ["2"] * 9 + ["3"] * 7 + ["4"] * 2
    assert rows[0]["rank"] == "1"
    assert rows[0]["score"].count(".") == 1
    assert len(rows[0]["score"].split(".")[1]) == 2
    assert "列一档" in rows[0]["reason"]
    assert "graded 20 villages in 1 groups" in result.stderr


def test_the_command_and_the_rules_give_the_same_grading(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(30)
    for n, row in enumerate(rows):
        row[2] = "甲乙"[n // 7 % 2]  # groups that do not stand together
    _, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows))
    entries = [Entry(row[0], row[1], row[2], dict(zip(CODES, row[3:], strict=True))) for row in rows]
    expected = {one.village_code: one for one in grade(RULEBOOK, entries, what_if=True).villages}
    assert [row["village_code"] for row in out] == [row[0] for row in rows]
    for row in out:
        one = expected[row["village_code"]]
        assert (row["rank"], row["tier"], row["reason"]) == (str(one.rank), str(one.tier), one.reason)


def test_the_real_county_gets_its_seats_from_the_template_on(tmp_path: Path, rules: Path) -> None:
    table = tmp_path / "in.csv"
    made = run("template", "--rulebook", rules, "--villages", TREE, "--out", table)
    assert made.exit_code == 0
    rows = read(table)
    assert (len(rows), list(rows[0])) == (243, HEADER)
    assert {row["group"] for row in rows} == {"321323"}
    _, out = graded(tmp_path, rules, table)
    assert [sum(row["tier"] == tier for row in out) for tier in "1234"] == [24, 110, 85, 24]
    assert "试算时按村居代码先后" in out[0]["reason"]


def test_a_template_groups_as_the_rulebook_says(tmp_path: Path, rules: Path) -> None:
    document = contest_default() | {"grouping": "kind"}
    rules.write_text(json.dumps(document), encoding="utf-8")
    made = run("template", "--rulebook", rules, "--villages", TREE, "--vetoes", "--excel", "--out", "-")
    rows = list(csv.DictReader(made.stdout.removeprefix("\ufeff").splitlines()))
    assert made.stdout.startswith("\ufeff")
    assert {row["group"] for row in rows} == {"321323村", "321323社区"}
    assert "vetoes" in rows[0]


def test_a_template_without_villages_is_its_header(tmp_path: Path, rules: Path) -> None:
    assert run("template", "--rulebook", rules, "--out", tmp_path / "in.csv").exit_code == 0
    assert (tmp_path / "in.csv").read_text() == ",".join(HEADER) + "\n"
    assert "no village" in refused(tmp_path, rules, tmp_path / "in.csv")


def test_columns_may_bear_the_chinese_names(tmp_path: Path, rules: Path) -> None:
    header = ["village_code", "village_name", "group", *(item.name for item in RULEBOOK.indicators)]
    header[3] = RULEBOOK.indicators[0].column
    _, rows = graded(tmp_path, rules, write(tmp_path / "in.csv", make_rows(3), header))
    assert list(rows[0])[:15] == header


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_come_as_spreadsheets_save_them(tmp_path: Path, rules: Path, encoding: str) -> None:
    _, rows = graded(tmp_path, rules, write(tmp_path / "in.csv", make_rows(3), encoding=encoding))
    assert rows[0]["village_name"] == "第1村"


def test_unknown_columns_are_named_and_carried_along(tmp_path: Path, rules: Path) -> None:
    rows = [[*row, "备注，一"] for row in make_rows(2)]
    result, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows, [*HEADER, "memo"]))
    assert "ignored: memo" in result.stderr
    assert out[0]["memo"] == "备注，一"


def test_an_earlier_result_is_graded_anew(tmp_path: Path, rules: Path) -> None:
    _, first = graded(tmp_path, rules, write(tmp_path / "in.csv", make_rows(5)))
    (tmp_path / "out.csv").rename(tmp_path / "again.csv")
    _, second = graded(tmp_path, rules, tmp_path / "again.csv")
    assert second == first


def test_a_blank_row_of_indicators_is_a_missing_return(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(3)
    rows[1][3:] = [""] * 12
    _, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert (out[1]["score"], out[1]["rank"]) == ("0.00", "3")
    assert out[1]["reason"].startswith("未交申报表")
    rules.write_text(json.dumps(contest_default() | {"missing_return": "excluded"}), encoding="utf-8")
    _, out = graded(tmp_path, rules, tmp_path / "in.csv")
    assert (out[1]["score"], out[1]["rank"], out[1]["tier"]) == ("", "", "")


def test_recorded_events_bar_a_tier(tmp_path: Path, rules: Path) -> None:
    rows = [[*row, ""] for row in make_rows(10)]
    rows[0][-1] = "safety_accident"
    rows[1][-1] = "重大安全责任事故；"
    _, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows, [*HEADER, "vetoes"]))
    assert [row["tier"] for row in out[:3]] == ["4", "4", "1"]


def test_rows_keep_their_quotes_commas_and_leading_zeros(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(3)
    rows[0][1] = '东,"西"\n村'
    rows[1][0] = "001"
    _, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert out[0]["village_name"] == '东,"西"\n村'
    assert out[1]["village_code"] == "001"


def test_no_cell_of_the_result_starts_a_formula(tmp_path: Path, rules: Path) -> None:
    rows = [[*row, "-3"] for row in make_rows(5)]
    for row, start in zip(rows, "=+-@\t", strict=True):
        row[1] = f"{start}cmd|'/c calc'!A1"
    rows[0][2] = rows[1][2] = "=group"
    rows[0][-1] = "=1+1"
    _, out = graded(tmp_path, rules, write(tmp_path / "in.csv", rows, [*HEADER, "=memo"]))
    cells = [cell for row in out for cell in [*row, *row.values()]]
    assert [cell for cell in cells if cell[:1] in "=+@\t" and cell] == []
    assert {cell for cell in cells if cell.startswith("-")} == {"-3"}  # a plain number is harmless


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("collective_income", "12a", "not a number"),
        ("collective_income", "1,200", "without commas"),
        ("households_helped", "3.5", "whole number"),
        ("medical_insurance", "101", "from 0 to 100"),
        ("medical_insurance", "", "is empty"),
        ("branch_stars", "五", "not a number"),
        ("village_code", "", "is empty"),
        ("village_code", "3.21323E+11", "set the column to text"),
        ("village_code", '="321323001003"', "letters and digits"),
        ("village_code", "321323001001", "is also in row 2"),
        ("village_name", " ", "is empty"),
        ("group", "", "is empty"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(
    tmp_path: Path, rules: Path, column: str, cell: str, words: str
) -> None:
    rows = make_rows(5)
    rows[2][HEADER.index(column)] = cell
    said = refused(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert "in.csv: row 4, column " + column in said
    assert words in said


def test_an_unknown_event_is_a_bad_cell(tmp_path: Path, rules: Path) -> None:
    rows = [[*row, ""] for row in make_rows(3)]
    rows[1][-1] = "safety_accident;flood"
    said = refused(tmp_path, rules, write(tmp_path / "in.csv", rows, [*HEADER, "vetoes"]))
    assert "row 3, column vetoes: the rulebook knows no event 'flood'" in said


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(4)
    rows[0][1] = "一\n二"  # one row, two lines
    rows.insert(1, [""] * 15)
    rows[4][4] = "x"
    assert "row 6, column income_growth" in refused(tmp_path, rules, write(tmp_path / "in.csv", rows))


def test_the_heading_the_person_sees_is_the_one_named(tmp_path: Path, rules: Path) -> None:
    header = [*HEADER[:3], "集体经营性收入", *HEADER[4:]]
    rows = make_rows(1)
    rows[0][3] = "x"
    said = refused(tmp_path, rules, write(tmp_path / "in.csv", rows, header))
    assert "column 集体经营性收入 (collective_income)" in said


def test_all_bad_cells_are_reported_up_to_twenty(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(30)
    for row in rows[:3]:
        row[3] = "x"
    said = refused(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert [f"row {n}, column" in said for n in (2, 3, 4, 5)] == [True, True, True, False]
    for row in rows:
        row[3] = "x"
    said = refused(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert said.count("column collective_income") == 20
    assert "stopped after 20" in said


def test_a_bad_cell_after_groups_already_ranked_leaves_no_out(tmp_path: Path, rules: Path) -> None:
    rows = make_rows(30)
    for n, row in enumerate(rows):
        row[2] = f"group{n // 10}"
    rows[29][3] = "x"
    (tmp_path / "out.csv").write_text("earlier")
    assert "row 31" in refused(tmp_path, rules, write(tmp_path / "in.csv", rows))
    assert (tmp_path / "out.csv").read_text() == "earlier"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xff\xfev\x00i\x00", "CSV UTF-8"),
        (b"village_code\n\xff\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"village_code,village_name\n1,2\n", "missing column(s): group, collective_income"),
        (b"village_code,village_code\n1,2\n", "given twice"),
        (
            ",".join(HEADER).encode() + b"\n1,2,3" + b",4" * 13 + b"\n",
            "row 2: has 16 cells",
        ),
        (",".join(HEADER).encode() + b'\n1,"2,3', "row 2: not readable as CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, rules: Path, content: bytes, words: str) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    assert words in refused(tmp_path, rules, tmp_path / "in.csv")


def test_a_column_given_by_code_and_by_name_is_refused(tmp_path: Path, rules: Path) -> None:
    table = write(tmp_path / "in.csv", [], [*HEADER, "集体经营性收入"])
    assert "collective_income is given twice" in refused(tmp_path, rules, table)


def test_files_that_are_not_there_or_cannot_be_written(tmp_path: Path, rules: Path) -> None:
    assert "cannot be read" in refused(tmp_path, rules, tmp_path / "none.csv")
    table = write(tmp_path / "in.csv", make_rows(2))
    for out in (tmp_path / "none" / "out.csv", tmp_path):
        result = run("grade", table, "--rulebook", rules, "--out", out)
        assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
    result = run("grade", table, "--rulebook", rules, "--out", table)
    assert (result.exit_code, "is the input itself" in result.stderr) == (2, True)
    assert len(read(table)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ('{"kind": 1, "kind": 2}', "'kind' is given twice"),
        ("[]", "must be an object"),
        ('{"kindd": 1}', "kindd: unknown field"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_rulebook_is_refused_with_its_path(tmp_path: Path, rules: Path, text: str, words: str) -> None:
    table = write(tmp_path / "in.csv", make_rows(2))
    rules.write_text(text, encoding="utf-8")
    assert words in refused(tmp_path, rules, table)


def test_proportions_that_do_not_sum_to_a_hundred_are_refused(tmp_path: Path, rules: Path) -> None:
    document = contest_default()
    document["tiers"][0]["share"] = "11"
    rules.write_text(json.dumps(document), encoding="utf-8")
    assert "tiers: shares must sum to 100, they sum to 101" in refused(
        tmp_path, rules, write(tmp_path / "in.csv", make_rows(2))
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("village_code\n1\n", "missing column(s): village_name"),
        ("village_code,village_name\n1,甲\n1,乙\n", "row 3, column village_code: '1' is given twice"),
        ("village_code,village_name\n1,\n", "row 2, column village_name"),
        ("", "the file is empty"),
    ],
)
def test_a_bad_tree_is_refused(tmp_path: Path, rules: Path, text: str, words: str) -> None:
    tree = tmp_path / "tree.csv"
    tree.write_text(text, encoding="utf-8")
    result = run("template", "--rulebook", rules, "--villages", tree, "--out", tmp_path / "in.csv")
    assert (result.exit_code, words in result.stderr) == (2, True)
    assert not (tmp_path / "in.csv").exists()
