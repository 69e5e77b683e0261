"""Personal data is found and replaced, and what people need stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.redact import KINDS, redact

PERSONAL = [
    ("e-mail", "Write to {} please.", "ada.lovelace+kb@mail.example.org"),
    ("e-mail", "Schreib an {}, danke!", "jürgen@müller-straße.de"),
    ("e-mail", "reach me: {}", "ada (at) example (dot) org"),
    ("e-mail", "See {} for more.", "[my mail](mailto:ada@example.org?subject=x)"),
    ("phone", "Ruf mich an: {}.", "+49 (0)171 1234567"),
    ("phone", "Telefon {} ab 18 Uhr", "030/1234567"),
    ("phone", "Meine Handynummer ist {}", "0171 2345678"),
    ("phone", "Ich bin unter {} zu erreichen", "0049 30 123456"),
    ("phone", "My number is {}, any time.", "(555) 123-4567"),
    ("phone", "call me at {}", "555.123.4567"),
    ("phone", "Ruf mich an: {}.", "0171 / 99 88 776"),
    ("phone", "Ruf mich an, {}", "030-12 34 56"),
    ("phone", "Handy {}", "0171 - 99 88 776"),
    ("phone", "Unter {} bin ich da.", "0171 99 88 776"),
    ("phone", "Das Büro hat {}.", "(030) 12 34 56"),
    ("phone", "My number: {}", "+49 (0) 171 / 99 88 776"),
    ("phone", "call me {}", "020 / 79 46 09 58"),
    ("IBAN", "Bitte auf {} überweisen", "DE89 3704 0044 0532 0130 00"),
    ("IBAN", "refund to {}, thanks", "GB82WEST12345698765432"),
    ("card number", "charged to {} twice", "4111 1111 1111 1111"),
    ("card number", "Karte {}", "5500005555555559"),
    ("IP address", "Meine öffentliche Adresse ist {}.", "203.0.113.77"),
    ("IP address", "pinging {} fails", "84.179.12.5"),
    ("IP address", "my line has {} today", "2a02:8108:1:2:3:4:5:6"),
    ("MAC address", "The device {} is not seen", "3C:5A:B4:01:02:0F"),
    ("MAC address", "Gerät {}", "3c-5a-b4-01-02-0f"),
    ("order number", "Meine Bestellung {} ist weg", "LS-4471-90823"),
    ("order number", "Bestellnummer: {}", "4711-2233"),
    ("order number", "Bestell-Nr. {}", "1234567"),
    ("order number", "Auftrag Nr. {} vom 12.11.2023", "2023-55412"),
    ("order number", "I placed it weeks ago, the order is still open ({}).", "LS-4471-90823"),
    ("order number", "{} is my order number", "LS-4471-90823"),
    ("order number", "order #{}, please check", "4471"),
    ("order number", "Invoice no. {}", "A-88231"),
    ("customer number", "Kundennummer {}", "K-20391"),
    ("customer number", "my account number is {}", "99887766"),
    ("serial number", "Seriennummer LX {}".replace("LX ", ""), "LX5A22310099"),
    ("serial number", "S/N: {}", "LX5A-2231-0099"),
    ("serial number", "The serial number is {}.", "8812AB991"),
    ("ticket number", "Ticket {} wurde geschlossen", "88123"),
    ("ticket number", "support case #{}", "00123-77"),
    ("key", "api_key={} is what I use", "abcd1234efgh5678ijkl"),
    ("key", "token {}", "ghp_abcdefghijklmnopqrstuv0123456789"),
    ("key", "Mein WLAN-Passwort ist {}", "Sommer2019!x"),
    ("key", "WLAN-Schlüssel: {}", "12345678901234567890"),
    ("name", "I am {}, and it fails.", "Bob Miller"),
    ("name", "My name is {} and it fails", "Bob"),
    ("name", "Ich heiße {}.", "Erika Mustermann"),
    ("name", "mein Name ist {}", "Schmidt"),
]

NEEDED = [
    "Update to 3.1.2, then to 4.0.11-beta.",
    "FRITZ!OS 7.57.100.200 and version 7.29.1.4 behave alike.",
    "Öffne http://192.168.0.1 und stelle 10.0.0.138 als Gateway ein.",
    "Reset codes are 01 / 10 02 2024 and 12 34 56 78; the values 010 20 30 40 stay.",
    "Use 8.8.8.8 or 1.1.1.1 as name server, mask 255.255.255.0.",
    "Am 12.11.2023 um 12:30:45 Uhr, also 2023-11-12T12:30:45Z.",
    "On 11/12/2023 at 5:30 pm the order arrived.",
    "Das kostet 1.299,00 € statt $1,499.99.",
    "Open port 8080 and 5060-5080, 115200 baud, 2,4 GHz.",
    "The serial port runs at 115200 baud.",
    "In order to change 802.11 settings, hold it for 10 seconds.",
    "In order to boot, set 0x8000 and 1234567 loops.",
    "Error 0x80070057, code 404, HTTP 502.",
    "The default password: admin123",
    "Log in as root@router or with git@github.com:foo/bar.",
    "The order of 12 beers in 2019 was fine, in order 2018 too.",
    "Bestellung vom 12.11.2023, Rechnung 2023",
    "The MAC ff:ff:ff:ff:ff:ff is broadcast.",
    "Between 1990-2000 some 10.000.000 were sold, 12 345 678 of them here.",
    "Model WRT-54-1200 and LS-4471-90823 look alike.",
    "pi is 3.14159265358979, and 1234567890123456 is no card.",
    "DE00 3704 0044 0532 0130 00 has a wrong checksum.",
    "I am German, I'm Larkspan customer since 2010, and ich bin Administrator.",
    "My name is on the label.",
    "The case of 1849-1905 and the order of 1516/17 stay open.",
    "See https://example.org/servlet/is/50118/inf07_20008 for the orders2020x list.",
    "std::vector and a::b::c are C++.",
]


@pytest.mark.parametrize(("kind", "frame", "personal"), PERSONAL)
def test_personal_data_is_replaced_and_its_neighbours_stay(kind: str, frame: str, personal: str) -> None:
    """The find alone is replaced, by its kind."""
    redacted = redact(frame.format(personal))
    assert redacted.text == frame.format(f"[{kind}]")
    assert redacted.found == ((kind, personal),)


@pytest.mark.parametrize("text", NEEDED)
def test_what_instructions_need_stays(text: str) -> None:
    """Versions, dates, prices, ports and private addresses are left alone."""
    assert redact(text).text == text


def test_finds_come_in_the_order_of_the_text() -> None:
    """Several finds are all replaced, none twice."""
    redacted = redact("Order no. 4471-22, mail a@example.org, order no. 4471-22.")
    assert redacted.text == "Order no. [order number], mail [e-mail], order no. [order number]."
    assert [kind for kind, _ in redacted.found] == ["order number", "e-mail", "order number"]


@pytest.mark.parametrize("kind", KINDS)
def test_placeholders_are_left_alone(kind: str) -> None:
    """What was redacted once stays."""
    text = f"Order no. [{kind}] and serial [{kind}]: Tel. [{kind}]"
    assert redact(text).text == text


_PIECES = st.sampled_from([personal for _, _, personal in PERSONAL] + [frame for _, frame, _ in PERSONAL] + NEEDED)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=6).flatmap(
    lambda pieces: st.sampled_from(["", " ", "\n", " order ", "-"]).map(lambda glue: glue.join(pieces))
)


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    """Redaction is idempotent, whatever stands side by side."""
    once = redact(text)
    assert redact(once.text).text == once.text
    assert redact(once.text).found == ()


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_nothing_but_the_finds_is_changed(text: str) -> None:
    """Putting the finds back gives the text again."""
    redacted = redact(text)
    back = redacted.text
    for kind, original in reversed(redacted.found):
        back = back.replace(f"[{kind}]", original, 1) if back.count(f"[{kind}]") == 1 else back
    if len({kind for kind, _ in redacted.found}) == len(redacted.found) and "[" not in text:
        assert back == text


def test_a_long_text_is_quick() -> None:
    """No pattern goes wild on 200 kB of digits, dots or colons."""
    for piece in ("1 ", "1.", "a:", "0-", "+4", "a.", "@a", "order ", "(0", "DE12 "):
        redact(piece * (200_000 // len(piece)))
