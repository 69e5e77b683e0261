import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.importing import imported, post, topic, topic_file

from kbuilder.errors import SourceError
from kbuilder.importers import discourse, rows_to_mend
from kbuilder.records import Author, Post, Thread

DATA = os.environ.get("KBUILDER_EVAL_DATA", "")


def test_a_topic_becomes_a_thread(tmp_path: Path) -> None:
    """Everything that a thread holds is taken from the topic."""
    second = post(
        2,
        cooked='<p>Do <img src="/uploads/a.png" alt="a"></p><pre><code class="lang-ruby">x = 1\n</code></pre>',
        admin=True,
        version=3,
        actions_summary=[{"id": 2, "count": 4}, {"id": 3, "count": 9}],
        reply_to_post_number=1,
    )
    third = post(3, reply_to_post_number=2, user_id=-1, username="system")
    given = topic(
        posts=0,
        accepted_answer={"post_number": 2},
        closed=True,
        category_name="Help",
        post_stream={"posts": [post(1), second, third], "stream": [101, 102, 103, 104]},
    )
    (thread,), found = imported(topic_file(tmp_path, given), "discourse", licence="CC BY 4.0")
    assert thread == Thread(
        id="forum:5",
        title="How?",
        url="https://forum.example/t/how/5",
        tags=("x",),
        category="Help",
        language="en",
        status="closed",
        views=9,
        question=Post(
            id="forum:5#1",
            body="Post 1",
            created="2024-01-01T00:00:00Z",
            author=Author(id="forum:1", name="u1", url="https://forum.example/u/u1"),
            licence="CC BY 4.0",
            url="https://forum.example/t/how/5/1",
        ),
        answers=(
            Post(
                id="forum:5#2",
                body="Do ![a](https://forum.example/uploads/a.png)\n\n```ruby\nx = 1\n```",
                created="2024-01-02T00:00:00Z",
                edited="2024-01-02T09:00:00Z",
                author=Author(id="forum:2", name="u2", url="https://forum.example/u/u2"),
                score=4,
                accepted=True,
                staff=True,
                licence="CC BY 4.0",
                url="https://forum.example/t/how/5/2",
            ),
            Post(
                id="forum:5#3",
                body="Post 3",
                created="2024-01-03T00:00:00Z",
                author=Author(id="", name="system"),
                licence="CC BY 4.0",
                url="https://forum.example/t/how/5/3",
                reply_to="forum:5#2",
            ),
        ),
    )
    told = found.as_dict()
    assert (told["threads"], told["solved"], told["answers"], told["authors"]) == (1, 1, 2, 3)
    assert told["skipped"] == {"posts that the topic lists and the files lack": 1}
    assert told["not_carried"] == {"earlier versions of posts": 2}


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"accepted_answer": {"post_number": 3, "username": "u3"}}, ["forum:5#3"]),
        ({"accepted_answers": [{"post_number": 2}, {"post_number": 3}]}, ["forum:5#2", "forum:5#3"]),
        ({"accepted_answers": []}, []),
        ({"accepted_answer": None, "accepted_answers": None}, []),
        ({"accepted_answer": {"post_number": 1}}, []),
    ],
)
def test_both_forms_of_the_accepted_answer(tmp_path: Path, fields: dict[str, object], accepted: list[str]) -> None:
    """An object before 2026 and a list since are both understood; the question never answers itself."""
    (thread,), _ = imported(topic_file(tmp_path, topic(posts=3, **fields)), "discourse")
    assert [answer.id for answer in thread.solutions] == accepted


def test_the_mark_on_the_post(tmp_path: Path) -> None:
    """A post that says itself that it was accepted is."""
    given = topic(post_stream={"posts": [post(1), post(2, accepted_answer=True)]})
    (thread,), _ = imported(topic_file(tmp_path, given), "discourse")
    assert [answer.id for answer in thread.solutions] == ["forum:5#2"]


def test_raw_is_read_where_nothing_is_cooked(tmp_path: Path) -> None:
    """Markdown as it was typed loses what only Discourse understands."""
    raw = '[quote="kim, post:1, topic:5"]\nOld\nwords\n[/quote]\nSee ![shot|690x388](upload://a1B.png) **now**'
    given = topic(post_stream={"posts": [post(1, cooked=None, raw=raw), post(2, raw="not this")]})
    (thread,), _ = imported(topic_file(tmp_path, given), "discourse")
    assert thread.question.body == (
        "> Old\n> words\n\nSee ![shot](https://forum.example/uploads/short-url/a1B.png) **now**"
    )
    assert thread.answers[0].body == "Post 2"


def test_what_is_not_public_stays_out(tmp_path: Path) -> None:
    """Private messages, whispers, hidden, deleted and moderators' posts are counted, never imported."""
    posts = [
        post(1),
        post(2, post_type=4),
        post(3, post_type=3),
        post(4, hidden=True),
        post(5, deleted_at="2024-01-01T00:00:00Z"),
        post(6, user_deleted=True),
        post(7, cooked=""),
    ]
    topics = [
        topic(1, post_stream={"posts": posts}),
        topic(2, archetype="private_message"),
        topic(3, visible=False),
        topic(4, post_stream={"posts": [post(2)]}),
    ]
    threads, found = imported(topic_file(tmp_path, topics), "discourse")
    assert [(thread.id, thread.answers) for thread in threads] == [("forum:1", ())]
    assert found.as_dict()["skipped"] == {
        "hidden and deleted posts": 3,
        "topics that are not public": 2,
        "notes of what moderators did": 1,
        "posts without text": 1,
        "topics without their first post": 1,
        "whispers": 1,
    }


