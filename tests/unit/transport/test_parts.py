"""The small pure parts of the transport: headers in and out, places, failures, settings."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pycurl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.transport import failure
from dastak.transport.answer_headers import has_final_status, header_pairs
from dastak.transport.failure import Progress
from dastak.transport.places import Places
from dastak.transport.request_headers import HeaderRefused, header_lines, header_text
from dastak.transport.settings import SenderSettings, trusted_authorities
from dastak.transport.stream.pool import Pool
from dastak.transport.url import parse_url
from dastak.webhooks.post import Post, Stage

BLANK = b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\n"


class TestAnswerHeaders:
    def test_names_are_lowered_values_stripped_order_and_doubles_kept(self) -> None:
        lines = [OK, b"B:  2 \r\n", b"A:1\r\n", b"b: 3:4\r\n", BLANK]
        assert header_pairs(lines) == (("b", "2"), ("a", "1"), ("b", "3:4"))

    def test_1xx_before_and_trailers_after_are_left_out(self) -> None:
        lines = [HINTS, b"Link: x\r\n", BLANK, HINTS, BLANK, OK, b"A: 1\r\n", BLANK, b"Trailer: 1\r\n", BLANK]
        assert header_pairs(lines) == (("a", "1"),)

    def test_folded_lines_are_joined(self) -> None:
        assert header_pairs([OK, b"A: 1\r\n", b"  2\r\n", b"\t3\r\n", b"B: 4\r\n", BLANK]) == (
            ("a", "1 2 3"),
            ("b", "4"),
        )

    @pytest.mark.parametrize("lines", [[], [OK], [OK, b"A: 1\r\n"], [HINTS, BLANK], [HINTS, BLANK, OK]])
    def test_headers_that_never_ended_are_none(self, lines: list[bytes]) -> None:
        assert header_pairs(lines) is None

    def test_only_a_status_from_200_on_is_final(self) -> None:
        assert not has_final_status([HINTS, b"Link: HTTP/1.1 200\r\n", BLANK])
        assert has_final_status([HINTS, BLANK, OK])

    @given(st.lists(st.binary(max_size=20).map(lambda line: line + b"\r\n"), max_size=8))
    def test_law_any_lines_are_taken(self, lines: list[bytes]) -> None:
        pairs = header_pairs([OK, *lines, BLANK])
        assert pairs is not None
        assert all(name == name.lower() for name, _ in pairs)


class TestRequestHeaders:
    @staticmethod
    def lines(*headers: tuple[str, str], body: bytes = b"") -> list[str]:
        return header_lines(Post("dlv_1", "https://example.com/", headers, body))

    def test_headers_are_written_as_given_and_nothing_is_invented(self) -> None:
        assert self.lines(("X-A", "1"), ("x-a", " 2")) == ["X-A: 1", "x-a:  2", "Content-Type:", "Expect:"]

    def test_an_empty_value_is_sent_empty(self) -> None:
        assert self.lines(("x-a", ""), ("content-type", "a/b"))[0] == "x-a;"

    def test_a_right_content_length_is_left_to_libcurl(self) -> None:
        assert not [line for line in self.lines(("Content-Length", "3"), body=b"abc") if "3" in line]

    @pytest.mark.parametrize("length", ["2", "", "03", "3, 3", "+3"])
    def test_another_content_length_is_refused(self, length: str) -> None:
        with pytest.raises(HeaderRefused, match="length"):
            self.lines(("content-length", length), body=b"abc")

    def test_two_content_lengths_are_refused(self) -> None:
        with pytest.raises(HeaderRefused, match="once"):
            self.lines(("content-length", "3"), ("Content-Length", "3"), body=b"abc")

    @given(st.text(max_size=8), st.text(max_size=20))
    def test_law_no_header_adds_a_line(self, name: str, value: str) -> None:
        try:
            lines = self.lines((name, value))
        except HeaderRefused:
            return
        assert all(line.isascii() and line.isprintable() for line in lines)


class TestHeaderText:
    @staticmethod
    def lines(*headers: tuple[str, str], body: bytes = b"", agent: str = "Dastak") -> list[str]:
        text = header_text(Post("dlv_1", "https://example.com/", headers, body), agent)
        assert text.endswith("\r\n\r\n")
        return text[:-4].split("\r\n")

    def test_what_is_missing_is_added(self) -> None:
        assert self.lines(("X-A", "1"), body=b"abc") == [
            "X-A: 1",
            "User-Agent: Dastak",
            "Accept: */*",
            "Content-Length: 3",
        ]

    def test_what_is_given_wins(self) -> None:
        given = [("ACCEPT", "a/b"), ("Content-length", "0"), ("user-agent", "Bank/1")]
        assert self.lines(*given) == [f"{name}: {value}" for name, value in given]

    def test_a_percent_sign_means_nothing(self) -> None:
        assert self.lines(("a%s", "%s%d"), agent="100%")[:2] == ["a%s: %s%d", "User-Agent: 100%"]

    @pytest.mark.parametrize("length", ["2", "", "03", "3, 3", "+3"])
    def test_another_content_length_is_refused(self, length: str) -> None:
        with pytest.raises(HeaderRefused, match="length"):
            self.lines(("content-length", length), body=b"abc")

    @given(
        st.lists(st.tuples(st.text("aB-1%s", min_size=1, max_size=4), st.text("a: %s{}", max_size=6)), max_size=5),
        st.binary(max_size=3),
    )
    def test_law_every_header_is_one_line_as_given(self, headers: list[tuple[str, str]], body: bytes) -> None:
        lines = self.lines(*headers, body=body)
        assert lines[:-3] == [f"{name}: {value}" if value else f"{name}:" for name, value in headers]
        assert lines[-1] == f"Content-Length: {len(body)}"

    @given(st.text(max_size=8), st.text(max_size=20))
    def test_law_no_header_adds_a_line(self, name: str, value: str) -> None:
        try:
            lines = self.lines((name, value))
        except HeaderRefused:
            return
        assert len(lines) <= 4
        assert all(line.isascii() and line.isprintable() for line in lines)


class TestPool:
    @staticmethod
    def pool() -> Pool:
        return Pool(SenderSettings())

    def test_the_same_addresses_in_another_order_are_the_same_route(self) -> None:
        pool, there = self.pool(), parse_url("https://example.com/a")
        elsewhere = parse_url("https://example.com/b")
        assert pool.route(there, ("8.8.8.8", "9.9.9.9")) is pool.route(elsewhere, ("9.9.9.9", "8.8.8.8"))

    @pytest.mark.parametrize("url", ["https://example.com:444/", "https://example.org/", "http://example.com:443/"])
    def test_other_addresses_schemes_ports_and_hosts_are_other_routes(self, url: str) -> None:
        pool, there = self.pool(), parse_url("https://example.com/")
        first = pool.route(there, ("8.8.8.8",))
        others = [pool.route(there, ("8.8.8.8", "9.9.9.9")), pool.route(parse_url(url), ("8.8.8.8",))]
        assert len({id(first), *map(id, others)}) == 3


class TestPlaces:
    def test_the_same_addresses_in_another_order_are_the_same_place(self) -> None:
        places, there = Places(), parse_url("https://example.com/")
        assert places.of(there, ("8.8.8.8", "9.9.9.9")) is places.of(there, ("9.9.9.9", "8.8.8.8"))

    @pytest.mark.parametrize("url", ["https://example.com:444/", "https://example.org/"])
    def test_other_addresses_ports_and_hosts_are_other_places(self, url: str) -> None:
        places, there = Places(), parse_url("https://example.com/")
        first = places.of(there, ("8.8.8.8",))
        others = [places.of(there, ("8.8.8.8", "9.9.9.9")), places.of(parse_url(url), ("8.8.8.8",))]
        assert len({id(first), *map(id, others)}) == 3
        assert len({place.resolve[0] for place in (first, *others)}) == 3

    def test_what_is_forgotten_is_told_to_libcurl_once_and_never_named_again(self) -> None:
        places = Places(remembered=4)
        made = [places.of(parse_url(f"https://h{number}.example/"), ("8.8.8.8",)) for number in range(5)]
        told = places.resolve_list(made[-1])
        assert told == [made[0].forget, made[1].forget, *made[-1].resolve]
        assert places.resolve_list(made[-1]) == made[-1].resolve
        again = places.of(parse_url("https://h0.example/"), ("8.8.8.8",))
        assert again.resolve[0].split(":")[0] not in {place.resolve[0].split(":")[0] for place in made}
        assert places.of(parse_url("https://h3.example/"), ("8.8.8.8",)) is made[3]

    def test_the_place_holds_its_addresses_and_port_only(self) -> None:
        place = Places().of(parse_url("https://example.com/"), ("8.8.8.8", "2606:4700::1111"))
        assert place.holds("8.8.8.8", 443)
        assert place.holds("2606:4700:0::1111", 443)
        assert not place.holds("8.8.8.8", 80)
        assert not place.holds("127.0.0.1", 443)
        assert not place.holds("::ffff:8.8.8.8", 443)
        assert not place.holds("/run/socket", 443)


class TestFailures:
    at = Progress("8.8.8.8:443", "example.com", tls=True, connected=True, ready=False, sent=False, answering=False)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("SSL certificate problem: self-signed certificate", "self-signed"),
            ("SSL certificate problem: certificate has expired", "renew it"),
            ("no alternative certificate subject name matches target host name 'x'", "reissue it for example.com"),
            ("unable to get local issuer certificate", "intermediate"),
            ("something new", "could not be verified"),
        ],
    )
    def test_an_untrusted_certificate_is_told_in_plain_words(self, text: str, words: str) -> None:
        fault = failure.of_curl(pycurl.E_PEER_FAILED_VERIFICATION, text, 0, self.at)
        assert fault.stage is Stage.TLS
        assert words in fault.error

    def test_libcurls_own_words_are_never_shown(self) -> None:
        for code in range(1, 101):
            assert "/etc/ssl" not in failure.of_curl(code, "error in /etc/ssl/certs", 0, self.at).error


class TestSettings:
    def test_the_defaults_are_pinned(self) -> None:
        assert asdict(SenderSettings()) == {
            "user_agent": "Dastak",
            "ca_file": None,
            "max_connections": 1024,
            "max_idle": timedelta(seconds=55),
            "max_lifetime": timedelta(minutes=5),
            "names_kept": timedelta(seconds=10),
            "resolver_threads": 16,
        }

    @pytest.mark.parametrize(
        "wrong",
        [
            {"max_connections": 0},
            {"resolver_threads": 0},
            {"user_agent": "a\r\nb"},
            {"user_agent": "ñ"},
            {"ca_file": Path("/nowhere")},
        ],
    )
    def test_an_unusable_setting_is_refused_at_once(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"must be|does not exist"):
            SenderSettings(**wrong)  # type: ignore[arg-type]

    def test_a_ca_file_stands_instead_of_the_machines(self, tmp_path: Path) -> None:
        file = tmp_path / "ca.pem"
        file.touch()
        assert trusted_authorities(SenderSettings(ca_file=file)) == str(file)
        assert trusted_authorities(SenderSettings()) != str(file)
