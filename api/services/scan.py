"""Journey 4: the scan of the book, meant for every night, silent unless there is reason to speak.

The whole book is worked up first, then drift is computed for all clients at once; only those who
left their band, broke a floor or carry too much risk get a plan, whose gain and cost decide. One
client's failure is recorded and does not stop the others. Every reminder is unique per client,
day and kind in the database, so scanning twice changes nothing. Reminders to trade share one clock.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from uuid import uuid4

import numpy as np

from allocator.diagnosis.index import stand
from allocator.errors import AllocatorError, InputError
from allocator.money import ZERO, Money, total
from allocator.optimizer.lots import plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.rebalancing.drift import drift, is_outside_band
from allocator.rebalancing.triggers import (
    Benefit,
    Condition,
    ReminderKind,
    kinds_on_one_clock,
    may_remind,
    reminder_kind,
)
from api.callers import BANK
from api.clock import SHANGHAI, Clock
from api.documents import canonical_json, statement_document
from api.errors import ApiError, ConflictError, NotFoundError
from api.reference_data import ReferenceData
from api.services.closing import close_settled
from api.services.due import (
    Due,
    answers_due,
    assessment_due,
    changed_facts,
    matured_holdings,
    outdated_facts,
    trade_statement,
)
from api.services.in_force import assessment_in_force, reference_of
from api.store.records import Reminder, ReminderStatus
from api.store.unit_of_work import Store
from api.workup import Plan, Workup, work_up

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanRow:
    """What the scan saw of one client.

    Attributes:
        drift: Half the sum of absolute deviations from the target; None when there is no target.
        kinds: Reminders due today, whether new or known.
        error: Code of what kept this client from being scanned.
    """

    client_id: str
    drift: float | None = None
    volatility: float | None = None
    gain: Money = ZERO
    cost: Money = ZERO
    kinds: tuple[ReminderKind, ...] = ()
    created: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The scan of a whole book on one day."""

    as_of: date
    rows: tuple[ScanRow, ...]

    @property
    def created(self) -> int:
        """Reminders that did not exist before."""
        return sum(row.created for row in self.rows)

    @property
    def failed(self) -> int:
        """Clients who could not be scanned."""
        return sum(row.error is not None for row in self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Scanned:
    """A client on the way through the scan."""

    client_id: str
    workup: Workup
    plan: Plan
    target: Allocation


def scan(store: Store, clock: Clock, reference: ReferenceData, *, as_of: date) -> ScanReport:
    """Scan every client's balance sheet as it stands, dated `as_of`, and store what is due.

    Args:
        store: The book.
        clock: Dates the reminders' creation.
        reference: Today's market and shelf.
        as_of: The day the reminders are for.
    """
    now = clock.now()
    with store.read() as uow:
        ids = uow.clients.ids(BANK)
    rows: dict[str, ScanRow] = {client_id: ScanRow(client_id) for client_id in ids}
    due: dict[str, list[Due]] = {client_id: [] for client_id in ids}
    scanned: list[_Scanned] = []

    for client_id in ids:
        try:
            found, due[client_id] = _prepare(store, reference, client_id=client_id, as_of=as_of)
        except InputError as error:
            # Facts age: a goal is reached, a retirement date passes. Somebody has to renew them.
            if error.code == "invalid_facts":
                due[client_id] = outdated_facts(error)
            else:
                rows[client_id] = _failed(client_id, error)
            continue
        except Exception as error:  # noqa: BLE001 # one client's trouble must not stop the others
            rows[client_id] = _failed(client_id, error)
            continue
        if found is not None:
            scanned.append(found)
    for one, moved, is_outside in _drifts(scanned):
        try:
            rows[one.client_id], more = _judge(one, is_outside=is_outside, moved=moved)
            close_settled(
                store,
                client_id=one.client_id,
                reason=more[0].kind if more else None,
                as_of=as_of,
            )
        except Exception as error:  # noqa: BLE001 # one client's trouble must not stop the others
            rows[one.client_id] = _failed(one.client_id, error)
            continue
        due[one.client_id] += more
    return ScanReport(
        as_of,
        tuple(
            _remind(store, rows[client_id], due[client_id], as_of=as_of, now=now)
            for client_id in ids
        ),
    )


def _drifts(scanned: Sequence[_Scanned]) -> list[tuple[_Scanned, float, bool]]:
    """Return each client's drift and whether a class left its band, for all of them at once."""
    if not scanned:
        return []
    current = np.array([one.plan.mandate.current for one in scanned])
    target = np.array([one.target.weights.values for one in scanned])
    moves, outside = drift(current, target), is_outside_band(current, target)
    return list(zip(scanned, moves.tolist(), outside.tolist(), strict=True))


def _failed(client_id: str, error: Exception) -> ScanRow:
    code = error.code if isinstance(error, AllocatorError | ApiError) else type(error).__name__
    logger.warning("scan of client %s failed: %s", client_id, code)
    return ScanRow(client_id, error=code)


def _prepare(
    store: Store, reference: ReferenceData, *, client_id: str, as_of: date
) -> tuple[_Scanned | None, list[Due]]:
    """Work one client up; None when there is nothing to judge today."""
    with store.read() as uow:
        record = uow.clients.get(BANK, client_id, as_of=as_of)
        under_way = uow.bundles.list(BANK, client_id=client_id, only_open=True)
        # What takes effect during the day scanned counts for it.
        day_end = datetime.combine(as_of, time.max, SHANGHAI)
        try:
            newest = uow.assessments.current(BANK, client_id, at=day_end)
        except NotFoundError:
            return None, []
        try:
            assessment = assessment_in_force(uow, BANK, client_id, now=day_end)
            answered = reference_of(uow, assessment, reference)
        except ConflictError as refusal:
            # What supports no advice still calls for new answers.
            return None, answers_due(newest, refusal) + matured_holdings(
                record.balance_sheet.holdings, as_of
            )
    sheet = record.balance_sheet
    dues = assessment_due(newest, as_of) or changed_facts(
        newest, record.facts, sheet, answered.questionnaire
    )
    dues += matured_holdings(sheet.holdings, as_of)
    if under_way:
        return None, dues
    workup = work_up(
        replace(record, answers=assessment.final_answers),
        assessed_on=assessment.assessed_on,
        valid_until=assessment.valid_until,
        reference=answered,
        has_age_lift=assessment.lift_of is not None,
    )
    if workup.mandate is None:
        return None, dues
    best = optimize(workup.mandate, workup.market, with_costs=False)
    plan = workup.plan(hurdle=best.certainty_equivalent)
    if plan is None:
        return None, dues
    return _Scanned(client_id, workup, plan, optimize(plan.mandate, workup.market)), dues


def _judge(one: _Scanned, *, is_outside: bool, moved: float) -> tuple[ScanRow, list[Due]]:
    """Weigh what acting is worth against its cost for one client."""
    workup, mandate, target = one.workup, one.plan.mandate, one.target
    sheet, market = one.plan.basis.balance_sheet, workup.market
    best = optimize(mandate, market, with_costs=False).certainty_equivalent
    now = stand(sheet, mandate, market, workup.needs, best_certainty_equivalent=best)
    inputs, weights = target.inputs, np.array(mandate.current)
    condition = Condition(
        is_outside_band=is_outside,
        volatility=now.volatility,
        volatility_cap=inputs.volatility,
        liquid_share=float(inputs.liquid @ weights),
        liquidity_reachable=inputs.liquidity_floor,
        stable_share=float(inputs.stable @ weights),
        stable_reachable=inputs.stable_floor,
    )
    benefit = _benefit(one, certainty_equivalent=now.certainty_equivalent)
    kind = reminder_kind(condition, benefit)
    row = ScanRow(
        client_id=one.client_id,
        drift=moved,
        volatility=now.volatility,
        gain=benefit.gain,
        cost=benefit.cost,
    )
    if kind is None:
        return row, []
    return row, [Due(kind, trade_statement(kind, condition, benefit, moved), benefit)]


def _benefit(one: _Scanned, *, certainty_equivalent: float) -> Benefit:
    """What the whole plan is worth over the cost horizon, and what its orders cost."""
    workup, mandate = one.workup, one.plan.mandate
    sheet = one.plan.basis.balance_sheet
    plan = plan_lots(
        sheet,
        mandate,
        one.target,
        menu=workup.menu,
        shelf=workup.reference.shelf,
        highest_risk_level=workup.highest_risk_level,
        cash_to_keep=one.plan.everyday_cash,
    )
    after = stand(
        plan.after,
        mandate,
        workup.market,
        workup.needs,
        best_certainty_equivalent=certainty_equivalent,
    )
    gain = (after.certainty_equivalent - certainty_equivalent) * mandate.cost_horizon_years
    return Benefit(
        gain=max(sheet.investable_wealth.scaled(Decimal(repr(gain))), ZERO),
        cost=total(order.fee for order in plan.orders),
        wealth=sheet.investable_wealth,
    )


def _remind(store: Store, row: ScanRow, dues: list[Due], *, as_of: date, now: datetime) -> ScanRow:
    """Store what is due and not too soon after the last on the same clock."""
    if not dues:
        return row
    created, kinds = 0, []
    with store.begin() as uow:
        earlier = uow.reminders.list(BANK, client_id=row.client_id)
        for one in dues:
            if not may_remind(_sent_before(earlier, one.kind, as_of=as_of), on=as_of):
                continue
            document = {
                "statement": statement_document(one.statement),
                "gain": str(one.benefit.gain.amount),
                "cost": str(one.benefit.cost.amount),
            }
            kinds.append(one.kind)
            created += uow.reminders.add(
                Reminder(
                    id=f"reminder-{uuid4().hex}",
                    client_id=row.client_id,
                    day=as_of,
                    kind=one.kind.value,
                    status=ReminderStatus.OPEN,
                    document=canonical_json(document),
                    created_at=now,
                )
            )
        uow.commit()
    return replace(row, kinds=tuple(kinds), created=created)


def _sent_before(reminders: Sequence[Reminder], kind: ReminderKind, *, as_of: date) -> list[date]:
    """Return the days on this kind's clock, without today's own, which scanning again repeats."""
    clock = {one.value for one in kinds_on_one_clock(kind)}
    return [
        r.day
        for r in reminders
        if r.kind in clock and not (r.kind == kind.value and r.day == as_of)
    ]