def test_pages_of_a_topic_are_put_together(tmp_path: Path) -> None:
    """A long topic lies in several files; a folder gives it whole, whatever the files are called."""
    first = topic(post_stream={"posts": [post(1), post(2)], "stream": [101, 102, 103]})
    second = topic(post_stream={"posts": [post(2), post(3)], "stream": [101, 102, 103]})
    for a, b in ((first, second), (second, first)):
        topic_file(tmp_path, a, "a.json")
        topic_file(tmp_path, b, "b.json")
        (thread,), found = imported(tmp_path, "discourse")
        assert [answer.id for answer in thread.answers] == ["forum:5#2", "forum:5#3"]
        assert found.as_dict()["skipped"] == {}


def test_tags_of_either_form_style_and_language(tmp_path: Path) -> None:
    """Tags are names or objects, announcements are told from questions, a topic may say its language."""
    given = topic(tags=["a", {"id": 1, "name": "b"}, 7], pinned_globally=True, locale="pt_BR")
    (thread,), _ = imported(topic_file(tmp_path, given), "discourse", language="")
    assert (thread.tags, thread.style, thread.language) == (("a", "b"), "announcement", "pt-br")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 5', "this is not JSON: Expecting ',' delimiter: line 1 column 9 (char 8)"),
        ("[" * 100_000, "this is not JSON: maximum recursion depth exceeded"),
        ('{"topic_list": {}}', "this is not a topic: it has no post_stream"),
        ('{"id": 5, "post_stream": [1]}', "this is not a topic: it has no post_stream"),
        (json.dumps(topic(posts=1, title=7)), "title is missing"),
        (json.dumps(topic(posts=1, views="many")), "views: 'many' is not a whole number"),
        (json.dumps(topic(post_stream={"posts": [post(1, created_at="x")]})), "created_at: 'x' is not a time"),
    ],
)
def test_bad_topics_are_set_aside(tmp_path: Path, content: str, message: str) -> None:
    """A bad file does not stop the good ones, and says what is wrong."""
    topic_file(tmp_path, topic(6), "good.json")
    (tmp_path / "bad.json").write_text(content)
    threads, found = imported(tmp_path, "discourse")
    assert [thread.id for thread in threads] == ["forum:6"]
    (reject,) = found.rejects
    assert reject.message.format(**reject.values).startswith(message)
    assert reject.row


def test_mended_topics_are_imported(tmp_path: Path) -> None:
    """Topics set aside stand one a line, and are read so."""
    (tmp_path / "bad.json").write_text(json.dumps([topic(1, views="many"), topic(2, title="")], indent=1))
    threads, found = imported(tmp_path, "discourse")
    assert threads == []
    mended = tmp_path / "mended.jsonl"
    mended.write_text(rows_to_mend("discourse", found).replace('"many"', "3").replace('"title": ""', '"title": "T"'))
    threads, again = imported(mended, "discourse")
    assert ([thread.id for thread in threads], again.rejects) == (["forum:1", "forum:2"], [])


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, a link out of it, another encoding and a huge file are explained errors."""
    with pytest.raises(SourceError, match="holds no JSON files"):
        imported(tmp_path, "discourse")
    path = topic_file(tmp_path, topic(), "real")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.json").symlink_to(path)
    with pytest.raises(SourceError, match=r"a\.json is a link that leaves the folder"):
        imported(folder, "discourse")
    (tmp_path / "x.json").write_bytes('{"ä"}'.encode("utf-16"))
    with pytest.raises(SourceError, match=r"x\.json is not UTF-8"):
        imported(tmp_path / "x.json", "discourse")
    monkeypatch.setattr(discourse, "BIGGEST", 10)
    with pytest.raises(SourceError, match=r"real has more than 10 bytes"):
        imported(path, "discourse")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*topic(), "accepted_answer", "accepted_answers", "locale", "closed"]), JSON)
def test_no_value_of_a_topic_is_a_crash(tmp_path_factory: pytest.TempPathFactory, name: str, value: object) -> None:
    """Whatever stands in a field, the topic is read, skipped or set aside."""
    folder = tmp_path_factory.mktemp("d")
    threads, found = imported(topic_file(folder, {**topic(), name: value}), "discourse")
    assert len(threads) + len(found.rejects) + sum(found.skipped.values()) >= 1


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*post(1), "raw", "actions_summary", "reply_to_post_number", "accepted_answer", "polls"]),
    JSON,
)
def test_no_value_of_a_post_crashes(tmp_path_factory: pytest.TempPathFactory, name: str, value: object) -> None:
    """Likewise in a post's fields."""
    folder = tmp_path_factory.mktemp("d")
    given_topic = topic(post_stream={"posts": [post(1), {**post(2), name: value}]})
    threads, found = imported(topic_file(folder, given_topic), "discourse")
    assert len(threads) + len(found.rejects) + sum(found.skipped.values()) >= 1


@pytest.mark.skipif(not DATA, reason="KBUILDER_EVAL_DATA does not name the folder of judged data")
def test_a_real_topic() -> None:
    """A topic as a forum gave it out is imported with its accepted answer."""
    (thread,), found = imported(Path(DATA) / "samples" / "discourse" / "topic.solved.json", "discourse")
    assert thread.id == "forum:23"
    assert thread.question.body == "How do I declare a variable in ruby?"
    assert [answer.body for answer in thread.solutions] == [
        "this is a long answer that potentially solves the question"
    ]
    assert (found.threads, found.solved, found.answers, found.authors) == (1, 1, 1, 1)
