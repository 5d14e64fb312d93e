"""Names for TURN servers that end."""

from dastak.journeys.video_kyc.rooms import IceServer
from dastak.video.turn import LIFE, with_names

STUN = IceServer(("stun:turn.example.com",))
NAMED = IceServer(("turn:turn.example.com",), "kyc", "fixed")
TURN = IceServer(("turns:turn.example.com?transport=tcp",))


def test_without_a_secret_servers_are_with_names_as_they_are() -> None:
    assert with_names([STUN, NAMED, TURN], "", 1_700_000_000.5) == (STUN, NAMED, TURN)


def test_with_one_a_turn_server_gets_a_name_that_ends_and_the_others_stay() -> None:
    stun, named, turn = with_names([STUN, NAMED, TURN], "north", 1_700_000_000.5)
    assert (stun, named) == (STUN, NAMED)
    assert turn.username == str(1_700_000_000 + int(LIFE.total_seconds()))
    assert turn.credential == "7UhIVxhwoWr4TbokVqw6WlKBN18="
    assert with_names([TURN], "north", 1_700_000_001.5) != (turn,)
