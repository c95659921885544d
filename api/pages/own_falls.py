"""A fall in the client's own yuan, for the question on how large a loss is acceptable.

    this money = investable wealth * the share of it that was answered
    fall       = this money * the loss that an option accepts

Both take the upper end of what an answer means, so an amount is the most that the answer stands
for. A fall is easier to picture in one's own money than in that of an example, but only in this
money: without an answer on its share no amount is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocator.money import Money
from api.pages.answer_words import find_option
from risk_profiles.questionnaire import Option, Question, Questionnaire, Topic


@dataclass(frozen=True, slots=True)
class OwnFalls:
    """What the options of a question mean in yuan.

    Attributes:
        wealth: Investable wealth on record.
        share: The most of it that this money is, by the client's answer.
        money: What this money is, then.
        amounts: The fall that each option accepts, by option id.
    """

    wealth: Money
    share: Decimal
    money: Money
    amounts: Mapping[str, Money]


def own_falls(
    form: Questionnaire, asked: Question, answers: Mapping[str, str], *, wealth: Money
) -> OwnFalls | None:
    """Return the falls of a question on loss, or None where no amount can be told.

    Args:
        form: The form that asks.
        asked: The question on the page.
        answers: What the client has answered so far.
        wealth: Investable wealth on record.
    """
    question = form.find(Topic.SHARE_OF_ASSETS)
    chosen = None if question is None else find_option(question, answers.get(question.id))
    share = None if chosen is None else _upper_end(chosen)
    if asked.topic is not Topic.LOSS or share is None:
        return None
    money = wealth.scaled(share)
    ends = {option.id: _upper_end(option) for option in asked.options}
    amounts = {name: money.scaled(end) for name, end in ends.items() if end is not None}
    return OwnFalls(wealth, share, money, amounts) if money.amount > 0 and amounts else None


def _upper_end(option: Option) -> Decimal | None:
    return None if option.span is None else option.span.end
