"""What is known of a customer, in lines that an agent reads: who, what they said, what was found out before the call.

In: a case, the time. Out: lines, phone and Aadhaar masked. Agent's and auditor's pages show them. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.checks import Location
from dastak.journeys.video_kyc.template import USER_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import mask_phone

MINUTE = timedelta(minutes=1)

Line = tuple[str, str]
"""What it is, and the value."""

GENDERS = {"M": "Male", "F": "Female", "O": "Other"}
KEPT_WORDS = {"aadhaar_number": "Number", "name": "Name", "dob": "Date of birth", "gender": "Gender"}
ADDRESS_PARTS = ("house", "street", "landmark", "po", "vtc", "subdist", "dist", "state", "pincode", "country")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""
    """Where they come from."""


def case_groups(case: VideoKyc) -> tuple[Group, ...]:
    """Who the customer is and what they said, in the order in which an operator needs it. It stays so in a call."""
    groups = (
        Group("Customer", tuple(_customer(case))),
        Group("Said by the customer", tuple(_said(case))),
        _aadhaar(case),
    )
    return tuple(group for group in groups if group.lines)


def precheck_lines(case: VideoKyc, now: datetime) -> tuple[Line, ...]:
    """What the latest checks of place, network and device found, and how old that is. A call may bring fresher ones."""
    return tuple(_prechecks(case, now))


def first_name(case: VideoKyc) -> str:
    """What to call the customer where a whole name would be too much."""
    return (case.name or "").partition(" ")[0] or "Customer"


def clock_words(at: datetime) -> str:
    """`14:05:09`, in India."""
    return f"{at.astimezone(INDIA):%H:%M:%S}"


def short_clock(at: datetime) -> str:
    """`14:05`, in India."""
    return f"{at.astimezone(INDIA):%H:%M}"


def span_words(span: timedelta) -> str:
    """`less than 1 min`, `3 min`, `2 h 5 min`: pages that are open change once a minute for it."""
    hours, minutes = divmod(span // MINUTE, 60)
    if span < MINUTE:
        return "less than 1 min"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def where_words(place: Location) -> str:
    """`18.520000, 73.860000, within 20 m`: a plain line, which no map service sees."""
    return f"{place.latitude:.6f}, {place.longitude:.6f}, within {place.accuracy_metres:.0f} m"


def place_words(place: Location, now: datetime) -> str:
    """`18.520000, 73.860000, within 20 m, 3 min ago`."""
    return f"{where_words(place)}, {span_words(now - place.at)} ago"


def _customer(case: VideoKyc) -> Iterator[Line]:
    yield "Name", case.name or "not given"
    yield "Phone", mask_phone(case.phone)
    if case.address:
        yield "Address", case.address
    yield "Reference", str(case.reference_id)


def _said(case: VideoKyc) -> Iterator[Line]:
    labels = {field.name: field.label for field in USER_TEMPLATES[case.user_template].fields}
    for name, value in case.details.items():
        yield labels.get(name, _plain(name)), value


def _aadhaar(case: VideoKyc) -> Group:
    if case.aadhaar.is_given:
        given = case.aadhaar_details or {}
        verified = str(given.get("last_verified_at", ""))
        note = f"From the company, which verified it at {verified}." if verified else "From the company."
        return Group("Aadhaar", tuple(_given(given)), note)
    lines = ((KEPT_WORDS.get(name, _plain(name)), value) for name, value in case.aadhaar.kept.items())
    done = case.aadhaar.done_at
    return Group("Aadhaar", tuple(lines), f"Confirmed at {clock_words(done)} with an OTP." if done else "")


def _given(given: Mapping[str, Any]) -> Iterator[Line]:
    gender = str(given.get("gender", ""))
    found = {
        "Name": given.get("name"),
        "Date of birth": given.get("dob"),
        "Gender": GENDERS.get(gender, gender),
        "Care of": given.get("care_of"),
        "Address": _address(given.get("split_address") or given.get("address_details")),
    }
    for label, value in found.items():
        if value:
            yield label, str(value)


def _address(parts: object) -> str:
    if not isinstance(parts, Mapping):
        return ""
    return ", ".join(str(parts[name]) for name in ADDRESS_PARTS if parts.get(name))


def _prechecks(case: VideoKyc, now: datetime) -> Iterator[Line]:
    place, network, device = case.prechecks.location, case.prechecks.ip, case.prechecks.device
    if case.prechecks.abroad is not None:
        yield "Location now, outside India", place_words(case.prechecks.abroad, now)
    if place is not None:
        yield "Location" if case.prechecks.abroad is None else "Location before", place_words(place, now)
    if network is not None:
        country = "India (IN)" if network.country == "IN" else network.country
        yield "Network address", f"{country or 'country unknown'}, no proxy, {span_words(now - network.at)} ago"
    if device is not None:
        found = ["camera and microphone work"]
        if device.round_trip_ms is not None:
            found.append(f"{device.round_trip_ms} ms")
        if device.kbit_per_second is not None:
            found.append(f"{device.kbit_per_second} kbit/s")
        yield "Device", ", ".join(found)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
