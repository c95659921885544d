"""A market model keeps its one factor convention and refuses what no market could be."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.market.assumptions import load_default_assumptions
from allocator.market.model import MarketModel, Matrix
from allocator.product_classes import ProductClass

TWO = (ProductClass.MONEY_FUND, ProductClass.GOLD)
SOUND = np.array([[0.0004, 0.0006], [0.0006, 0.04]])


def model(covariance: Matrix = SOUND, *, expected: float = 0.03, fee: float = 0.01) -> MarketModel:
    return MarketModel(
        classes=TWO,
        expected_returns=np.array([0.01, expected]),
        fees=np.array([0.0, fee]),
        covariance=covariance,
        version="test",
        as_of=date(2026, 11, 20),
        content_hash="",
    )


def test_net_returns_and_volatilities_follow_from_the_figures() -> None:
    assert list(model().net_returns) == pytest.approx([0.01, 0.02], abs=1e-15)
    assert list(model().volatilities) == pytest.approx([0.02, 0.2], abs=1e-15)
    assert model().index(ProductClass.GOLD) == 1


@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.0, 0.7, 1.0])
def test_the_factor_gives_back_the_covariance_even_when_it_is_singular(correlation: float) -> None:
    spread = np.array([0.02, 0.2])
    matrix = np.outer(spread, spread) * np.array([[1.0, correlation], [correlation, 1.0]])
    factor = model(matrix).factor
    np.testing.assert_allclose(factor.T @ factor, matrix, atol=1e-12)


@pytest.mark.parametrize(
    ("covariance", "told"),
    [
        ([[0.0004, 0.0], [0.0, -0.04]], "volatilities"),
        ([[0.0, 0.0], [0.0, 0.04]], "volatilities"),
        ([[0.0004, 0.0], [0.0, 9.1]], "volatilities"),
        ([[0.0004, 0.0005], [0.0006, 0.04]], "not symmetric"),
        ([[0.0004, 0.005], [0.005, 0.04]], "negative eigenvalue"),
        ([[0.0004, np.nan], [np.nan, 0.04]], "finite"),
        ([[0.0004]], "shapes"),
    ],
)
def test_a_matrix_that_is_no_covariance_is_refused(
    covariance: list[list[float]], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        model(np.array(covariance))


def test_every_figure_that_cannot_be_used_is_pointed_at() -> None:
    with pytest.raises(InputError) as refusal:
        MarketModel(
            classes=TWO,
            expected_returns=np.array([np.inf, -5.5]),
            fees=np.array([0.0, np.nan]),
            covariance=np.array([[0.0004, np.nan], [0.0006, 0.04]]),
            version="test",
            as_of=date(2026, 11, 20),
            content_hash="",
        )
    assert [problem.field for problem in refusal.value.problems] == [
        "/expected_returns/money_fund",
        "/fees/gold",
        "/expected_returns/gold",
        "/covariance/money_fund/gold",
    ]
    assert all(problem.detail and problem.remedy for problem in refusal.value.problems)


@pytest.mark.parametrize(
    ("covariance", "fields"),
    [
        ([[0.0, 0.0], [0.0, 9.1]], ["money_fund/money_fund", "gold/gold"]),
        ([[-1.0, 0.0005], [0.0006, 0.04]], ["money_fund/money_fund", "money_fund/gold"]),
    ],
)
def test_every_variance_and_pair_at_fault_is_pointed_at(
    covariance: list[list[float]], fields: list[str]
) -> None:
    with pytest.raises(InputError) as refusal:
        model(np.array(covariance))
    assert [p.field for p in refusal.value.problems] == [f"/covariance/{f}" for f in fields]


def test_every_class_that_a_model_does_not_have_is_pointed_at() -> None:
    unknown = [ProductClass.ANNUITY, ProductClass.BOND_FUND]
    asked: list[Callable[[], MarketModel]] = [
        lambda: model().over([*unknown, ProductClass.GOLD]),
        lambda: model().with_rates(dict.fromkeys(unknown, 0.02)),
    ]
    for ask in asked:
        with pytest.raises(InputError) as refusal:
            ask()
        fields = [problem.field for problem in refusal.value.problems]
        assert fields == ["/classes/annuity", "/classes/bond_fund"]
        assert refusal.value.problems[0].remedy == "choose among money_fund, gold"


def test_a_part_of_a_model_keeps_every_figure_in_the_order_asked_for() -> None:
    whole = load_default_assumptions()
    some = (ProductClass.GOLD, ProductClass.MONEY_FUND, ProductClass.BOND_FUND)
    part = whole.over(some)
    assert part.classes == some
    assert (part.version, part.content_hash) == (whole.version, whole.content_hash)
    for i, first in enumerate(some):
        a = whole.index(first)
        assert part.net_returns[i] == whole.net_returns[a]
        for j, second in enumerate(some):
            assert part.covariance[i, j] == whole.covariance[a, whole.index(second)]
    weights = np.array([0.2, 0.5, 0.3])
    everything = np.zeros(len(whole.classes))
    everything[[whole.index(c) for c in some]] = weights
    assert np.linalg.norm(part.factor @ weights) == pytest.approx(
        np.linalg.norm(whole.factor @ everything), rel=1e-12
    )


def test_the_whole_of_a_model_is_the_model() -> None:
    whole = load_default_assumptions()
    same = whole.over(whole.classes)
    np.testing.assert_array_equal(same.covariance, whole.covariance)
    np.testing.assert_array_equal(same.net_returns, whole.net_returns)


def test_a_part_must_name_known_classes_once() -> None:
    with pytest.raises(InputError, match="annuity"):
        model().over([ProductClass.ANNUITY])
    with pytest.raises(InputError, match="each class once"):
        model().over([ProductClass.GOLD, ProductClass.GOLD])
    with pytest.raises(InputError, match="at least one"):
        model().over([])


def test_a_quoted_rate_becomes_the_net_return_and_nothing_else_changes() -> None:
    whole = load_default_assumptions()
    rates = {ProductClass.TIME_DEPOSIT: 0.0125, ProductClass.MONEY_FUND: 0.02}
    quoted = whole.with_rates(rates)
    for i, product_class in enumerate(whole.classes):
        expected = rates.get(product_class, whole.net_returns[i])
        assert quoted.net_returns[i] == pytest.approx(expected, abs=1e-15)
    assert (quoted.version, quoted.content_hash) == (whole.version, whole.content_hash)
    np.testing.assert_array_equal(quoted.fees, whole.fees)
    np.testing.assert_array_equal(quoted.covariance, whole.covariance)
    # The model itself is left as it was.
    np.testing.assert_array_equal(whole.net_returns, load_default_assumptions().net_returns)
    np.testing.assert_array_equal(whole.with_rates({}).net_returns, whole.net_returns)


def test_a_rate_of_an_unknown_class_or_without_a_size_is_refused() -> None:
    with pytest.raises(InputError, match="annuity"):
        model().with_rates({ProductClass.ANNUITY: 0.02})
    with pytest.raises(InputError, match="finite"):
        model().with_rates({ProductClass.GOLD: float("nan")})


def test_means_and_fees_that_are_mistakes_are_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        model(fee=float("nan"))
    with pytest.raises(InputError, match="500%"):
        model(expected=5.1)


@pytest.mark.parametrize("fee", [-0.01, 0.21, 20.0, 1e6])
def test_a_fee_that_no_product_takes_is_refused_with_its_class(fee: float) -> None:
    with pytest.raises(InputError) as refusal:
        model(fee=fee)
    (problem,) = [p for p in refusal.value.problems if p.field.startswith("/fees")]
    assert (problem.field, problem.value) == ("/fees/gold", fee)
    assert "20%" in problem.detail
    assert problem.remedy


def test_a_return_that_only_its_fee_takes_beyond_all_markets_is_refused() -> None:
    assert model(expected=-5.0, fee=0.0).net_returns[1] == -5.0
    assert model(fee=0.2).fees[1] == 0.2
    with pytest.raises(InputError) as refusal:
        model(expected=-4.9, fee=0.2)
    (problem,) = refusal.value.problems
    assert problem.field == "/expected_returns/gold"
    assert problem.value == pytest.approx(-5.1, abs=1e-12)
    assert "less the fee" in problem.detail


def test_the_volatility_of_weights_is_the_root_of_their_variance_and_never_below_zero() -> None:
    weights = np.array([0.3, 0.7])
    expected = float(np.sqrt(weights @ SOUND @ weights))
    assert model().volatility_of(weights) == pytest.approx(expected, abs=1e-15)
    # Perfect hedges, of which the rounded variance is below zero every other time.
    dice, below = np.random.default_rng(0), 0
    for _ in range(100):
        one, other = dice.uniform(0.01, 0.4, 2)
        hedged = np.array([[one**2, -one * other], [-one * other, other**2]])
        weights = np.array([other, one]) / (one + other)
        below += float(weights @ hedged @ weights) < 0
        assert 0 <= model(hedged).volatility_of(weights) < 1e-8
    assert below > 10
