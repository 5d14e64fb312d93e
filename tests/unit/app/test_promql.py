"""The reader of expressions, which other tests rely on, sees what is there."""

import pytest

from unit.app.promql import Matcher, labels_in, matchers_in, metrics_in


def test_it_sees_metrics_and_labels() -> None:
    simple = 'sum by (le, a) (rate(x_bucket{b="1",d!~"e"}[5m])) / y > 0.5 and time() - z > 120'
    assert metrics_in(simple) == {"x_bucket", "y", "z"}
    assert labels_in(simple) == {"le", "a", "b", "d"}
    assert list(matchers_in(simple)) == [Matcher("x_bucket", "b", "=", "1"), Matcher("x_bucket", "d", "!~", "e")]


def test_a_bracket_that_is_missing_is_seen() -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        metrics_in("sum(rate(x[5m])")
