"""Elements are well-formed whatever is in them, and none carries a style."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from dastak.web.design.charts.element import element, number, percent

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(words, words)
def test_whatever_is_said_comes_back_from_the_written_element(inside: str, attribute: str) -> None:
    made = element("text", inside, aria_label=attribute)
    read = ET.fromstring(str(made))  # noqa: S314
    assert (read.text or "") == inside
    assert read.attrib == {"aria-label": attribute}


def test_a_template_prints_an_element_as_it_is_and_its_hostile_text_escaped() -> None:
    made = element("text", "<script>alert(1)</script>", x=1)
    page = Environment(autoescape=True).from_string("<p>{{ made }}</p>").render(made=made)
    assert page == '<p><text x="1">&lt;script&gt;alert(1)&lt;/script&gt;</text></p>'


def test_numbers_have_no_more_digits_than_they_need() -> None:
    assert [number(value) for value in (3, 3.0, 3.14159, 0.1, -2.5)] == ["3", "3", "3.14", "0.1", "-2.5"]
    assert [percent(value) for value in (0, 0.5, 1 / 3)] == ["0%", "50%", "33.33%"]


def test_classes_are_given_as_a_kind_and_what_is_none_is_left_out() -> None:
    assert str(element("g", None, element("line", kind="grid", x1=0))) == '<g><line class="grid" x1="0"/></g>'
