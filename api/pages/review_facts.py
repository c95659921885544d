"""What is on record of a client, beside the answers an advisor reads."""

from dataclasses import dataclass
from datetime import date

from allocator.money import total
from allocator.product_classes import TRAITS
from api.client_file import ClientRecord
from api.texts import Texts


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """One fact: its name and its value, both in words."""

    name: str
    value: str


def review_facts(record: ClientRecord, texts: Texts, *, today: date) -> tuple[RecordedFact, ...]:
    """Return the facts that answers can be held against, as they are on record today."""
    facts, sheet = record.facts, record.balance_sheet
    liquid = total(h.amount for h in sheet.holdings if TRAITS[h.product_class].liquid)
    shown = {
        "age": texts.integer(facts.age_on(today)),
        "income_kind": texts.say(f"income_kind.{facts.income_kind}"),
        "annual_income": texts.money(facts.annual_income.amount),
        "spending": texts.money(facts.spending.amount),
        "essential_spending": texts.money(facts.essential_spending.amount),
        "dependants": texts.integer(len(facts.dependants)),
        "wealth": texts.money(sheet.investable_wealth.amount),
        "liquid": texts.money(liquid.amount),
        "payments": texts.money(total(d.monthly_payment for d in sheet.debts).amount),
    }
    return tuple(
        RecordedFact(texts.say(f"page.review.fact.{name}"), value) for name, value in shown.items()
    )
