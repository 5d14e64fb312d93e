"""The board of `dastak listen`: what a key does, and that every screen fits the terminal."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dastak.cli.board_view import drawn
from dastak.cli.desk.board import MOST_KEPT, Act, Board, Line
from dastak.cli.desk.following import Pulled
from dastak.cli.desk.sending import Answer

KEYS = ["up", "down", "j", "k", "enter", "esc", "r", "s", "x"]


def line(number: int, answer: Answer | None = None, body: bytes | None = b'{"a": [1, "\\u001b[31m"]}') -> Line:
    event = Pulled(
        f"evt_{number}", "KYC_LINK_SUCCESS", f"order-{number}", "jrn_1", 1, "2026-01-31T10:00:00+00:00", body, "1"
    )
    return Line(event, answer=answer, times=1 if answer else 0)


def board(count: int) -> Board:
    made = Board()
    for number in range(count):
        made = made.came(line(number))
    return made


def press(one: Board, *keys: str) -> Board:
    for key in keys:
        one, _ = one.pressed(key)
    return one


def screen(one: Board, columns: int = 80, rows: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=columns, height=rows, force_terminal=True, color_system=None)
    with console.capture() as printed:
        console.print(drawn("dastak listen", one, console))
    return printed.get().splitlines()


def test_the_choice_stays_with_the_latest_until_somebody_chooses() -> None:
    assert board(3).chosen == 2
    chosen = press(board(3), "up").came(line(3))
    assert (chosen.chosen, chosen.line) == (1, board(3).lines[1])


def test_an_open_event_stays_open_when_others_come() -> None:
    opened = press(board(1), "enter").came(line(1))
    assert (opened.chosen, opened.is_open) == (0, True)
    assert press(opened, "esc").is_open is False


def test_old_lines_go_and_the_choice_does_not_slip() -> None:
    full = press(board(MOST_KEPT), "up", "up").came(line(MOST_KEPT))
    assert len(full.lines) == MOST_KEPT
    assert full.line is not None
    assert full.line.event.id == f"evt_{MOST_KEPT - 3}"


def test_what_the_keys_ask_for() -> None:
    assert board(1).pressed("r")[1] is Act.AGAIN
    assert board(1).pressed("s")[1] is Act.SERVER
    assert [board(1).pressed(key)[1] for key in ("q", "ctrl-c")] == [Act.QUIT, Act.QUIT]
    assert {Board().pressed(key) for key in KEYS} == {(Board(), Act.NOTHING)}


def test_what_was_sent_again_shows_its_latest_answer() -> None:
    again = Line(board(2).lines[0].event, answer=Answer(200, 0.01), times=2)
    after = board(2).sent_again(again)
    assert after.lines[0] == again
    assert "attempt 2: 200" in after.word
    assert "2 times" in "\n".join(screen(after))


@given(st.integers(0, 60), st.lists(st.sampled_from(KEYS)), st.integers(20, 130), st.integers(6, 50), st.booleans())
def test_every_screen_fits(count: int, keys: list[str], columns: int, rows: int, is_kept: bool) -> None:
    made = board(count)
    if count:
        made = made.sent_again(
            line(0, Answer(500, 1, b"no\x1b[2J\nwhy", (("x", "y" * 300),)), b"{}" if is_kept else None)
        )
    shown = screen(press(made, *keys).said("word " * 40), columns, rows)
    assert len(shown) <= rows
    assert all(len(row) <= columns for row in shown)
    assert not any("\x1b[31m" in row or "\x1b[2J" in row for row in shown)


def test_the_chosen_line_is_on_the_screen() -> None:
    many = press(board(100), *["up"] * 70)
    (chosen,) = (row for row in screen(many) if row.startswith("▸"))
    assert "order-29" in chosen
