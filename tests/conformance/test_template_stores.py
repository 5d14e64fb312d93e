"""What every `TemplateStore` and `StaticLinkStore` promises."""

import asyncio

import pytest

from conformance.house import PUBLIC_URL, House, Ports
from conformance.values import a_merchant
from dastak.journeys.kyc_link.link import StaticLink
from dastak.journeys.kyc_link.template import Look, Template, Texts
from dastak_sdk import CheckType

UPI_FIRST = Template(
    "Mine",
    (CheckType.UPI, CheckType.PAN),
    Texts("Welcome to {merchant}", "We are «nearly» done.", "Danke."),
    Look("#0f4c48", "lgo_1"),
)


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


def a_static_link(code: str, template_name: str = "Mine", merchant_id: str = "mer_1") -> StaticLink:
    url = f"{PUBLIC_URL}/verification/global-link/{code}"
    return StaticLink(merchant_id, code, template_name, url, active=True)


async def test_a_template_comes_back_with_its_checks_in_order(ports: Ports) -> None:
    await ports.templates.put_template("mer_1", UPI_FIRST)
    assert await ports.templates.template("mer_1", "Mine") == UPI_FIRST


async def test_putting_a_template_again_replaces_it(ports: Ports) -> None:
    await ports.templates.put_template("mer_1", UPI_FIRST)
    await ports.templates.put_template("mer_1", Template("Mine", (CheckType.BANK,)))
    assert await ports.templates.templates("mer_1") == [Template("Mine", (CheckType.BANK,))]


async def test_templates_are_listed_by_name_and_each_merchant_sees_its_own(ports: Ports) -> None:
    for name in ("b", "a"):
        await ports.templates.put_template("mer_1", Template(name, (CheckType.PAN,)))
    assert [template.name for template in await ports.templates.templates("mer_1")] == ["a", "b"]
    assert not await ports.templates.templates("mer_2")
    assert await ports.templates.template("mer_2", "a") is None


async def test_deleting_says_whether_there_was_a_template(ports: Ports) -> None:
    await ports.templates.put_template("mer_1", UPI_FIRST)
    assert not await ports.templates.delete_template("mer_2", "Mine")
    assert await ports.templates.delete_template("mer_1", "Mine")
    assert not await ports.templates.delete_template("mer_1", "Mine")
    assert await ports.templates.template("mer_1", "Mine") is None


async def test_an_active_static_link_is_found_by_its_code(ports: Ports) -> None:
    link = a_static_link("c1")
    assert await ports.static_links.put_static_link(link) == link
    assert await ports.static_links.static_link_by_code("c1") == link
    assert await ports.static_links.static_link_by_code("c2") is None


async def test_a_template_has_one_active_static_link_however_often_one_is_put(ports: Ports) -> None:
    first = await ports.static_links.put_static_link(a_static_link("c1"))
    assert await ports.static_links.put_static_link(a_static_link("c2")) == first
    assert await ports.static_links.static_link_by_code("c2") is None


async def test_of_many_static_links_put_at_once_all_callers_get_the_same(ports: Ports) -> None:
    puts = (ports.static_links.put_static_link(a_static_link(f"c{n}")) for n in range(10))
    assert len({link.code for link in await asyncio.gather(*puts)}) == 1


async def test_merchants_and_templates_do_not_share_static_links(ports: Ports) -> None:
    links = [a_static_link("c1"), a_static_link("c2", "Other"), a_static_link("c3", merchant_id="mer_2")]
    assert [await ports.static_links.put_static_link(link) for link in links] == links


async def test_a_deactivated_static_link_is_gone_and_the_next_one_is_new(ports: Ports) -> None:
    await ports.static_links.put_static_link(a_static_link("c1"))
    closed = await ports.static_links.deactivate_static_link("mer_1", "Mine")
    assert closed is not None
    assert (closed.code, closed.active) == ("c1", False)
    assert await ports.static_links.static_link_by_code("c1") is None
    assert await ports.static_links.deactivate_static_link("mer_1", "Mine") is None
    assert (await ports.static_links.put_static_link(a_static_link("c2"))).code == "c2"


async def test_one_merchant_cannot_deactivate_another_s_static_link(ports: Ports) -> None:
    await ports.static_links.put_static_link(a_static_link("c1"))
    assert await ports.static_links.deactivate_static_link("mer_2", "Mine") is None
    assert await ports.static_links.static_link_by_code("c1") is not None


async def test_templates_and_static_links_survive_a_crash(house: House) -> None:
    await house.ports.templates.put_template("mer_1", UPI_FIRST)
    await house.ports.static_links.put_static_link(a_static_link("c1"))
    await house.crash()
    assert await house.ports.templates.templates("mer_1") == [UPI_FIRST]
    assert await house.ports.static_links.static_link_by_code("c1") == a_static_link("c1")


async def test_active_static_links_are_listed_by_template_and_each_merchant_sees_its_own(ports: Ports) -> None:
    links = ports.static_links
    b, a = a_static_link("c1", "b"), a_static_link("c2", "a")
    for link in (b, a, a_static_link("c3", "z"), a_static_link("c4", "a", "mer_2")):
        await links.put_static_link(link)
    await links.deactivate_static_link("mer_1", "z")
    assert await links.static_links("mer_1") == [a, b]
    assert not await links.static_links("mer_3")
