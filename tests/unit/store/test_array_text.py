"""What PostgreSQL reads of arrays that are written as text is proven against it in tests/integration/shared."""

from dastak.store.postgres.array_text import flags, names, numbers


def test_arrays_are_written_as_postgresql_reads_them() -> None:
    assert numbers([1, -2]) == "{1,-2}"
    assert flags([True, False]) == "{t,f}"
    assert names(["mer_1", "mer_2"]) == '{"mer_1","mer_2"}'


def test_nothing_is_an_empty_array() -> None:
    assert [numbers([]), flags([]), names([])] == ["{}"] * 3


def test_a_name_that_could_end_its_quotes_is_written_so_that_it_does_not() -> None:
    assert names(['a","b', "back\\slash"]) == '{"a\\",\\"b","back\\\\slash"}'
