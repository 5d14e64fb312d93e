"""The session descriptions between browser, gateway and rooms (RFC 8866). Pure.

In: a browser's offer; what the gateway makes of it. Out: which of its codecs we take; where and with which keys the
gateway sends; our answer, which the gateway completes for the browser.
"""

import re
from dataclasses import dataclass

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.spool.record import Kind

_CODECS = {Kind.AUDIO: ("opus/48000/2", "opus"), Kind.VIDEO: ("VP8/90000", "vp8")}
_FEEDBACK = {"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}
_EXTENSIONS = (
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
)
"""Those that only gateway and browser use."""
_DIRECTIONS = {"sendrecv", "sendonly", "recvonly", "inactive"}
_SUITE = "AES_CM_128_HMAC_SHA1_80"
_TAG = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One section of an offer, as far as it is answered."""

    kind: Kind
    payload_type: int
    feedback: tuple[str, ...]
    extensions: tuple[str, ...]
    """Each as `id uri`."""


@dataclass(frozen=True, slots=True)
class End:
    """Where the gateway takes and sends one kind of media."""

    host: str
    port: int
    key: str
    """Base64 of key and salt of what it sends (RFC 4568 §6.1)."""


def lines(offer: str) -> tuple[Line, ...]:
    """What is answered, in the offer's order. Raises `BadOffer`: not both ways, none of our codecs, or not secured."""
    head, *sections = _sections(offer)
    for needed in ("ice-ufrag", "ice-pwd", "fingerprint"):
        in_each = bool(sections) and all(_values(section, needed) for section in sections)
        if not in_each and not _values(head, needed):
            raise BadOffer(f"there is no {needed} in the offer")
    return tuple(_line(section) for section in sections)


def ends(generated: str) -> dict[Kind, End]:
    """Of what the gateway says of itself. Raises `ValueError`: it does not say all that we need."""
    found = {}
    for section in _sections(generated)[1:]:
        kind, port = section[0][2:].split(" ")[:2]
        hosts = [line.split(" ")[2] for line in section if line.startswith("c=IN ")]
        keys = re.findall(rf"^a=crypto:{_TAG} {_SUITE} inline:([A-Za-z0-9+/=]{{40}})", "\n".join(section), re.MULTILINE)
        if not (hosts and keys and port.isdecimal()):
            raise ValueError("the gateway does not say where it sends, or with which key")
        found[Kind[kind.upper()]] = End(hosts[0], int(port), keys[0])
    if set(found) != set(Kind):
        raise ValueError("the gateway sends one kind of media only")
    return found


def answer(chosen: tuple[Line, ...], host: str, port: int, keys: dict[Kind, str]) -> str:
    """Ours to the gateway: both kinds at one address, each with a key (base64) of its own."""
    family = 6 if ":" in host else 4
    out = ["v=0", f"o=- 1 1 IN IP{family} {host}", "s=-", "t=0 0"]
    for line in chosen:
        number = line.payload_type
        out += [
            f"m={line.kind.name.lower()} {port} RTP/SAVP {number}",
            f"c=IN IP{family} {host}",
            f"a=rtpmap:{number} {_CODECS[line.kind][0]}",
            *(f"a=rtcp-fb:{number} {one}" for one in line.feedback),
            *(f"a=extmap:{one}" for one in line.extensions),
            f"a=crypto:{_TAG} {_SUITE} inline:{keys[line.kind]}",
            "a=sendrecv",
        ]
    return "\r\n".join([*out, ""])


def _line(section: list[str]) -> Line:
    kind = Kind[section[0][2:].split(" ", 1)[0].upper()]
    if (_DIRECTIONS & {line[2:] for line in section if line.startswith("a=")}) - {"sendrecv"}:
        raise BadOffer("both sections must be sendrecv: who takes part in a call is seen and heard")
    wanted = re.compile(rf"(\d{{1,3}}) {_CODECS[kind][1]}/", re.IGNORECASE)
    numbers = [found[1] for value in _values(section, "rtpmap") if (found := wanted.match(value))]
    if not numbers:
        raise BadOffer(f"the offer is without {_CODECS[kind][1]}")
    told = [value.partition(" ")[2] for value in _values(section, "rtcp-fb") if value.split(" ", 1)[0] == numbers[0]]
    extensions = [value for value in _values(section, "extmap") if value.split(" ", 1)[-1] in _EXTENSIONS]
    return Line(kind, int(numbers[0]), tuple(one for one in told if one in _FEEDBACK), tuple(extensions))


def _sections(description: str) -> list[list[str]]:
    """The head, and what begins with each `m=`."""
    out: list[list[str]] = [[]]
    for line in description.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            out.append([])
        out[-1].append(line)
    return out


def _values(section: list[str], name: str) -> list[str]:
    return [line[len(name) + 3 :] for line in section if line.startswith(f"a={name}:")]
