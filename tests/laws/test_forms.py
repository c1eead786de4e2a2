"""Laws over every form: free text is read by the one field type that knows what the database keeps."""

from importlib import import_module
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from shared.kit.fields import Text

SERVICES = Path(__file__).parents[2] / "services"
MODULES = sorted(
    ".".join(path.relative_to(SERVICES.parent).with_suffix("").parts) for path in SERVICES.rglob("schemas.py")
)


@pytest.mark.parametrize("module", MODULES)
def test_every_free_text_refuses_what_the_database_cannot_keep(module: str) -> None:
    forms = [one for one in vars(import_module(module)).values() if isinstance(one, type)]
    texts = [
        (form.__name__, name)
        for form in forms
        if issubclass(form, Schema)
        for name, declared in form._declared_fields.items()
        for field in [declared.inner if isinstance(declared, fields.List) else declared]
        if isinstance(field, fields.String) and not isinstance(field, Text | fields.UUID)
    ]
    assert texts == []
