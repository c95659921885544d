"""The shelf: products a client can buy, with the frictions that make advice real.

The shelf is data a product manager can read (`allocator/market/data/shelf.toml`); this module
gives it types and refuses a malformed file by naming product, field and value.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.resources import files

from allocator.errors import InputError, Problem
from allocator.money import ZERO, Money
from allocator.product_classes import TRAITS, ProductClass, RiskLevel

# Fields that begin so are the bank's own business. They are left out here, so that no product, and
# nothing that works with products, can know what the bank earns.
THE_BANKS_OWN = "bank_"


class Regime(StrEnum):
    """The body of law a product is sold under; suitability depends on it."""

    DEPOSIT = "deposit"
    GOVERNMENT_BOND = "government_bond"
    NFRA_WEALTH = "nfra_wealth"
    TRUST = "trust"
    INSURANCE = "insurance"
    CSRC_FUND = "csrc_fund"
    METAL = "metal"


class SettlementCycle(StrEnum):
    """When an order is confirmed, in trading days after the trade date T."""

    INSTANT = "instant"  # at once
    NAV_T1 = "nav_t1"  # T+1, at the price of T
    NAV_T2 = "nav_t2"  # T+2 (QDII, funds of funds)
    POLICY = "policy"  # underwriting by people: never bought by the button, becomes a lead

    @property
    def trading_days(self) -> int:
        """Trading days from the trade date to the confirmation."""
        return {"instant": 0, "nav_t1": 1, "nav_t2": 2, "policy": 0}[self.value]


@dataclass(frozen=True, slots=True)
class RedemptionFee:
    """A tier: selling after at least `held_days` costs `rate` of the amount."""

    held_days: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """One row of the shelf. Fees are fractions: one-off unless the name says per year.

    Attributes:
        minimum: Smallest first purchase; `step` is the increment above it.
        annual_fee: Management, custody and sales service, per year, already inside the price.
        rate: What the contract pays per year; None where nothing is promised.
        redemption_fees: Tiers by days held, ascending; empty means free.
        minimum_purchase_fee: What a purchase costs at least, whatever its rate; usually nothing.
        minimum_redemption_fee: What a sale costs at least, however long it was held.
        lock_up_days: Calendar days from confirmation during which it cannot be sold.
        redemption_days: Trading days from the sale's trade date until the cash arrives.
        source: Where the facts come from and when they were seen.
    """

    id: str
    name_zh: str
    name_en: str
    product_class: ProductClass
    regime: Regime
    risk_level: RiskLevel
    minimum: Money
    step: Money
    purchase_fee: Decimal
    redemption_fees: tuple[RedemptionFee, ...]
    minimum_purchase_fee: Money
    minimum_redemption_fee: Money
    annual_fee: Decimal
    rate: Decimal | None
    lock_up_days: int
    settlement: SettlementCycle
    redemption_days: int
    on_sale: bool
    qualified_only: bool
    highest_entry_age: int | None
    source: str

    def redemption_fee(self, *, held_days: int) -> Decimal:
        """Return the fraction charged when selling after `held_days` calendar days."""
        rate = Decimal(0)
        for tier in self.redemption_fees:
            if held_days >= tier.held_days:
                rate = tier.rate
        return rate

    def yearly_cost(self, *, cost_horizon_years: float) -> Decimal:
        """Return what holding it costs the client per year, as a fraction of the amount."""
        return self.annual_fee + self.purchase_fee / Decimal(str(cost_horizon_years))


@dataclass(frozen=True, slots=True)
class Shelf:
    """All products, by id, and the hash of the text they were read from."""

    version: str
    content_hash: str
    products: dict[str, Product]

    def __getitem__(self, product_id: str) -> Product:
        try:
            return self.products[product_id]
        except KeyError:
            problem = Problem(
                "product_id", "is not on the shelf", product_id, "take an id from the shelf"
            )
            raise InputError(
                "unknown product", code="unknown_product", problems=[problem]
            ) from None

    def __contains__(self, product_id: object) -> bool:
        return product_id in self.products

    def of_class(self, product_class: ProductClass) -> tuple[Product, ...]:
        """Return the class's products, by id."""
        found = sorted(i for i, p in self.products.items() if p.product_class is product_class)
        return tuple(self.products[i] for i in found)


def load_default_shelf() -> Shelf:
    """Return the shelf that ships with the package."""
    text = (files("allocator") / "market/data/shelf.toml").read_text(encoding="utf-8")
    return parse_shelf(text)


