"""The workup: everything computed about one client at one date, before anything is advised.

    answers -> profile;  facts, balance sheet -> needs, human capital;  all of them -> mandate

Pure: the same record, assessment dates and reference data give the same workup for ever.
"""

from dataclasses import dataclass
from datetime import date

from allocator.errors import InputError, Problem
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import Money
from allocator.product_classes import RiskLevel
from allocator.trading.product_choice import Menu
from api.client_file import ClientRecord
from api.reference_data import ReferenceData
from risk_profiles.fact_checks import check_facts
from risk_profiles.mandates import PlanBasis, build_mandate, everyday_cash, plan_basis
from risk_profiles.profile import Profile, make_profile
from risk_profiles.situation import highest_buyable_level, situation_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The balance sheet a plan is made for, its mandate, and the cash that stays for every day."""

    basis: PlanBasis
    mandate: Mandate
    everyday_cash: Money


@dataclass(frozen=True, slots=True)
class Workup:
    """One client, worked up.

    Attributes:
        market: The assumptions, with the rates that this client is quoted.
        risky_share: Of financial wealth, by the life-cycle rule without any limit of the profile;
            zero without wealth.
        mandate: None when there is no wealth to allocate.
        has_age_lift: The profile's cap of age is lifted.
    """

    record: ClientRecord
    assessed_on: date
    valid_until: date
    reference: ReferenceData
    profile: Profile
    needs: Needs
    human_capital: HumanCapital
    risky_share: float
    menu: Menu
    market: MarketModel
    mandate: Mandate | None
    has_age_lift: bool = False

    @property
    def as_of(self) -> date:
        """The date all facts hold for."""
        return self.record.balance_sheet.as_of

    @property
    def highest_risk_level(self) -> RiskLevel:
        """The riskiest product the button may sell this client today."""
        return highest_buyable_level(self.profile, self.record.facts, self.as_of)

    def plan(self, *, hurdle: float) -> Plan | None:
        """Return what a plan is made for when debts dearer than `hurdle` are repaid first.

        None without wealth.
        """
        if self.mandate is None:
            return None
        basis = plan_basis(self.record.balance_sheet, self.needs, hurdle=hurdle)
        sheet = basis.balance_sheet
        mandate = build_mandate(
            profile=self.profile,
            needs=self.needs,
            human_capital=self.human_capital,
            balance_sheet=sheet,
            menu=self.menu,
            shelf=self.reference.shelf,
        )
        return Plan(basis, mandate, everyday_cash(sheet, self.needs))


def work_up(
    record: ClientRecord,
    *,
    assessed_on: date,
    valid_until: date,
    reference: ReferenceData,
    has_age_lift: bool = False,
) -> Workup:
    """Work a client up.

    Args:
        record: Facts, answers and the balance sheet at its date.
        assessed_on: Day of the answers; the profile's age is the age on that day.
        valid_until: Last day on which the profile may be used.
        reference: Market, shelf, questionnaire and life-cycle parameters.
        has_age_lift: Two people have confirmed the lift of the profile's age cap.

    Raises:
        InputError: no answers yet (code not_assessed), or answers or facts that cannot be used.
    """
    if record.answers is None:
        problem = Problem("/answers", "is missing", None, "answer the questionnaire first")
        raise InputError("no answers, no profile", code="not_assessed", problems=[problem])
    sheet, facts = record.balance_sheet, record.facts
    check_facts(facts, sheet.as_of, parameters=reference.life_cycle)
    age = facts.age_on(assessed_on)
    profile = make_profile(
        reference.questionnaire, record.answers, age=age, has_age_lift=has_age_lift
    )
    found = situation_of(facts, sheet, profile=profile, rulebook=reference.rulebook)
    return Workup(
        record=record,
        assessed_on=assessed_on,
        valid_until=valid_until,
        reference=reference,
        profile=profile,
        needs=found.needs,
        human_capital=found.human_capital,
        risky_share=found.risky_share,
        menu=found.menu,
        market=found.market,
        mandate=found.mandate,
        has_age_lift=has_age_lift,
    )
