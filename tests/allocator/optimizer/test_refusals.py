"""Mandates without an allocation, and answers nobody can believe: what is told, and of what."""

from dataclasses import replace

import pytest
from nine_classes import nine_class_mandate, nine_class_market

from allocator.errors import InfeasibleMandateError, SolverError
from allocator.optimizer.inputs import inputs_of
from allocator.optimizer.solver import optimize, solve_eased
from allocator.product_classes import ProductClass

MARKET = nine_class_market()
ORDINARY = nine_class_mandate(risk_aversion=5, volatility_cap=0.10, liquidity_floor=0.1)


def test_more_locks_than_wealth_are_refused_with_the_amount() -> None:
    with pytest.raises(InfeasibleMandateError) as refused:
        optimize(nine_class_mandate(risk_aversion=5, fixed=(0.6, 0.65, *(0,) * 7)), MARKET)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("fixed", 1.25)
    assert problem.remedy
    assert "1.25" in str(refused.value)


def test_locks_beyond_what_is_held_and_may_be_bought_are_refused_by_class_and_amount() -> None:
    mandate = nine_class_mandate(
        risk_aversion=5,
        current=(0.7, 0.1, 0.2, *(0,) * 6),
        fixed=(0, 0.3, 0.2, 0, 0, 0, 0.05, 0, 0.1),
        buyable=(True, False, False, *(True,) * 3, False, True, True),
    )
    with pytest.raises(InfeasibleMandateError) as refused:
        optimize(mandate, MARKET)
    deposit, gold = refused.value.problems
    assert (deposit.field, deposit.value) == ("fixed/1", 0.3)
    assert (gold.field, gold.value) == ("fixed/6", 0.05)
    assert ProductClass.TIME_DEPOSIT in deposit.detail
    assert "0.1 held" in deposit.detail
    assert ProductClass.GOLD in gold.remedy
    assert {"locks", "suitability"} == set(refused.value.conflict)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"risk_aversion": 1e-12}, ["risk_aversion"]),
        ({"shortfall": -1.0, "shortfall_deviations": 10.0}, ["shortfall_deviations"]),
        ({"volatility_cap": 1e-6, "risk_aversion": 900.0}, ["risk_aversion", "volatility_cap"]),
        ({}, ["mandate"]),
    ],
)
def test_where_no_solver_can_be_believed_the_refusal_says_where_to_look(
    changes: dict[str, float], fields: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(replace(ORDINARY, **changes), MARKET, with_costs=True)  # type: ignore[arg-type]
    monkeypatch.setattr("allocator.optimizer.solver.solve_verified", lambda *_, **__: None)
    with pytest.raises(SolverError, match="Remedy") as refused:
        solve_eased(inputs)
    problems = refused.value.problems
    assert [problem.field for problem in problems] == fields
    assert all(problem.remedy for problem in problems)
    assert "Remedy" not in refused.value.message
