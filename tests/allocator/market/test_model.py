"""A market model keeps its one factor convention and refuses what no market could be."""

from datetime import date

import numpy as np
import pytest

from allocator.errors import InputError
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


def test_means_and_fees_that_are_mistakes_are_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        model(fee=float("nan"))
    with pytest.raises(InputError, match="500%"):
        model(expected=5.1)
