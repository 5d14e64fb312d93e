"""What of a browser's session description is let in, and what of ours goes out. Pure.

In: SDP (RFC 8866) from anybody. Out: SDP without addresses. Where a browser says it can be reached does not matter:
it reaches us, and we answer where its packets come from. So nobody makes this server send to an address of his choice,
and no name is looked up.
"""

from dastak.journeys.video_kyc.rooms import BadOffer

LONGEST_OFFER = 64 << 10
_SECTIONS = {"audio", "video"}


def admitted(offer: str) -> str:
    """The offer as it may be read. Raises `BadOffer`: not one audio and one video section, or not both ways."""
    if len(offer) > LONGEST_OFFER:
        raise BadOffer("the offer is too long")
    lines = offer.replace("\r\n", "\n").split("\n")
    if lines[0] != "v=0":
        raise BadOffer("this is no session description")
    sections = [line[2:].split(" ", 1)[0] for line in lines if line.startswith("m=")]
    if sorted(sections) != sorted(_SECTIONS):
        raise BadOffer("a call needs exactly one audio and one video section")
    kept = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    return "\r\n".join(kept)


def given_out(answer: str, public_address: str) -> str:
    """The answer, with the public address in the place of the host's, where there is one."""
    if not public_address:
        return answer
    return "".join(_moved(line, public_address) for line in answer.splitlines(keepends=True))


def _moved(line: str, address: str) -> str:
    if line.startswith("a=candidate:"):
        fields = line.split(" ")
        fields[4] = address  # foundation component transport priority ADDRESS port (RFC 8839 §5.1)
        return " ".join(fields)
    if line.startswith("c=IN "):
        return f"c=IN IP{6 if ':' in address else 4} {address}\r\n"
    return line
