"""Life-cycle parameters: figures with their basis, refused by field when they cannot be used."""

import hashlib
import re
from dataclasses import replace

import pytest

from allocator.errors import InputError
from allocator.life_cycle.needs import GoalKind
from risk_profiles.life_cycle_parameters import (
    DEFAULT_LIFE_CYCLE,
    FIRST_LIFE_CYCLE,
    FigureStatus,
    LifeCycleParameters,
    RetirementReform,
    load_default_life_cycle_parameters,
    parse_life_cycle_parameters,
    read_life_cycle,
)
from risk_profiles.person import IncomeKind, WorkCategory

TEXT = read_life_cycle(DEFAULT_LIFE_CYCLE)
SHIPPED = load_default_life_cycle_parameters()


def spoiled(old: str, new: str) -> InputError:
    """Return the refusal of the shipped text with one passage changed."""
    assert TEXT.count(old) >= 1
    with pytest.raises(InputError) as caught:
        parse_life_cycle_parameters(TEXT.replace(old, new, 1), name="own.toml")
    assert caught.value.code == "invalid_life_cycle"
    assert "own.toml" in str(caught.value)
    return caught.value


def section(name: str) -> str:
    """Return one table of the shipped text, its header included."""
    found = re.search(rf"^\[{re.escape(name)}\]\n(?:.+\n)*", TEXT, re.MULTILINE)
    assert found is not None
    return found.group()


def test_the_first_edition_keeps_the_figures_that_earlier_advice_was_made_with() -> None:
    first = parse_life_cycle_parameters(read_life_cycle(FIRST_LIFE_CYCLE))
    rows = {
        kind: (r.shock_variance, r.correlation, r.early_growth, r.uncertainty, r.extra_months)
        for kind, r in first.incomes.items()
    }
    assert rows == {
        IncomeKind.PUBLIC: (0.010, 0.00, 0.04, 0.00, 0),
        IncomeKind.SALARIED: (0.020, 0.10, 0.05, 0.25, 0),
        IncomeKind.COMMISSION: (0.030, 0.30, 0.04, 0.50, 0),
        IncomeKind.ENTREPRENEUR: (0.040, 0.30, 0.03, 0.75, 3),
        IncomeKind.RETIRED: (0, 0, 0, 0.00, 3),
        IncomeKind.NONE: (0, 0, 0, 1.00, 6),
    }
    assert first.goals_that_outlive == set(GoalKind)
    assert not first.income_needs_an_end
    assert (first.real_riskless_rate, first.single_income_uncertainty) == (0.01, 0.5)
    assert (first.shock_price, first.pension_spread, first.last_age) == (0.55, 0.022, 100)
    growth = (first.yearly_fade_of_growth, first.lowest_growth, first.growth_age)
    assert growth == (0.002, -0.02, 25)
    assert first.retirement == {
        WorkCategory.MAN: RetirementReform(60, 36, 4),
        WorkCategory.WOMAN_55: RetirementReform(55, 36, 4),
        WorkCategory.WOMAN_50: RetirementReform(50, 60, 2),
    }


def test_the_edition_in_use_differs_from_the_first_in_its_two_rules_alone() -> None:
    first = parse_life_cycle_parameters(read_life_cycle(FIRST_LIFE_CYCLE))
    assert SHIPPED.goals_that_outlive == {GoalKind.EDUCATION}
    assert SHIPPED.income_needs_an_end
    as_first = replace(
        SHIPPED,
        version=first.version,
        content_hash=first.content_hash,
        goals_that_outlive=first.goals_that_outlive,
        income_needs_an_end=first.income_needs_an_end,
        bases=first.bases,
    )
    assert as_first == first


def test_every_figure_carries_its_status_and_a_basis_and_every_law_its_source() -> None:
    figures = set(re.findall(r"^\[(?:figure\.)?([\w.]+)\]$", TEXT, re.MULTILINE))
    assert set(SHIPPED.bases) == figures
    assert {kind.value for kind in IncomeKind} < {name.rpartition(".")[2] for name in figures}
    for name, basis in SHIPPED.bases.items():
        assert basis.basis
        assert (basis.status is FigureStatus.LAW) <= bool(basis.source), name
    assert SHIPPED.bases["inflation"].status is FigureStatus.ASSUMPTION
    assert SHIPPED.bases["retirement.man"].status is FigureStatus.LAW


def test_the_hash_is_that_of_the_text_and_a_byte_order_mark_does_no_harm() -> None:
    assert SHIPPED.content_hash == hashlib.sha256(TEXT.encode()).hexdigest()
    marked = parse_life_cycle_parameters("\ufeff" + TEXT)
    assert marked.content_hash != SHIPPED.content_hash
    assert marked.incomes == SHIPPED.incomes


