"""The taxonomy of product classes: what a yuan can be held in.

Each class belongs to one dimension of the diagnosis, has a typical risk level and a cap, and is
or is not liquid (money back within one trading day), stable (counted towards dated goals) and
risky (counted in the risky share).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Dimension(StrEnum):
    """The four corners of the diagnosis: 流动性, 保障性, 安全性, 盈利性."""

    LIQUIDITY = "liquidity"
    PROTECTION = "protection"
    SAFETY = "safety"
    GROWTH = "growth"


class RiskLevel(IntEnum):
    """A product's risk level R1 (lowest) to R5; a C3 client may buy up to R3."""

    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    R5 = 5


class ProductClass(StrEnum):
    """The thirteen classes; the order is the order of every vector in the code."""

    DEMAND_DEPOSIT = "demand_deposit"
    MONEY_FUND = "money_fund"
    TIME_DEPOSIT = "time_deposit"
    SAVINGS_TREASURY = "savings_treasury"
    WEALTH_FIXED_INCOME = "wealth_fixed_income"
    BOND_FUND = "bond_fund"
    WEALTH_FIXED_INCOME_PLUS = "wealth_fixed_income_plus"
    BALANCED_FUND = "balanced_fund"
    A_SHARE_EQUITY_FUND = "a_share_equity_fund"
    OVERSEAS_EQUITY_FUND = "overseas_equity_fund"
    GOLD = "gold"
    PRIVATE_FUND_OR_TRUST = "private_fund_or_trust"
    ANNUITY = "annuity"


@dataclass(frozen=True, slots=True)
class ClassTraits:
    """What the diagnosis and the optimizer need to know about a class; `cap` is a weight."""

    dimension: Dimension
    liquid: bool
    stable: bool
    risky: bool
    risk_level: RiskLevel
    cap: float
    qualified_only: bool = False


_L, _P, _S, _G = Dimension.LIQUIDITY, Dimension.PROTECTION, Dimension.SAFETY, Dimension.GROWTH
_R1, _R2, _R3, _R4, _R5 = RiskLevel

TRAITS: dict[ProductClass, ClassTraits] = {
    ProductClass.DEMAND_DEPOSIT: ClassTraits(_L, True, True, False, _R1, 1.0),
    ProductClass.MONEY_FUND: ClassTraits(_L, True, True, False, _R1, 1.0),
    ProductClass.TIME_DEPOSIT: ClassTraits(_S, False, True, False, _R1, 0.60),
    ProductClass.SAVINGS_TREASURY: ClassTraits(_S, False, True, False, _R1, 0.60),
    ProductClass.WEALTH_FIXED_INCOME: ClassTraits(_S, False, True, False, _R2, 0.60),
    ProductClass.BOND_FUND: ClassTraits(_S, False, False, False, _R2, 0.60),
    ProductClass.WEALTH_FIXED_INCOME_PLUS: ClassTraits(_G, False, False, True, _R3, 0.40),
    ProductClass.BALANCED_FUND: ClassTraits(_G, False, False, True, _R3, 0.40),
    ProductClass.A_SHARE_EQUITY_FUND: ClassTraits(_G, False, False, True, _R4, 0.45),
    ProductClass.OVERSEAS_EQUITY_FUND: ClassTraits(_G, False, False, True, _R4, 0.35),
    ProductClass.GOLD: ClassTraits(_G, False, False, True, _R3, 0.15),
    ProductClass.PRIVATE_FUND_OR_TRUST: ClassTraits(_G, False, False, True, _R5, 0.10, True),
    ProductClass.ANNUITY: ClassTraits(_P, False, False, False, _R2, 0.30),
}
CLASSES: tuple[ProductClass, ...] = tuple(ProductClass)
