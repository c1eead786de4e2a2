"""All the text of an answer, whatever its form: headers, pages, cells, pages of a PDF, files of a zip."""

import io
import re
import zipfile
from urllib.parse import unquote

import pypdfium2
from werkzeug.test import TestResponse

_TAGS = re.compile(r"<[^>]*>")


def text_of(answer: TestResponse) -> str:
    """What the answer says, headers and all."""
    headers = "\n".join(f"{name}: {unquote(value)}" for name, value in answer.headers)
    return f"{headers}\n{_body(answer.get_data(), answer.mimetype)}"


def _body(data: bytes, name: str) -> str:
    if data[:4] == b"PK\x03\x04":
        return _zip(data)
    if data[:5] == b"%PDF-":
        return _pdf(data)
    return data.decode("utf-8", "replace")


def _zip(data: bytes) -> str:
    """A zip, or a workbook: its parts as they are, and its cells without the marks between letters."""
    said = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        said.append(archive.comment.decode("utf-8", "replace"))
        for entry in archive.infolist():
            inner = _body(archive.read(entry), entry.filename)
            said += [entry.filename, entry.comment.decode("utf-8", "replace"), inner]
            if entry.filename.endswith(".xml"):
                said.append(_TAGS.sub("", inner))
    return "\n".join(said)


def _pdf(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        said = [str(document.get_metadata_dict())]
        for page in document:
            words = page.get_textpage()
            said.append(words.get_text_bounded())
            words.close()
            page.close()
    finally:
        document.close()
    return "\n".join(said)