def test_growth_fades_in_a_straight_line_to_its_floor() -> None:
    growth = [SHIPPED.growth_at(age, kind=IncomeKind.PUBLIC) for age in (20, 25, 45, 55, 56, 90)]
    assert growth == pytest.approx([0.05, 0.04, 0.0, -0.02, -0.02, -0.02])


BASIS = 'status = "assumption"'


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        (section("figure.inflation"), "", "/figure/inflation/value", None),
        (section("income.none"), "", "/income/none/uncertainty", None),
        (section("retirement.man"), "", "/retirement/man/base_age", None),
        ("[figure.inflation]\nvalue = 0.010", "[figure.inflation]\nvalue = nan",
         "/figure/inflation/value", "nan"),
        ("[figure.inflation]\nvalue = 0.010", "[figure.inflation]\nvalue = 1.0",
         "/figure/inflation/value", "1.0"),
        ("[figure.inflation]\nvalue = 0.010", '[figure.inflation]\nvalue = "1 %"',
         "/figure/inflation/value", "1 %"),
        ("[figure.inflation]\nvalue = 0.010", "[figure.inflation]\nvalue = true",
         "/figure/inflation/value", "True"),
        ("[figure.inflation]\nvalue = 0.010", "[figure.inflation]\nvalue = 0.010\nvalu = 1",
         "/figure/inflation/valu", "1"),
        ("[figure.retirement_spending]\nvalue = 0.80", "[figure.retirement_spending]\nvalue = 80",
         "/figure/retirement_spending/value", "80"),
        ("[figure.last_age]\nvalue = 100", "[figure.last_age]\nvalue = 100.5",
         "/figure/last_age/value", "100.5"),
        ("[figure.planning_age]\nvalue = 95", "[figure.planning_age]\nvalue = 101",
         "/figure/planning_age/value", "101"),
        ("[figure.lowest_contribution_months]\nvalue = 180",
         "[figure.lowest_contribution_months]\nvalue = 241",
         "/figure/lowest_contribution_months/value", "241"),
        ('["education"]', '["education", "car"]', "/figure/goals_that_outlive/value", None),
        ('["education"]', '"education"', "/figure/goals_that_outlive/value", "education"),
        ("value = true", "value = 1", "/figure/income_needs_an_end/value", "1"),
        ("value = true", 'value = "yes"', "/figure/income_needs_an_end/value", "yes"),
        ("[figure.inflation]", "[figure.inflatoin]", "/figure/inflatoin", None),
        ("[income.public]", "[income.clerk]", "/income/clerk", None),
        ("[retirement.man]", "[retirement.men]", "/retirement/men", None),
        ("correlation = 0.10", "correlation = 1.1", "/income/salaried/correlation", "1.1"),
        ("extra_months = 6", "extra_months = 7", "/income/none/extra_months", "7"),
        ("step_months = 4", "step_months = 0", "/retirement/man/step_months", "0"),
        ("step_months = 4", "steps = 4", "/retirement/man/steps", "4"),
        (BASIS, 'status = "sure"', "/figure/inflation/status", "sure"),
        (BASIS, "", "/figure/inflation/status", None),
        ('basis = "money should last', 'basis = " "\n#', "/figure/planning_age/basis", " "),
        ("as_of = 2026-11-20", "as_of = 2026-11-20T08:00:00", "/as_of", None),
        ('version = "cn', 'remark = "hello"\nversion = "cn', "/remark", "hello"),
        (section("figure.inflation"), "[figure]\ninflation = 1\n", "/figure/inflation", "1"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_used_is_named_with_its_value_and_a_remedy(
    old: str, new: str, field: str, value: str | None
) -> None:
    (problem,) = [p for p in spoiled(old, new).problems if p.field == field]
    assert problem.remedy
    if value is not None:
        assert str(problem.value) == value


def test_a_law_without_a_source_is_refused() -> None:
    row = section("retirement.man")
    without = re.sub(r"^source = .*\n", "", row, flags=re.MULTILINE)
    assert [p.field for p in spoiled(row, without).problems] == ["/retirement/man/source"]


def test_text_that_is_not_toml_is_refused_by_name() -> None:
    spoiled("version = ", "version == ")


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = TEXT.replace("correlation = 0.10", "correlation = 2").replace("value = 95", "value = 0")
    with pytest.raises(InputError) as caught:
        parse_life_cycle_parameters(text)
    fields = {p.field for p in caught.value.problems}
    assert fields == {"/income/salaried/correlation", "/figure/planning_age/value"}


def test_a_file_of_ones_own_may_change_any_figure() -> None:
    own: LifeCycleParameters = parse_life_cycle_parameters(
        TEXT.replace("[figure.inflation]\nvalue = 0.010", "[figure.inflation]\nvalue = 0.025")
    )
    assert own.inflation == 0.025
    assert own.content_hash != SHIPPED.content_hash
