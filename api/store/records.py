"""What the repositories take and return: frozen records, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from allocator.money import Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.callers import Role


@dataclass(frozen=True, slots=True)
class User:
    """A person or program that holds a token."""

    id: str
    name: str
    role: Role
    client_id: str | None
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebSession:
    """A browser that signed in; only hashes of its secrets are kept."""

    token_hash: str
    user_id: str
    csrf_hash: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    """A questionnaire answered; valid through the day `valid_until`. It never changes.

    Attributes:
        assessed_on: The day of `assessed_at` in Shanghai.
        of_day: The client's first or second of that day; None for an age lift, which is not
            counted.
        effective_at: The instant from which it holds; until then the one before it does.
        level: C1 ... C5.
        answers: As submitted first.
        document: The profile as language-free JSON text.
        follow_up: Answers to the questions that contradictions asked again.
        lift_of: The assessment whose age cap this one lifts.
        needs_review: An advisor has to look at it.
    """

    id: str
    client_id: str
    assessed_at: datetime
    assessed_on: date
    of_day: int | None
    effective_at: datetime
    valid_until: date
    level: str
    questionnaire_hash: str
    answers: Mapping[str, str]
    document: str
    follow_up: Mapping[str, str] = field(default_factory=dict)
    lift_of: str | None = None
    needs_review: bool = False

    @property
    def final_answers(self) -> Mapping[str, str]:
        """The sheet that counts: what was asked again replaces what was answered first."""
        return {**self.answers, **self.follow_up}


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """A sheet begun and not yet submitted; one a client.

    Attributes:
        started_at: When the client gave the first answer; None where staff filed the answers, so
            that nobody knows how long the client takes over them.
    """

    client_id: str
    questionnaire_hash: str
    answers: Mapping[str, str]
    started_at: datetime | None
    updated_at: datetime

    @property
    def is_filed(self) -> bool:
        """Whether staff entered the answers, whatever the client has changed since."""
        return self.started_at is None


@dataclass(frozen=True, slots=True)
class AskedSheet:
    """A sheet whose contradictions were asked again.

    Attributes:
        asked_on: The day of `asked_at` in Shanghai.
        assessment_id: What it became; None while the client has not answered.
    """

    id: str
    client_id: str
    questionnaire_hash: str
    answers: Mapping[str, str]
    asked_at: datetime
    asked_on: date
    assessment_id: str | None = None


class ReviewOutcome(StrEnum):
    """What an advisor made of a flagged assessment."""

    CONFIRMED = "confirmed"
    ANSWER_AGAIN = "answer_again"


@dataclass(frozen=True, slots=True)
class AssessmentReview:
    """An advisor's word on one assessment; `user_id` is the advisor's."""

    assessment_id: str
    user_id: str
    outcome: ReviewOutcome
    note: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class AgeLift:
    """An advisor's offer to lift the age cap of one assessment.

    Attributes:
        offered_by: The advisor's user id.
        confirmed_by: The client's user id; None until the client agrees.
    """

    id: str
    assessment_id: str
    offered_by: str
    offered_at: datetime
    note: str
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


class AdviceKind(StrEnum):
    """What was advised."""

    DIAGNOSIS = "diagnosis"
    PROPOSAL = "proposal"
    LIFE_PATH = "life_path"


@dataclass(frozen=True, slots=True)
class Advice:
    """A diagnosis, a proposal or a life path with all it takes to compute it again.

    Attributes:
        assessment_id: The assessment it rests on; a proposal always has one.
        status: Of a proposal; None for the others, which nobody accepts.
        hash: Over the document.
        document: Language-free JSON text, as hashed.
        inputs: JSON text of everything else that went in.
        model_hash: Address of the market model among the artifacts; likewise the other two.
    """

    id: str
    kind: AdviceKind
    client_id: str
    assessment_id: str | None
    status: ProposalStatus | None
    hash: str
    created_at: datetime
    expires_at: datetime | None
    document: str
    inputs: str
    model_hash: str
    shelf_hash: str
    questionnaire_hash: str


class ReminderStatus(StrEnum):
    """Life of a reminder."""

    OPEN = "open"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reason to act, at most once per client, day and kind; `document` is JSON text."""

    id: str
    client_id: str
    day: date
    kind: str
    status: ReminderStatus
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The client's word for exactly one proposal."""

    id: str
    proposal_id: str
    client_id: str
    user_id: str
    assessment_id: str
    proposal_hash: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """One line of a bundle.

    Attributes:
        holding_id: The holding sold from, or bought into.
        reserved: Cash set aside for it; zero for a sale and after its end.
        confirmed: Sum of its executions, fees included.
        trade_date: T; set once, None while a purchase waits for the proceeds of sales.
        ended_as: What the venue said last, once it has; with what it had filled by then.
    """

    client_order_id: str
    bundle_id: str
    line: int
    side: Side
    product_id: str
    product_class: ProductClass
    risk_level: RiskLevel
    name_zh: str
    name_en: str
    holding_id: str
    amount: Money
    fee: Money
    settlement: SettlementCycle
    redemption_days: int
    lock_up_days: int
    status: OrderStatus
    reserved: Money
    confirmed: Money
    reason: str | None = None
    trade_date: date | None = None
    confirm_date: date | None = None
    ended_as: OrderStatus | None = None
    ended: Money | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The orders that one consent created, by line."""

    id: str
    consent_id: str
    proposal_id: str
    client_id: str
    status: BundleStatus
    created_at: datetime
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill: `amount` includes `fee`."""

    venue: str
    exec_id: str
    client_order_id: str
    amount: Money
    fee: Money
    business_date: date


class AccountKind(StrEnum):
    """Accounts of double entry. Clients own the first two, the bank the rest."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SETTLEMENT = "settlement"  # on its way to the makers of products
    FEE = "fee"
    EXTERNAL = "external"  # mirrors the world outside and alone may be negative


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a journal entry; positive raises the account's balance."""

    owner_id: str
    kind: AccountKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Cash:
    """A client's money at the bank."""

    available: Money
    reserved: Money


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What an idempotency key was answered with."""

    fingerprint: str
    body: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A leased row of the outbox; `attempts` counts this lease."""

    client_order_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who changed what from which status to which, and when."""

    at: datetime
    actor: str
    object_kind: str
    object_id: str
    before: str | None
    after: str
    reason: str | None
