"""What an open page hears, over real HTTP."""

from datetime import timedelta

import pytest

from integration.video_pages.serving import ServedHall, Stream
from unit.journeys.video_kyc.cases import AGENT, OTHER_AGENT
from unit.journeys.video_kyc.house import MERCHANT


def test_a_waiting_customer_hears_the_place_then_the_call_then_its_end() -> None:
    with ServedHall() as served:
        served.house.roster.who.add(OTHER_AGENT)
        first, case = (served.run(served.house.waiting(name)) for name in ("v-1", "v-2"))
        with served.customer(case) as customer:
            stream = Stream(served, case, customer)
            assert stream.answer.getheader("content-type", "").startswith("text/event-stream")
            assert "Max-Age=1800" in (stream.answer.getheader("set-cookie") or ""), "the session lasts anew"
            assert stream.next() == {
                "page": "queue",
                "place": "You are number 2 in the queue",
                "wait": "It should take 3 to 6 minutes.",
            }
            served.accept(first, AGENT)
            assert stream.next()["place"] == "You are next"
            call = served.accept(case, OTHER_AGENT).calls[-1].id
            heard = stream.next()
            while not heard.get("agent"):
                heard = stream.next()
            assert heard == {"page": "call", "call": call, "agent": True, "photo": ""}
            served.run(served.house.agents.release(MERCHANT, OTHER_AGENT, case.id))
            assert stream.next()["page"] == "queue"
            stream.close()


def test_the_page_hears_which_photo_is_wanted() -> None:
    with ServedHall() as served:
        case = served.run(served.house.in_call())
        with served.customer(case) as customer:
            stream = Stream(served, case, customer)
            assert stream.next()["photo"] == ""
            served.hall.photos.asked = "stl_1"
            assert stream.next()["photo"] == "stl_1"
            stream.close()


def test_who_is_not_inside_hears_nothing_and_is_not_told_to_ask_again() -> None:
    with ServedHall() as served:
        case = served.run(served.house.waiting())
        stream = Stream(served, case, None)
        assert (stream.answer.status, stream.answer.read()) == (204, b"")
        stream.close()


def test_a_customer_whose_page_is_gone_leaves_the_queue() -> None:
    with ServedHall(gone_after=timedelta(milliseconds=50)) as served:
        case = served.run(served.house.waiting())
        with served.customer(case) as customer:
            stream = Stream(served, case, customer)
            assert stream.next()["page"] == "queue"
            stream.close()
        left = served.until(case, lambda found: found.queue is None)
        assert left.sub_status == "USER_DEVICE_CHECK_SUCCESS"


def test_an_agent_who_was_first_keeps_a_customer_whose_page_is_gone() -> None:
    with ServedHall(gone_after=timedelta(milliseconds=50)) as served:
        case = served.run(served.house.waiting())
        with served.customer(case) as customer:
            stream = Stream(served, case, customer)
            stream.next()
            served.accept(case, AGENT)
            stream.close()
        assert served.run(served.house.customer.leave_queue(case.code)).call is not None


def test_a_stream_ends_when_the_server_stops() -> None:
    with ServedHall() as served:
        case = served.run(served.house.waiting())
        customer = served.customer(case)
        stream = Stream(served, case, customer)
        assert stream.next()["page"] == "queue"
    with pytest.raises(EOFError):
        stream.next()
    stream.close()
    customer.close()
