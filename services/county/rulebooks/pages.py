"""A rulebook in words: how each indicator scores, what bars a tier, what each tier proposes."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext

from services.county.rulebooks.dry_run import DryRun, Shift
from shared.kit.i18n import in_english, named
from shared.rules.contest import hundredths_text
from shared.rules.rulebook_values import Indicator, Linear, Rulebook, Steps, Tier, Veto


def rulebook_view(rulebook: Rulebook) -> dict[str, Any]:
    """What county/rulebook.html is given beside the rulebook itself."""
    return {
        "categories": [
            {
                "name": named(category),
                "weight": sum(rulebook.indicators[place].weight for place in places),
                "indicators": [_indicator(rulebook.indicators[place]) for place in places],
            }
            for category in rulebook.categories
            for places in [rulebook.category_positions[category.code]]
        ],
        "vetoes": [_veto(rulebook, one) for one in rulebook.vetoes],
        "tiers": [_tier(tier) for tier in rulebook.tiers],
        "facts": _facts(rulebook),
    }


def plain(number: Decimal) -> str:
    """A decimal without an exponent or empty decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _indicator(one: Indicator) -> dict[str, Any]:
    return {
        "name": named(one),
        "unit": unit_of(one),
        "weight": one.weight,
        "scoring": scoring(one),
        "range": _range(one),
        "source": one.source,
        "evidence": one.evidence,
    }


def unit_of(one: Indicator) -> str:
    """The unit in the reader's language."""
    return one.unit_en if in_english() and one.unit_en else one.unit


def scoring(one: Indicator) -> str:
    """How a value becomes points, in one sentence."""
    rule = one.scoring
    if isinstance(rule, Linear):
        return gettext(
            "%(zero)s 得 0 分，%(full)s 得满分，中间按比例", zero=plain(rule.zero), full=plain(rule.full)
        )
    if isinstance(rule, Steps):
        return gettext("；").join(
            gettext("到 %(at)s 得 %(points)s 分", at=plain(step.at), points=hundredths_text(step.points))
            for step in rule.steps
        )
    return gettext(
        "是得 %(yes)s 分，否得 %(no)s 分", yes=hundredths_text(rule.yes), no=hundredths_text(rule.no)
    )


def _range(one: Indicator) -> str:
    low = plain(one.low) if one.low is not None else "…"
    high = plain(one.high) if one.high is not None else "…"
    return f"{low} – {high}" if (one.low, one.high) != (None, None) else ""


def _veto(rulebook: Rulebook, veto: Veto) -> dict[str, str]:
    return {
        "name": named(veto),
        "when": _when(rulebook, veto),
        "best": gettext("最高只能列%(tier)s", tier=named(rulebook.tier(veto.best_tier))),
    }


def _when(rulebook: Rulebook, veto: Veto) -> str:
    if veto.event:
        return gettext("由乡镇按事实记入")
    name = named(rulebook.by_code[veto.indicator])
    if veto.below is not None:
        return gettext("%(name)s低于 %(limit)s", name=name, limit=plain(veto.below))
    assert veto.above is not None
    return gettext("%(name)s高于 %(limit)s", name=name, limit=plain(veto.above))


def _tier(tier: Tier) -> dict[str, Any]:
    chinese, english = tier.proposals, tier.proposals_en
    names = ("pay", "appointment", "honours")
    return {
        "number": tier.number,
        "name": named(tier),
        "share": plain(tier.share),
        "floor": tier.floor,
        **{
            name: (getattr(english, name) if in_english() else "") or getattr(chinese, name) for name in names
        },
    }


def _facts(rulebook: Rulebook) -> list[tuple[str, str]]:
    pools = gettext("全县一组") if rulebook.grouping == "county" else gettext("村和社区分组")
    seats = (
        gettext("余数相等时归较高的档")
        if rulebook.equal_remainders == "better_tier"
        else gettext("余数相等时归较低的档")
    )
    missing = gettext("不参加排名") if rulebook.missing_return == "excluded" else gettext("按 0 分参加排名")
    return [
        (gettext("来源"), rulebook.source),
        (gettext("可靠程度"), certainty(rulebook.certainty)),
        (gettext("分组"), pools),
        (gettext("名额"), seats),
        (gettext("同分时依次比"), gettext("、").join(item.name for item in rulebook.ties)),
        (gettext("没有申报"), missing),
        (gettext("公示"), gettext("%(days)s 个工作日", days=rulebook.publicity_days)),
    ]


def certainty(word: str) -> str:
    """How sure a rulebook's source is, in words; a word of the county's own stays as it is."""
    known = {
        "ours": gettext("本平台拟定"),
        "official": gettext("正式文件"),
        "secondary": gettext("转引"),
        "inferred": gettext("推断"),
    }
    return known.get(word, word)


def dry_run_view(made: DryRun) -> dict[str, Any]:
    """What county/dry_run.html is given: counts per tier on both sides, villages whose tier would change."""
    before, after = made.counts(False), made.counts(True)
    own, other = made.own.tiers, made.other.tiers
    most = max(len(own), len(other))
    return {
        "counts": [
            {
                "name": named((other if number <= len(other) else own)[number - 1]),
                "number": number,
                "before": before[number],
                "after": after[number],
            }
            for number in range(1, most + 1)
        ]
        + [{"name": gettext("不参评"), "number": 0, "before": before[None], "after": after[None]}],
        "moved": [_shift(made, one) for one in made.shifts if one.moved],
        "total": len(made.shifts),
        "same_rules": made.own.hash == made.other.hash,
    }


def _shift(made: DryRun, one: Shift) -> dict[str, Any]:
    return {
        "name": one.after.village_name,
        "township": one.township,
        "scores": (one.before.score, one.after.score),
        "ranks": (one.before.rank, one.after.rank),
        "tiers": (_named(made.own, one.before.tier), _named(made.other, one.after.tier)),
        "reason": one.after.reason,
    }


def _named(rulebook: Rulebook, number: int | None) -> dict[str, Any] | None:
    return {"number": number, "name": named(rulebook.tier(number))} if number else None
