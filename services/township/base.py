"""Declarative base of the township tier's own tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.kit.db import NAMING, TYPES


class TownshipBase(DeclarativeBase):
    """Tables only this tier has; shared ones stand on shared.kit.db.Base."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = TYPES
