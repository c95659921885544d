"""The first sentence of a proposal: what it does to the index, or that there is nothing to do."""

from collections.abc import Mapping
from typing import Any

from api.texts import Texts


def proposal_lead(proposal: Mapping[str, Any], texts: Texts) -> str:
    """Return the sentence above a proposal's figures.

    The index rises, stays where it is as far as a reader can see, or falls where some need can be
    met in no other way. Where nothing is to be done, all is close to the target only if every need
    is met.
    """
    if not proposal["orders"]:
        return texts.say(f"page.proposal.{'unmet' if proposal['findings'] else 'nothing'}_lead")
    indices = [float(proposal[side]["index"]) for side in ("before", "after")]
    before, after = (texts.integer(index) for index in indices)
    if before == after:
        return texts.say("page.proposal.same_lead", after=after)
    code = "lead" if indices[1] > indices[0] else "lower_lead"
    return texts.say(f"page.proposal.{code}", before=before, after=after)
