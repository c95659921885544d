"""What no form may hold: each is refused as a form, with its place, and nothing is mended."""

from importlib.resources import files

import pytest

from allocator.errors import InputError
from risk_profiles.questionnaire import MOST_OPTIONS, MOST_QUESTIONS
from risk_profiles.questionnaire_file import DEFAULT_QUESTIONNAIRE, parse_questionnaire

TEXT = (files("risk_profiles") / DEFAULT_QUESTIONNAIRE).read_text(encoding="utf-8")
FOLLOW_UP = 'rule = "k1"\nzh = "'
WISH = "{reachable_return}"
DEEP = "a." * 5000 + "a"


def refused(text: str) -> InputError:
    with pytest.raises(InputError, match="odd-form") as caught:
        parse_questionnaire(text, name="odd-form")
    assert caught.value.code == "invalid_questionnaire"
    return caught.value


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def problems(text: str) -> dict[str, str]:
    return {problem.field: problem.detail for problem in refused(text).problems}


def idle_question(name: str, *, options: int = 2) -> str:
    texts = 'zh = "问", en = "ask"'
    rows = ", ".join(f'{{ id = "{n}", points = 0, {texts} }}' for n in range(options))
    words = 'zh = "问"\nen = "ask"\nrationale = "None."\nsource = "None"'
    return f'\n[[question]]\nid = "{name}"\ntrait = "need"\nweight = 0\n{words}\noptions = [{rows}]'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1" * 4301, "a number in it is too long"),
        ("1e99999999999999999999", "a number in it is too long"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
        ("[", "at end of document"),
    ],
)
def test_text_that_cannot_be_read_is_refused_by_name(value: str, said: str) -> None:
    assert said in str(refused(f"odd = {value}"))


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "1" * 4000, "-" + "9" * 4000])
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("below = 30", "below = {}", "/age_band/0/below"),
        ("lift_knowledge = 60", "lift_knowledge = {}", "/lift_knowledge"),
        ("edges = [20,", "edges = [{},", "/edges"),
        ("from = 0, to = 1, zh", "from = {}, to = 1, zh", "/question/q4/options/a/from"),
        ('id = "q2"', "id = {}", "/question/0/id"),
        ('rule = "k1"', "rule = {}", "/follow_up/0/rule"),
        ("age_weight = 2", "age_weight = 2\ncolour = {}", "/colour"),
    ],
)
def test_a_number_of_more_than_64_bits_is_a_problem_like_any_other(
    old: str, new: str, field: str, number: str
) -> None:
    assert field in problems(changed(old, new.format(number)))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("age_weight = 2", f"age_weight = 2\n{DEEP} = 1", "/a"),
        ('version = "cn-2026-2"', f"version.{DEEP} = 1", "/version"),
        ('id = "q2"', f"id.{DEEP} = 1", "/question/0/id"),
        ("edges = [20,", f"edges = [{{ {DEEP} = 1 }},", "/edges"),
        ("edges = [20,", "edges = [[0], ", "/edges"),
    ],
)
def test_tables_in_tables_are_a_problem_like_any_other(old: str, new: str, field: str) -> None:
    assert field in problems(changed(old, new))


def test_a_byte_order_mark_at_the_start_is_no_part_of_the_form() -> None:
    marked, plain = parse_questionnaire(f"\ufeff{TEXT}"), parse_questionnaire(TEXT)
    assert marked.questions == plain.questions
    assert marked.version == plain.version
    assert "not TOML" in str(refused(f"\ufeff\ufeff{TEXT}"))


@pytest.mark.parametrize("below", ["64.5", "0", "-1", "151", "1e2", '"30"', "true", "inf", "nan"])
def test_an_age_that_is_no_whole_number_of_years_is_refused(below: str) -> None:
    found = problems(changed("below = 30", f"below = {below}"))
    assert found["/age_band/0/below"] == "must be a whole number from 1 to 150"


def test_ages_may_lie_at_the_ends_of_the_scale() -> None:
    ends = changed("below = 30", "below = 1").replace("below = 75", "below = 150")
    bands = parse_questionnaire(ends).age_bands
    assert (bands[0].below, bands[-2].below, bands[-1].below) == (1, 150, None)


@pytest.mark.parametrize("code", ["\\u0000", "\\u001b", "\\u007f", "\\u0085", "\\t", "\\r"])
def test_control_characters_are_refused_in_every_text(code: str) -> None:
    for old, new, field in (
        ('zh = "全部卖出"', f'zh = "全部{code}卖出"', "/question/q10/options/a/zh"),
        ('en = "Sell everything"', f'en = "Sell{code}"', "/question/q10/options/a/en"),
        ('rationale = "New savings', f'rationale = "{code}New savings', "/question/q3/rationale"),
        (FOLLOW_UP, FOLLOW_UP + code, "/follow_up/k1/zh"),
        ('version = "cn', f'version = "cn{code}', "/version"),
    ):
        assert problems(changed(old, new))[field] == "must hold no control characters"


def test_a_text_may_have_several_lines() -> None:
    form = parse_questionnaire(changed('rationale = "New savings', 'rationale = "New\\nsavings'))
    assert form["q3"].rationale.startswith("New\nsavings")


@pytest.mark.parametrize("version", ["v" * 41, "a\\nb", "a\\u200bb", " a", "a\\u3000b"])
def test_a_version_is_at_most_forty_characters_that_can_be_seen(version: str) -> None:
    found = problems(changed('version = "cn-2026-2"', f'version = "{version}"'))
    assert found == {"/version": "must be at most 40 visible characters"}


def test_a_version_of_forty_characters_is_accepted() -> None:
    assert parse_questionnaire(changed("cn-2026-2", "第" * 40)).version == "第" * 40


@pytest.mark.parametrize("added", ["{level}", "{right_answers}", WISH, "{", "}", "{}"])
def test_a_wording_names_no_figure_that_nobody_puts_in(added: str) -> None:
    found = problems(changed(FOLLOW_UP, FOLLOW_UP + added))
    assert found == {"/follow_up/k1/zh": "must hold no braces"}


@pytest.mark.parametrize("figure", ["{{reachable_return}}", "{reachable_return}{level}"])
def test_the_wording_of_a_wish_names_the_figure_it_is_compared_with_alone(figure: str) -> None:
    found = problems(TEXT.replace(WISH, figure))
    assert found["/follow_up/k3/en"] == f"must hold no braces but {WISH}"


def test_a_form_asks_as_many_questions_as_a_sheet_may_answer_and_no_more() -> None:
    asked = len(parse_questionnaire(TEXT).questions)
    more = [idle_question(f"idle{n}") for n in range(MOST_QUESTIONS - asked + 1)]
    full = parse_questionnaire(TEXT + "".join(more[1:]))
    assert len(full.questions) == MOST_QUESTIONS == 60
    assert problems(TEXT + "".join(more)) == {"/question": "must be asked at most 60 times"}


def test_a_question_has_as_many_options_as_a_terminal_has_letters_and_no_more() -> None:
    full = parse_questionnaire(TEXT + idle_question("idle", options=MOST_OPTIONS))
    assert len(full["idle"].options) == MOST_OPTIONS == 25
    found = problems(TEXT + idle_question("idle", options=MOST_OPTIONS + 1))
    assert found == {"/question/idle/options": f"must be at most {MOST_OPTIONS}"}
