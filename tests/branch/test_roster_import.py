"""A roster out of Excel: template, preview, mistakes in the person's own file, one transaction, no bombs."""

import re
import tracemalloc
import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from deploy.demo.tiers import within
from services.branch.roster.models import Member, RosterUpload
from shared.kit.excel_in import Unreadable, judge
from tests.branch.points_hands import VILLAGE, at, open_the_year

TITLES = [
    "编号",
    "姓名",
    "状态",
    "领域",
    "职务",
    "领导干部",
    "在职人员",
    "后备干部",
    "免除硬性要求",
    "流动党员",
    "入党日期",
    "到本支部日期",
]
GOOD = [
    "0001",
    "李合成",
    "正式党员",
    "农村",
    "会计",
    "否",
    "是",
    "否",
    "否",
    "否",
    "1985-07-01",
    "1990-03-01",
]


@pytest.fixture(scope="module")
def secretary(county):
    open_the_year(county)
    county.now = at(3, 12)
    return county.client("branch", VILLAGE)


def text(answer):
    return answer.get_data(as_text=True)


def file_of(*rows, titles=TITLES):
    book = Workbook()
    sheet = book.active
    sheet.append(titles)
    for row in rows:
        sheet.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def row(**values):
    made = list(GOOD)
    for title, value in values.items():
        made[TITLES.index(title)] = value
    return made


def send(secretary, body, name="我的名册.xlsx"):
    head = f'--bound\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return secretary.post(
        "/roster/excel",
        data=head.encode() + body + b"\r\n--bound--\r\n",
        content_type="multipart/form-data; boundary=bound",
    )


def confirm(secretary, address):
    digest = re.search(r'name="digest" value="(\w{64})"', text(secretary.get(address)))[1]
    return secretary.post(f"{address}/confirm", data={"digest": digest})


def tallies(page):
    return list(map(int, re.findall(r"<strong>(\d+)<small>行", page)))


def many(county):
    with within(county.tiers.branch) as session:
        return session.scalar(select(func.count()).select_from(Member))


MISTAKES = [
    ("编号", None, "编号不能空着"),
    ("编号", 1, "数字格式"),
    ("编号", 321323198507010012, "数字格式"),
    ("编号", 12.5, "数字格式"),
    ("编号", datetime(2026, 1, 1), "数字格式"),
    ("编号", True, "数字格式"),
    ("编号", "甲001", "编号只用数字、字母和短横线"),
    ("编号", "00 01", "编号只用数字、字母和短横线"),
    ("编号", "0" * 21, "最多 20 位"),
    ("编号", "#REF!", "编号只用数字、字母和短横线"),
    ("姓名", None, "姓名不能空着"),
    ("姓名", "   ", "姓名不能空着"),
    ("姓名", 123, "姓名要写文字"),
    ("姓名", "李" * 65, "姓名最多 64 个字"),
    ("姓名", "李\n合成", "看不见的字符"),
    ("姓名", "#N/A", "公式错误"),
    ("姓名", "李合成2", "不能有数字和符号"),
    ("姓名", "@李合成", "不能有数字和符号"),
    ("状态", None, "状态不能空着"),
    ("状态", "党员", "状态要从下拉里选：正式党员、预备党员"),
    ("状态", 1, "状态要从下拉里选"),
    ("领域", None, "领域不能空着"),
    ("领域", "农业", "领域要从下拉里选：农村、社区"),
    ("领域", "rural", "领域要从下拉里选"),
    ("职务", "长" * 61, "职务最多 60 个字"),
    ("职务", 3, "职务要写文字"),
    ("职务", "#VALUE!", "公式错误"),
    ("领导干部", "√", "领导干部只能填“是”或“否”"),
    ("在职人员", 1, "在职人员只能填“是”或“否”"),
    ("后备干部", "yes", "后备干部只能填“是”或“否”"),
    ("免除硬性要求", "因病", "免除硬性要求只能填“是”或“否”"),
    ("流动党员", "在外打工", "流动党员只能填“是”或“否”"),
    ("入党日期", "85年7月", "K列：入党日期要写成 1985-07-01 这样"),
    ("入党日期", 31229, "入党日期要写成 1985-07-01 这样"),
    ("入党日期", "19850701", "入党日期要写成 1985-07-01 这样"),
    ("入党日期", "1985-02-30", "入党日期没有这一天"),
    ("入党日期", "1911-10-10", "不能早于 1921-07-01"),
    ("入党日期", "2027-01-01", "也不能晚于今天"),
    ("入党日期", "1995-01-01", "不能早于入党日期"),
    ("到本支部日期", None, "到本支部日期不能空着"),
    ("到本支部日期", "去年", "L列：到本支部日期要写成 1985-07-01 这样"),
    ("到本支部日期", "2026-13-01", "到本支部日期没有这一天"),
    ("到本支部日期", "2027-01-01", "也不能晚于今天"),
]