def parse_shelf(text: str) -> Shelf:
    """Read a shelf from TOML text.

    Raises:
        InputError: unreadable TOML, no version, or a product with a missing, unknown or
            impossible field.
    """
    try:
        document = tomllib.loads(text)
    # Besides its own error (a ValueError) the reader gives up on numbers of thousands of digits
    # and on tables nested a thousand deep.
    except (ValueError, RecursionError) as error:
        raise InputError(f"the shelf is not TOML: {error}", code="invalid_shelf") from None
    problems: list[Problem] = []
    products: dict[str, Product] = {}
    version = document.get("version")
    if not isinstance(version, str) or not version:
        problems.append(Problem("/version", "is no name", version, 'write version = "2026.11"'))
    for number, row in enumerate(_rows(document.get("product", []))):
        name = row.get("id", f"number {number + 1}")
        try:
            product = _product(row)
        except (KeyError, ValueError, TypeError, InvalidOperation, InputError) as error:
            problems.append(
                Problem(f"/product/{number}", f"{name}: {error!s}", None, "mend the row")
            )
            continue
        if product.id in products:
            problems.append(Problem(f"/product/{number}/id", "is used twice", name, "rename one"))
        lower = product.minimum.floored_to(product.step)
        if product.minimum != lower:
            # Orders are multiples of the step, so such a minimum could never be bought itself.
            higher = lower + product.step
            problems.append(
                Problem(
                    f"/product/{number}/minimum",
                    f"{name}: is no multiple of the step {product.step.amount}",
                    str(product.minimum.amount),
                    f"write {lower.amount} or {higher.amount}",
                )
            )
        products[product.id] = product
    if not products and not problems:
        problems.append(Problem("/product", "is empty", None, "add [[product]] tables"))
    if problems:
        raise InputError("the shelf cannot be used", code="invalid_shelf", problems=problems)
    return Shelf(str(version), hashlib.sha256(text.encode()).hexdigest(), products)


_FIELDS = {
    "id", "name_zh", "name_en", "product_class", "regime", "risk_level", "minimum", "step",
    "purchase_fee", "redemption_fees", "minimum_purchase_fee", "minimum_redemption_fee",
    "annual_fee", "rate", "lock_up_days", "settlement", "redemption_days", "on_sale",
    "qualified_only", "highest_entry_age", "source",
}  # fmt: skip


def _rows(rows: object) -> list[dict[str, object]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problem = Problem("/product", "is no list of tables", rows, "write [[product]] tables")
        raise InputError("the shelf cannot be used", code="invalid_shelf", problems=[problem])
    return rows


def _product(row: dict[str, object]) -> Product:
    unknown = {field for field in row if not field.startswith(THE_BANKS_OWN)} - _FIELDS
    if unknown:
        raise InputError(f"unknown fields {sorted(unknown)}")
    product_class = ProductClass(str(row["product_class"]))
    tiers = row.get("redemption_fees", [])
    if not isinstance(tiers, list):
        raise InputError("redemption_fees must be a list of [held_days, rate]")
    entry_age, rate = row.get("highest_entry_age"), row.get("rate")
    product = Product(
        id=str(row["id"]),
        name_zh=str(row["name_zh"]),
        name_en=str(row["name_en"]),
        product_class=product_class,
        regime=Regime(str(row["regime"])),
        risk_level=RiskLevel[str(row["risk_level"])],
        minimum=Money.parse(str(row["minimum"]), field="minimum"),
        step=Money.parse(str(row["step"]), field="step"),
        purchase_fee=_fraction(row.get("purchase_fee", "0")),
        redemption_fees=tuple(RedemptionFee(_days(d), _fraction(r)) for d, r in tiers),
        minimum_purchase_fee=_minimum_fee(row, "minimum_purchase_fee"),
        minimum_redemption_fee=_minimum_fee(row, "minimum_redemption_fee"),
        annual_fee=_fraction(row.get("annual_fee", "0")),
        rate=None if rate is None else _fraction(rate, name="rate"),
        lock_up_days=_days(row.get("lock_up_days", 0)),
        settlement=SettlementCycle(str(row["settlement"])),
        redemption_days=_days(row.get("redemption_days", 0)),
        on_sale=bool(row.get("on_sale", True)),
        qualified_only=bool(row.get("qualified_only", TRAITS[product_class].qualified_only)),
        highest_entry_age=None if entry_age is None else _days(entry_age),
        source=str(row["source"]),
    )
    if product.step <= ZERO or product.minimum < product.step:
        raise InputError(f"need minimum >= step > 0, got {product.minimum} and {product.step}")
    for fee in (product.minimum_purchase_fee, product.minimum_redemption_fee):
        # A smallest purchase that a fee swallows buys nothing.
        if not ZERO <= fee < product.minimum:
            raise InputError(f"a minimum fee must lie in [0, minimum), got {fee}")
    held = [tier.held_days for tier in product.redemption_fees]
    if held != sorted(set(held)):
        raise InputError(f"redemption_fees must rise in held_days, got {held}")
    return product


def _fraction(value: object, *, name: str = "fee") -> Decimal:
    # A float in the file would smuggle in binary digits; the file quotes its fractions.
    if not isinstance(value, str):
        raise InputError(f'a {name} must be a quoted fraction such as "0.015", got {value!r}')
    fraction = Decimal(value)
    if not (fraction.is_finite() and 0 <= fraction < Decimal("0.2")):
        raise InputError(f"a {name} must lie in [0, 0.2), got {value}")
    return fraction


def _minimum_fee(row: dict[str, object], name: str) -> Money:
    value = row.get(name, "0")
    if not isinstance(value, str):
        raise InputError(f'{name} must be a quoted amount such as "5.00", got {value!r}')
    return Money.parse(value, field=name)


def _days(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(f"need a whole number of at least 0, got {value!r}")
    return value
