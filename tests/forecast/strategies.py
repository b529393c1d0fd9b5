"""Pipelines as Hypothesis draws them: seven rates, and how many items wait and are done in each stage."""

from hypothesis import strategies as st

from igny8.forecast import Rate, Totals

STAGES = 7
seconds = st.floats(0.0, 500.0)
positive_seconds = st.floats(0.001, 500.0)
outputs = st.floats(0.0, 20.0)
rates = st.lists(
    st.builds(Rate, seconds, outputs, st.floats(0.0, 50.0), st.floats(0.0, 1e5)),
    min_size=STAGES,
    max_size=STAGES,
)
counts = st.lists(st.integers(0, 100_000), min_size=STAGES, max_size=STAGES)
rests = st.floats(1e-6, 1.0)
tallies = st.builds(
    Totals, st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e5)
)
