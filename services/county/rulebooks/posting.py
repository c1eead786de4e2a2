"""A rulebook's text as a form posts it: a file where one was chosen, else what was pasted."""

from flask import request

from services.county.rulebooks.actions import BadRulebook

LARGEST = 512 * 1024


def posted_text() -> str:
    """The uploaded file's text where there is one, else what was pasted. Raises BadRulebook."""
    upload = request.files.get("file")
    data = upload.read(LARGEST + 1) if upload and upload.filename else None
    if data is None:
        return request.form.get("text", "")[:LARGEST]
    if len(data) > LARGEST:
        raise BadRulebook("1:1", "文件太大，规则文件不会超过 512 KB", "the file is larger than 512 KB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRulebook("1:1", "请把文件另存为 UTF-8 编码", "save the file as UTF-8") from error
