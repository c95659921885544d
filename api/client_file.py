"""A client as the service knows one: facts, balance sheet and answers under one id."""

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.balance_sheet import BalanceSheet, Debt, Policy
from risk_profiles.person import ClientFacts


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """Everything a client file says.

    Attributes:
        client_id: Lower-case letters, digits and hyphens; unique in the store.
        answers: Option id by question id, or None while the client has not answered.
    """

    client_id: str
    facts: ClientFacts
    balance_sheet: BalanceSheet
    answers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """What may be said anew of a registered client; holdings follow orders instead."""

    facts: ClientFacts
    debts: tuple[Debt, ...]
    policies: tuple[Policy, ...]
