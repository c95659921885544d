import json

from hypothesis import given
from hypothesis import strategies as st

from allocator.money import Money
from api.basis_documents import basis_document, read_basis
from api.documents import canonical_json
from risk_profiles.assessment_basis import AssessmentBasis

amounts = st.integers(0, 10**15).map(Money.from_minor)
bases = st.builds(
    AssessmentBasis,
    age=st.integers(18, 110),
    annual_income=amounts,
    monthly_pension=amounts,
    investable_wealth=amounts,
    dependants=st.integers(0, 9),
    earners=st.integers(0, 9),
    monthly_payments=amounts,
)


@given(bases)
def test_a_basis_reads_back_from_its_text_as_it_was(basis: AssessmentBasis) -> None:
    assert read_basis(json.loads(canonical_json(basis_document(basis)))) == basis
