"""The rulebook: what advice rests on besides the client.

Questions, beliefs, products and life-cycle parameters travel together, so that the client of today
and the one of a later year are judged by the same ones.
"""

from dataclasses import dataclass

from allocator.life_cycle.mortality import MortalityTable
from allocator.market.model import MarketModel
from allocator.shelf import Shelf
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One version of everything."""

    questionnaire: Questionnaire
    market: MarketModel
    shelf: Shelf
    life_cycle: LifeCycleParameters
    mortality: MortalityTable
