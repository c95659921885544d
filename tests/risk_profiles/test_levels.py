import itertools

from risk_profiles.levels import LEVELS, SCORE_EDGES, ProfileLevel, level_of_score, upper_edge


def test_every_limit_widens_from_one_level_to_the_next() -> None:
    limits = [LEVELS[level] for level in ProfileLevel]
    for lower, higher in itertools.pairwise(limits):
        assert lower.anchor_risk_aversion > higher.anchor_risk_aversion
        assert lower.volatility_cap < higher.volatility_cap
        assert lower.risky_share_cap < higher.risky_share_cap
        assert lower.highest_risk_level < higher.highest_risk_level


def test_an_edge_belongs_to_the_level_above_it() -> None:
    for edge, below, above in zip(SCORE_EDGES, ProfileLevel, list(ProfileLevel)[1:], strict=False):
        assert level_of_score(edge) is above
        assert level_of_score(edge - 1e-9) is below
        assert upper_edge(below) == edge
    assert level_of_score(0) is ProfileLevel.C1
    assert level_of_score(100) is ProfileLevel.C5
