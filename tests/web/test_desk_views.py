"""Views of the queue that somebody keeps under a name."""

from __future__ import annotations

from pathlib import Path

from at_desk import Desk

from kbuilder.web.desk.views import MOST
from kbuilder.workspace.workspace import Workspace


def test_a_view_is_kept_under_a_name(kb: Workspace, tmp_path: Path) -> None:
    """By its owner alone, until it is forgotten; what no view holds is not taken, and there is an end to them."""
    desk = Desk(kb.root, tmp_path / "kb")
    client, other = desk.client("editor"), desk.client("reader")
    assert "Keep this view" not in client.get("/desk").text
    assert "Keep this view" in client.get("/desk?language=de").text
    sent = {"name": " My <b>evenings</b> ", "of": "language=de&who=mine&evil=//x"}
    answer = client.submit("/desk/views", sent)
    assert answer.headers["location"] == "/desk?language=de&who=mine&done=saved"
    page = client.get("/desk").text
    assert 'href="/desk?language=de&amp;who=mine"' in page
    assert "My &lt;b&gt;evenings&lt;/b&gt;" in page
    assert "evenings" not in other.get("/desk").text
    client.submit("/desk/account/settings", {"language": "en"})
    assert "evenings" in client.get("/desk").text
    client.submit("/desk/views", {**sent, "of": "language=en"})
    assert client.get("/desk").text.count('class="views"') == 1
    assert 'href="/desk?language=en"' in client.get("/desk").text
    for wrong in ({"name": "", "of": "language=de"}, {"name": "x", "of": ""}, {"name": "x", "of": "evil=1"}):
        assert client.submit("/desk/views", wrong).status_code == 422
    client.submit("/desk/views/drop", {"name": sent["name"]})
    assert 'class="views"' not in client.get("/desk").text
    token = client.token()
    answers = [
        client.post("/desk/views", data={"csrf": token, "name": f"v{number}", "of": "language=de"}).status_code
        for number in range(MOST + 1)
    ]
    assert answers == [303] * MOST + [422]
