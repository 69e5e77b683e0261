"""What a page says about its sources."""

from __future__ import annotations

import pytest
from trees import CONFIG, article, source

from kbuilder.config import Config, parse
from kbuilder.publish import attribution

SETTINGS = parse(Config, CONFIG.encode(), "kbuilder.toml")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("CC BY-SA 2.5", "https://creativecommons.org/licenses/by-sa/2.5/"),
        ("CC BY-SA 3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
        ("cc-by-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("my own", ""),
        ("CC BY-SA 9.0", ""),
    ],
)
def test_licences_lead_to_their_text(name: str, url: str) -> None:
    """Those that are known; any other has no address."""
    assert attribution.licence_url(name) == url


def test_sources_are_numbered_by_post_in_order_of_appearance() -> None:
    """Two places of one post are one source."""
    given = {"p1": source("larkspan:1#2"), "p2": source("larkspan:1#3"), "p3": source("larkspan:1#2")}
    cited = article("a", "A", "X.[^p2] Y.[^p1] Z.[^p3]", sources=given)
    assert [each.post for each in attribution.sources(cited, ["p2", "p1", "p3"], SETTINGS, {})] == [
        "larkspan:1#3",
        "larkspan:1#2",
    ]
    assert attribution.numbers(cited, ["p2", "p1", "p3"]) == {"p2": 1, "p1": 2, "p3": 2}


def test_a_stack_exchange_post_links_its_question() -> None:
    """As its rules of attribution ask."""
    cited = article("a", "A", "X.[^p1]", sources={"p1": source("network:12#34")})
    (told,) = attribution.sources(cited, ["p1"], SETTINGS, {})
    assert told.question_url == "https://networkengineering.stackexchange.com/q/12"
    assert told.site == "Network Engineering Stack Exchange"


def test_the_forum_s_licence_counts_where_a_post_has_none() -> None:
    """As kbuilder.toml gives it."""
    (told,) = attribution.sources(
        article("a", "A", "X.[^p1]", sources={"p1": source("larkspan:1#2", licence="")}), ["p1"], SETTINGS, {}
    )
    assert told.licence == "CC BY-SA 4.0"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//host", "http://", "http://["])
def test_only_web_addresses_become_links(url: str) -> None:
    """Anything else is shown as no link at all."""
    assert attribution.web_address(url) == ""


def test_an_address_holds_no_gap() -> None:
    """Browsers pass over line ends in it, feed readers do not."""
    assert attribution.web_address(" https://x.example/a\nb\tc d\x7f ") == "https://x.example/a%0Ab%09c%20d"