@pytest.mark.parametrize(("title", "value", "words"), MISTAKES)
def test_every_mistake_is_named_by_its_column_and_the_file_comes_back_red(
    county, secretary, title, value, words
):
    before = many(county)
    answer = send(secretary, file_of(row(**{title: value}), row(编号="0002")))
    assert answer.status_code == 303
    page = text(secretary.get(answer.location))
    assert words in page
    assert tallies(page) == [1, 1, 0, 0], "the good row is not to blame"
    assert "确认导入" not in page
    digest = "0" * 64
    assert secretary.post(f"{answer.location}/confirm", data={"digest": digest}).status_code == 409
    assert many(county) == before
    marked = load_workbook(BytesIO(secretary.get(f"{answer.location}/marked").data)).active
    assert marked.cell(1, 13).value == "错误说明"
    assert words in marked.cell(2, 13).value
    assert marked.cell(3, 13).value is None
    assert marked.cell(2, TITLES.index(title) + 1).fill.fgColor.rgb == "00FFC7CE" or "早于入党" in words


def test_the_template_is_text_with_dropdowns_and_its_example_is_skipped(county, secretary):
    body = secretary.get("/roster/excel/template").data
    book = load_workbook(BytesIO(body))
    sheet = book.worksheets[0]
    assert [cell.value.rstrip("*") for cell in sheet[1]] == [*TITLES, "党小组"]
    assert book["字典"].sheet_state == "hidden"
    ranges = {str(one.sqref).split(":")[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert ranges["D2"].startswith("字典!")
    assert sheet.column_dimensions["A"].width
    assert sheet["A2"].number_format == "@"
    assert "示例" in sheet["A2"].value
    empty = send(secretary, body)
    assert empty.status_code == 422
    assert "示例行不算" in text(empty)
    for place, value in enumerate(GOOD, start=1):
        sheet.cell(3, place).value = value
    buffer = BytesIO()
    book.save(buffer)
    assert tallies(text(secretary.get(send(secretary, buffer.getvalue()).location))) == [0, 1, 0, 0]


def test_a_preview_counts_and_one_transaction_does_it(county, secretary):
    first = send(secretary, file_of(row(), row(编号="0002", 姓名="王合成"), row(编号="0003", 姓名="吴合成")))
    assert tallies(text(secretary.get(first.location))) == [0, 3, 0, 0]
    assert many(county) == 0, "a preview changes nothing"
    assert confirm(secretary, first.location).status_code == 303
    assert many(county) == 3
    second = send(
        secretary,
        file_of(
            row(),
            row(编号="0002", 姓名="王合成", 职务="村医", 入党日期=date(1985, 7, 1)),
            row(编号="0004", 入党日期="1985年7月1日", 到本支部日期="1990/3/1"),
            [None] * 12,
        ),
    )
    page = text(secretary.get(second.location))
    assert tallies(page) == [0, 1, 1, 1]
    assert "改：职务" in page
    assert confirm(secretary, second.location).status_code == 303
    assert confirm_again(secretary, second.location) == 404, "a file is taken over once"
    with within(county.tiers.branch) as session:
        found = session.scalars(select(Member).order_by(Member.number)).all()
        assert [(one.number, one.post, one.version) for one in found] == [
            ("0001", "会计", 1),
            ("0002", "村医", 2),
            ("0003", "会计", 1),
            ("0004", "会计", 1),
        ]
        assert session.scalars(select(RosterUpload)).all() == []
    county.settle()


def confirm_again(secretary, address):
    return secretary.post(f"{address}/confirm", data={"digest": "0" * 64}).status_code


def test_what_changed_after_the_preview_is_not_overwritten(county, secretary):
    answer = send(secretary, file_of(row(职务="支委")))
    digest = re.search(r'name="digest" value="(\w{64})"', text(secretary.get(answer.location)))[1]
    with within(county.tiers.branch) as session:
        one = session.scalars(select(Member).where(Member.number == "0001")).one()
        one.post, one.version = "村医", one.version + 1
    refused = secretary.post(f"{answer.location}/confirm", data={"digest": digest})
    assert refused.status_code == 409
    assert "预览之后名册有变动" in text(refused)


def test_twice_the_same_number_and_a_leavers_number_are_mistakes(county, secretary):
    with within(county.tiers.branch) as session:
        one = session.scalars(select(Member).where(Member.number == "0003")).one()
        one.until, one.left_why = date(2026, 3, 1), "died"
    answer = send(secretary, file_of(row(编号="0009"), row(编号="0009"), row(编号="0003")))
    page = text(secretary.get(answer.location))
    assert tallies(page) == [3, 0, 0, 0]
    assert "出现了不止一次" in page
    assert "已经离开的党员" in page


def test_columns_may_stand_in_any_order_and_below_a_title(county, secretary):
    titles = list(reversed(TITLES))
    body = file_of(list(reversed(row(编号="0007"))), titles=titles)
    assert tallies(text(secretary.get(send(secretary, body).location))) == [0, 1, 0, 0]
    lacking = send(secretary, file_of(GOOD[:-1], titles=TITLES[:-1]))
    assert lacking.status_code == 422
    assert "没有找到标题行" in text(lacking)


def test_what_is_exported_can_be_imported_and_changes_nothing(county, secretary):
    body = secretary.get("/roster/excel/export").data
    sheet = load_workbook(BytesIO(body)).worksheets[0]
    assert "筛选：在册" in [sheet.cell(number, 1).value for number in range(1, 4)]
    page = text(secretary.get(send(secretary, body).location))
    assert tallies(page) == [0, 0, 0, 3]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "请先选一个文件"),
        (b"not a workbook", "这不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 2000, "这不是 Excel 工作簿"),
        (b"x" * (5 * 2**20 + 1), "超过 5 MB"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(secretary, body, words):
    answer = send(secretary, body)
    assert answer.status_code == 422
    assert words in text(answer)


def bomb(size):
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(file_of(GOOD))) as whole, zipfile.ZipFile(buffer, "w", 8) as archive:
        for name in whole.namelist():
            if name == "xl/worksheets/sheet1.xml":
                with archive.open(name, "w") as part:
                    for _ in range(size // 2**20):
                        part.write(b" " * 2**20)
            else:
                archive.writestr(name, whole.read(name))
    return buffer.getvalue()


def test_half_a_megabyte_that_would_be_half_a_gigabyte_is_refused_in_bounded_memory(secretary):
    body = bomb(512 * 2**20)
    assert len(body) < 600_000
    tracemalloc.start()
    with pytest.raises(Unreadable, match="bomb"):
        judge(body)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * 2**20
    answer = send(secretary, body)
    assert answer.status_code == 422
    assert "展开后太大" in text(answer)


def test_a_directory_that_lies_about_sizes_gains_nothing(secretary):
    body = bytearray(bomb(64 * 2**20))
    place = body.rindex(b"PK\x01\x02", 0, body.rindex(b"xl/worksheets/sheet1.xml"))
    body[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    assert send(secretary, bytes(body)).status_code == 422


@pytest.mark.parametrize("entity", ['<!DOCTYPE a [<!ENTITY b "c">]>', "\0"])
def test_entities_and_other_encodings_are_not_let_in(secretary, entity):
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(file_of(GOOD))) as whole, zipfile.ZipFile(buffer, "w", 8) as archive:
        for name in whole.namelist():
            extra = entity.encode() if name == "xl/workbook.xml" else b""
            archive.writestr(name, extra + whole.read(name))
    assert send(secretary, buffer.getvalue()).status_code == 422


def test_more_rows_than_one_import_takes_are_refused_wherever_they_stand(secretary):
    book = Workbook()
    sheet = book.active
    sheet.append(TITLES)
    sheet.append(GOOD)
    for place, value in enumerate(row(编号="0099"), start=1):
        sheet.cell(6000, place).value = value
    buffer = BytesIO()
    book.save(buffer)
    answer = send(secretary, buffer.getvalue())
    assert answer.status_code == 422
    assert "5000 行" in text(answer)


def test_who_may_only_look_cannot_import(county):
    assert county.app("branch").test_client().get("/roster/excel").status_code == 302
