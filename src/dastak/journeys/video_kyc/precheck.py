"""What the browser and the network say, judged: passed, or failed and how. Pure.

In: what was found. Out: the signal for the move. Source of the names: contract.md §1.2; a place must be in India, and
camera, microphone and location are all required (§5.1).
"""

import math
from dataclasses import dataclass
from datetime import datetime

from dastak.journeys.video_kyc.checks import DeviceFacts, IpFacts, Location, Precheck
from dastak.journeys.video_kyc.india import is_in_india
from dastak.journeys.video_kyc.signal import PrecheckFailed, PrecheckPassed

POOREST_ACCURACY_METRES = 5000
SLOWEST_ROUND_TRIP_MS = 1500
SLOWEST_KBIT_PER_SECOND = 150
HOME = "IN"

Judged = PrecheckPassed | PrecheckFailed


@dataclass(frozen=True, slots=True)
class IpFinding:
    """What an address book knows of an address."""

    country: str
    """Two letters; empty when it does not know."""
    is_proxy: bool
    """A VPN, a proxy, or a data centre's address."""


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What the page has tried out."""

    camera: bool
    microphone: bool
    round_trip_ms: int | None = None
    kbit_per_second: int | None = None


def judge_ip(address: str, finding: IpFinding | None, now: datetime) -> Judged:
    """None: nobody could be asked. An address of an unknown country does not pass."""
    if finding is None or not finding.country:
        return PrecheckFailed(Precheck.IP, "TECHNICAL_FAILURE")
    if finding.is_proxy:
        return PrecheckFailed(Precheck.IP, "USER_PROXY_DETECTED")
    if finding.country != HOME:
        return PrecheckFailed(Precheck.IP, "USER_LOCATION_OUTSIDE_INDIA")
    return PrecheckPassed(IpFacts(address, finding.country, now))


def judge_location(latitude: float, longitude: float, accuracy_metres: float, now: datetime) -> Judged:
    """Degrees and metres, as the browser gives them. What is no place at all is a technical failure."""
    numbers = (latitude, longitude, accuracy_metres)
    if not all(math.isfinite(number) for number in numbers) or not 0 <= accuracy_metres <= POOREST_ACCURACY_METRES:
        return PrecheckFailed(Precheck.LOCATION, "TECHNICAL_FAILURE")
    place = Location(latitude, longitude, accuracy_metres, now)
    if not is_in_india(latitude, longitude):
        return PrecheckFailed(Precheck.LOCATION, "USER_LOCATION_OUTSIDE_INDIA", place)
    return PrecheckPassed(place)


def location_refused() -> Judged:
    """The customer, or the browser, does not share the location."""
    return PrecheckFailed(Precheck.LOCATION, "USER_LOCATION_PERMISSION_DISABLED")


def judge_device(report: DeviceReport, now: datetime) -> Judged:
    """Camera first: without it the rest does not matter."""
    if not report.camera:
        return PrecheckFailed(Precheck.DEVICE, "USER_VIDEO_CHECK_FAILED")
    if not report.microphone:
        return PrecheckFailed(Precheck.DEVICE, "USER_AUDIO_CHECK_FAILED")
    too_slow = (report.round_trip_ms or 0) > SLOWEST_ROUND_TRIP_MS
    too_narrow = report.kbit_per_second is not None and report.kbit_per_second < SLOWEST_KBIT_PER_SECOND
    if too_slow or too_narrow:
        return PrecheckFailed(Precheck.DEVICE, "TECHNICAL_FAILURE")
    return PrecheckPassed(DeviceFacts(now, report.round_trip_ms, report.kbit_per_second))
