"""The board of `dastak listen` as rows of a terminal.

In: a board and the size of the terminal. Out: what rich prints. Called by `listen_screen`; the lines alone by `listen`.
"""

import json

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.text import Text

from dastak.cli.desk.board import Board, Line
from dastak.cli.desk.sending import Answer

KEYS = "↑↓ choose · Enter detail · r send again · s let the server resend · q quit"
KEYS_OPEN = "↑↓ scroll · Enter or Esc back · r send again · s let the server resend · q quit"
FRAME = 4
"""Rows that are no events: heading, rule, word, keys."""


def drawn(title: str, board: Board, console: Console) -> RenderableType:
    """The whole screen."""
    width, height = console.size
    room = max(1, height - FRAME)
    rows = _detail(board.line, width) if board.is_open and board.line else _list(board, width)
    first = min(board.scrolled, max(0, len(rows) - room)) if board.is_open else _first(board, room)
    shown = rows[first : first + room] or [_cut(Text("Waiting for the next event …", style="dim"), width)]
    blank = [Text("")] * (room - len(shown))
    keys = KEYS_OPEN if board.is_open else KEYS
    head = [Text(title, style="bold", no_wrap=True, overflow="ellipsis"), Text("─" * width, style="dim")]
    foot = [Text(board.word, style="yellow", no_wrap=True, overflow="ellipsis"), _cut(Text(keys, style="dim"), width)]
    return Group(*head, *shown, *blank, *foot)


def line_of(line: Line) -> str:
    """An event in a line, as markup."""
    event = line.event
    told = answer_of(line.answer)
    if line.answer is None and event.body is None:
        told = "[yellow]its body is no longer kept[/yellow]"
    again = f"  {line.times} times" if line.times > 1 else ""
    whose = f"{event.occurred_at[11:19]}  {event.type}  {escape(event.verification_id)} #{event.sequence}"
    return f"{whose}  {told}{again}".rstrip()


def answer_of(answer: Answer | None) -> str:
    """What a handler said, as markup; empty without a handler."""
    if answer is None:
        return ""
    mark = "green" if answer.is_accepted else "red"
    told = f"[{mark}]{answer.status or '---'}[/{mark}]  {answer.seconds * 1000:.0f} ms"
    return f"{told}  {escape(answer.problem)}".rstrip()


def _list(board: Board, width: int) -> list[Text]:
    rows = []
    for place, line in enumerate(board.lines):
        is_chosen = place == board.chosen
        row = Text.from_markup(("▸ " if is_chosen else "  ") + line_of(line), style="reverse" if is_chosen else "")
        rows.append(_cut(row, width))
    return rows


def _detail(line: Line, width: int) -> list[Text]:
    """The event, what was sent, what came back: in rows that fit."""
    event = line.event
    facts = [f"{event.type}  {event.verification_id} #{event.sequence}  {event.occurred_at}"]
    whole = [*facts, f"{event.id}  {event.journey_id}", ""]
    answer = line.answer
    if answer is not None:
        whole += [f"answer {answer.status or '---'} in {answer.seconds * 1000:.0f} ms {answer.problem}"]
        whole += [f"< {text}" for text in answer.body.decode("utf-8", "replace").splitlines()] + [""]
    whole += ["Its body is no longer kept."] if event.body is None else _pretty(event.body).splitlines()
    if answer is not None:
        whole += ["", "sent", *(f"> {name}: {value}" for name, value in line.sent)]
        whole += ["", "answered", *(f"< {name}: {value}" for name, value in answer.headers)]
    rows: list[Text] = []
    for text in whole:
        rows += Text(_printable(text)).wrap(Console(width=width), width) if text else [Text("")]
    return rows


def _pretty(body: bytes) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _first(board: Board, room: int) -> int:
    """The first line of the list that is shown, so that the chosen one is."""
    return max(0, min(board.chosen - room // 2, len(board.lines) - room))


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text
