"""Synthetic figures of the demo, from a fixed seed: the same village always gets the same ones.

Nothing here describes a real village. The figures spread so that every tier has something to tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from shared.rules.rulebook_values import Indicator, Linear, Rulebook, Steps

NOTE = "演示数据：村居名称真实，指标数值均为按固定种子生成的合成数据，不代表真实情况"
CLEAN, CORRECTED, SENT_BACK = "clean", "corrected", "sent_back"


@dataclass(frozen=True)
class Story:
    """What happens to one village's return in the demo's year."""

    first: Mapping[str, str]
    refiled: Mapping[str, str]
    prior: Mapping[str, str]
    fate: str
    corrected: Mapping[str, str]
    objects: bool


def story(rulebook: Rulebook, code: str, seed: int) -> Story:
    """The village's year: what it files, what the township makes of it, whether it objects."""
    random = Random(f"sanji/{seed}/{code}")
    quality = random.triangular(0.35, 1.0, 0.78)
    truth = {one.code: _figure(one, quality, random) for one in rulebook.indicators}
    prior = {one.code: _figure(one, max(0.2, quality - 0.06), random) for one in rulebook.indicators}
    fate = random.choices([CLEAN, CORRECTED, SENT_BACK], [80, 15, 5])[0]
    touched = random.sample(sorted(truth), k=random.choice([1, 1, 2]))
    inflated = {key: _inflate(rulebook.by_code[key], truth[key], random) for key in touched}
    wrong = {**truth, **inflated}
    corrected = {key: truth[key] for key in touched if inflated[key] != truth[key]}
    return Story(
        first=truth if fate == CLEAN else wrong,
        refiled=truth,
        prior=prior,
        fate=fate,
        corrected=corrected if fate == CORRECTED else {},
        objects=random.random() < 0.02,
    )


def _figure(indicator: Indicator, quality: float, random: Random) -> str:
    share = Decimal(str(round(min(1.05, max(0.0, random.gauss(quality, 0.09))), 4)))
    scoring = indicator.scoring
    if isinstance(scoring, Linear):
        return _text(indicator, scoring.zero + (scoring.full - scoring.zero) * share)
    if isinstance(scoring, Steps):
        places = scoring.steps
        return _text(indicator, places[min(len(places) - 1, int(share * len(places)))].at)
    return "是" if share > Decimal("0.5") else "否"


def _inflate(indicator: Indicator, value: str, random: Random) -> str:
    if not isinstance(indicator.scoring, Linear):
        return value
    full, zero = indicator.scoring.full, indicator.scoring.zero
    return _text(
        indicator, Decimal(value) + (full - zero) * Decimal(str(round(random.uniform(0.04, 0.15), 4)))
    )


def _text(indicator: Indicator, value: Decimal) -> str:
    low = indicator.low if indicator.low is not None else value
    high = indicator.high if indicator.high is not None else value
    step = Decimal(1).scaleb(-indicator.places)
    return f"{min(high, max(low, value)).quantize(step, ROUND_HALF_UP):f}"
