"""`sanji fonts`: with which faces notices are printed, and what the house's own ones lack."""

from __future__ import annotations

from pathlib import Path

import click

NOWHERE = 1
"""Exit code where some character can be printed by no font."""
SHOWN = 20
USES = {"body": "text (仿宋)", "head": "headings (黑体)", "title": "red head and title (小标宋)"}


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Folder of fonts instead of SANJI_FONTS.")
@click.option(
    "--check", "text", default="", help="Characters to look for, names say; default: all of GB 2312."
)
def fonts(folder: Path | None, text: str) -> None:
    """Say for each part of a notice which font prints it, what that one lacks, and what prints it instead.

    Exit code 1: a character that no font has; 2: no such folder, or a file that is no font.
    """
    from shared.kit.settings import SettingsError, fonts_folder
    from shared.notices.fonts import font_report, house_fonts

    try:
        chosen = folder or fonts_folder()
        report = font_report(house_fonts(chosen), text or gb2312())
    except (SettingsError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    where = f"in {chosen}" if chosen else "(SANJI_FONTS is not set)"
    for one in report:
        if one.own is None:
            click.echo(f"{USES[one.use]}: no font of the house {where}; {one.shipped} prints")
        elif one.lacking:
            lacks = f"lacks {len(one.lacking)}: {_some(one.lacking)}; {one.shipped} prints those"
            click.echo(f"{USES[one.use]}: {one.own.name}; {lacks}")
        else:
            click.echo(f"{USES[one.use]}: {one.own.name}, whole")
        if one.nowhere:
            click.echo(f"{USES[one.use]}: printed by none: {_some(one.nowhere)}")
    if any(one.nowhere for one in report):
        raise click.exceptions.Exit(NOWHERE)


def _some(characters: tuple[str, ...]) -> str:
    return "".join(characters[:SHOWN]) + ("…" if len(characters) > SHOWN else "")


def gb2312() -> str:
    """Its 6,763 characters of both levels."""
    rows, cells = range(0xB0, 0xF8), range(0xA1, 0xFF)
    return "".join(bytes((row, cell)).decode("gb2312", "ignore") for row in rows for cell in cells)
