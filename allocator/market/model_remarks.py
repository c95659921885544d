"""What there is to say about a built model: window, weights, shrinkage, views, repair."""

from decimal import Decimal

from allocator.market.provenance import Provenance
from allocator.product_classes import CLASSES
from allocator.statements import Severity, Statement

# Above this shrinkage less than a tenth of a sample correlation is left.
STRONG_SHRINKAGE = 0.9


def remarks_on(origin: Provenance, *, left_out: int) -> tuple[Statement, ...]:
    """Return what counted for how much, and what had to give.

    Args:
        origin: Of the model.
        left_out: Rows of the price file outside the window that all series share.
    """
    told = [
        Statement(
            "model.window",
            evidence={
                "start": origin.start,
                "end": origin.end,
                "periods": origin.periods,
                "classes": len(origin.series),
            },
        ),
        Statement(
            "model.prior_weight",
            evidence={
                "weight": origin.prior_weight,
                "sample_weight": 1 - origin.prior_weight,
                "prior_years": Decimal(str(origin.prior_years)),
                "sample_years": Decimal(str(origin.sample_years)),
            },
        ),
        Statement("model.shrinkage", evidence={"shrinkage": origin.shrinkage}),
    ]
    if origin.shrinkage > STRONG_SHRINKAGE:
        told.append(
            Statement(
                "model.correlations_lost",
                Severity.WARNING,
                evidence={"shrinkage": origin.shrinkage},
            )
        )
    shown = {series.product_class for series in origin.series}
    told += [
        Statement("model.class_from_prior", evidence={"product_class": c})
        for c in CLASSES
        if c not in shown
    ]
    if origin.committee is not None:
        told.append(
            Statement(
                "model.views",
                evidence={"views": len(origin.committee.views), "met": origin.committee.met},
            )
        )
    if left_out:
        told.append(Statement("model.rows_left_out", evidence={"rows": left_out}))
    if origin.largest_shift > 0:
        told.append(
            Statement(
                "model.repaired",
                Severity.WARNING,
                evidence={"shift": f"{origin.largest_shift:.4f}"},
            )
        )
    return tuple(told)
