"""The command line: exit codes, errors in two lines, and what a person at the keyboard meets."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import prepared
import pytest
from commands import run

from kbuilder import Workspace
from kbuilder.cli.app import say
from kbuilder.records import Draft
from kbuilder.store import articles as article_files

GOOD = (
    '{"id": "forum:1", "title": "T", "question": {"id": "forum:1#1", "body": "b", "created": "2024-01-02T10:00:00Z"}}'
)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example, built with one article. Tests do not change it."""
    made = prepared.few(tmp_path_factory.mktemp("cli") / "kb")
    made.import_threads("jsonl", made.example)
    made.build()
    ready = [item.lineage for item in made.queue() if isinstance(made.draft(item.lineage), Draft)]
    made.approve(ready[0], editor="ada")
    made.publish()
    return made


def test_fine_is_0(kb: Workspace) -> None:
    """Each verb that only looks ends with 0 and says nothing on stderr that looks like an error."""
    for words in (
        ["status"],
        ["check"],
        ["build", "--plan"],
        ["publish", "--plan"],
        ["review", "list"],
        ["--version"],
    ):
        done = run("-C", str(kb.root), *words)
        assert done.returncode == 0, (words, done.stderr)
        assert "Error" not in done.stderr


def test_a_failed_check_is_1(kb: Workspace, tmp_path: Path) -> None:
    """Faults in a file are told with their place."""
    broken = kb.root / "articles" / "en" / "xx"
    broken.mkdir(parents=True)
    (broken / "xx.md").write_text("no front matter", encoding="utf-8")
    done = run("-C", str(kb.root), "check")
    (broken / "xx.md").unlink()
    broken.rmdir()
    assert done.returncode == 1
    assert "articles/en/xx/xx.md" in done.stderr


def test_rows_set_aside_are_1_and_can_be_mended(tmp_path: Path) -> None:
    """The good row goes on, the bad one is named with file and line and lies in a file that imports once mended."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    (tmp_path / "threads.jsonl").write_text(GOOD + '\n{"id": "forum:2"}\n', encoding="utf-8")
    done = run("-C", "kb", "import", "jsonl", "threads.jsonl", "--name", "forum", folder=tmp_path)
    assert done.returncode == 1
    assert "threads.jsonl:2" in done.stderr
    aside = tmp_path / "kb" / "var" / "set-aside" / "forum.jsonl"
    assert aside.read_text(encoding="utf-8") == '{"id": "forum:2"}\n'
    aside.write_text(GOOD.replace("forum:1", "forum:2") + "\n", encoding="utf-8")
    again = run("-C", "kb", "import", "jsonl", str(aside), "--name", "forum", "--json", folder=tmp_path)
    assert again.returncode == 0
    assert json.loads(again.stdout)["added"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ["bild"],
        ["-C", "nowhere", "status"],
        ["import", "xmlx", "file"],
        ["init"],
        ["review", "show", "nobody"],
    ],
)
def test_wrong_usage_is_2_and_no_traceback(tmp_path: Path, words: list[str]) -> None:
    """What was wrong and what to do, for a person."""
    done = run(*words, folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["init", "{file}"], "{file} is a file."),
        (["-C", "{kb}", "review", "edit", "{lineage}", "--file", "{nowhere}"], "{nowhere}: No such file"),
        (["-C", "{kb}", "review", "edit", "{lineage}", "--file", "{folder}"], "{folder}: Is a directory"),
        (["-C", "{kb}", "review", "edit", "{lineage}", "--file", "{file}"], "no text below the title"),
        (
            ["-C", "{kb}", "review", "reject", "{lineage}", "--reason", "R", "--wording", "W"],
            "nothing was asked in vain",
        ),
        (["-C", "{kb}", "vectors", "import", "{nowhere}"], "{nowhere}: No such file"),
        (["-C", "{kb}", "serve", "--port", "99999"], "'--port': found '99999'; expected at most 65535"),
        (["-C", "{kb}", "serve", "--port", "x"], "'--port': found 'x'; expected a whole number"),
        (["-C", "{kb}", "suggest"], "Missing argument 'TEXT'"),
        (["-C", "{kb}", "serve", "--port", "{taken}"], "Address already in use"),
    ],
)
def test_what_cannot_be_used_is_named(kb: Workspace, tmp_path: Path, words: list[str], what: str) -> None:
    """A file or address of the command line that is not there, or not what it should be, is an error in two lines."""
    (tmp_path / "file").write_text("# A title alone\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        known = {
            "kb": kb.root,
            "lineage": next(item.lineage for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)),
            "file": tmp_path / "file",
            "folder": tmp_path,
            "nowhere": tmp_path / "nowhere",
            "taken": other.getsockname()[1],
        }
        done = run(*(word.format(**known) for word in words))
    assert done.returncode == 2
    first, advice = done.stderr.strip().splitlines()
    assert what.format(**known) in first
    assert advice.startswith("  → ")
    assert len(kb.articles()) == 1


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    """Whoever interrupts a command is told that nothing is lost; the exit code is the shell's for it."""
    pipe = tmp_path / "threads.jsonl"
    os.mkfifo(pipe)  # an export that never ends
    Workspace.create(tmp_path / "kb", recipe="small").close()
    command = [sys.executable, "-m", "kbuilder.cli", "-C", str(tmp_path / "kb"), "import", "jsonl", str(pipe)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's jobs ignore it
    )
    with pipe.open("w"):  # opened by the reader too: the command is at work
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "Interrupted. Run the same command again: what is kept is not made twice.\n"


def test_an_error_is_two_lines(tmp_path: Path) -> None:
    """What and where, then what to do."""
    done = run("-C", str(tmp_path), "status")
    what, advice = done.stderr.strip().splitlines()
    assert what.startswith("Error: ")
    assert "kbuilder init" in advice


def test_an_import_that_would_remove_much_stops(tmp_path: Path) -> None:
    """More than 5 % of a complete source goes only if it is allowed to."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    rows = [GOOD.replace("forum:1", f"forum:{number}") for number in range(20)]
    (tmp_path / "t.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    command = ["-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", "--complete"]
    assert run(*command, folder=tmp_path).returncode == 0
    (tmp_path / "t.jsonl").write_text("\n".join(rows[:10]) + "\n", encoding="utf-8")
    stopped = run(*command, folder=tmp_path)
    assert stopped.returncode == 2
    assert "--allow-removals" in stopped.stderr
    allowed = run(*command, "--allow-removals", "--json", folder=tmp_path)
    assert json.loads(allowed.stdout)["removed"] == 10


def test_a_question_in_another_encoding_is_asked(kb: Workspace) -> None:
    """What is no character does not matter."""
    asked = subprocess.run(
        [sys.executable, "-m", "kbuilder.cli", "-C", str(kb.root), "suggest", b"xyzzy \xff"],
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert (asked.returncode, asked.stdout) == (0, b"Nothing here is sure to answer that.\n")


def judged_set(folder: Path) -> str:
    """One entry, one question; a judgment on something else."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "a", "title": "red light", "text": "x", "label": "1"}\n')
    (folder / "queries.dev.jsonl").write_text('{"_id": "q", "text": "red light"}\n')
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\tz\t1\n")
    return str(folder)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["suggest", "{set}", "--run", "{set}/corpus.jsonl"], "would be written over"),
        (["suggest", "{set}", "--run", "run", "--report", "run"], "would be written over"),
        (["suggest", "{set}", "--run", "{set}"], "Is a directory"),
        (["suggest", "{set}", "--run", "run", "--report", "{set}/corpus.jsonl/page"], "File exists"),
        (["cluster", "{set}/corpus.jsonl", "--labels", "{set}/corpus.jsonl"], "would be written over"),
        (["cluster", "{set}/corpus.jsonl", "--labels", "{set}"], "Is a directory"),
    ],
)
def test_what_an_evaluation_writes_is_looked_at_first(tmp_path: Path, words: list[str], told: str) -> None:
    """No file of the set is written over, and nobody waits for what cannot be written."""
    place = judged_set(tmp_path / "set")
    before = (tmp_path / "set" / "corpus.jsonl").read_bytes()
    failed = run("evaluate", *(each.format(set=place) for each in words), "--recipe", "small", folder=tmp_path)
    assert failed.returncode == 2
    assert told in failed.stderr
    assert (tmp_path / "set" / "corpus.jsonl").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["set"]


def test_judgments_on_what_is_not_there_are_told(tmp_path: Path) -> None:
    """Beside the figures, which stay JSON."""
    place = judged_set(tmp_path / "set")
    scored = run("evaluate", "suggest", place, "--run", "run", "--recipe", "small", "--json", folder=tmp_path)
    assert json.loads(scored.stdout)["answerable"] == 0
    assert scored.stderr == "Judgments that name an entry which the corpus does not have, and count for nothing: 1\n"


def test_suggestions_as_json(kb: Workspace) -> None:
    """A program reads the same suggestions; silence is an empty list."""
    silent = run("-C", str(kb.root), "suggest", "xyzzy plugh", "--json")
    assert json.loads(silent.stdout) == {"suggestions": []}
    strange = run("-C", str(kb.root), "suggest", "xyzzy plugh", "--language", "klingon")
    assert strange.returncode == 2
    assert "klingon" in strange.stderr
    assert "de, en" in strange.stderr or "en, de" in strange.stderr


def test_german_speaks_german(kb: Workspace) -> None:
    """Help, lists and errors follow the locale."""
    assert "Wissensdatenbank" in run("--help", LC_ALL="de_DE.UTF-8").stdout
    assert "Fehler" in run("-C", "/", "status", LC_ALL="de_DE.UTF-8").stderr


def test_titles_of_threads_are_shown_without_personal_data(tmp_path: Path) -> None:
    """Where a candidate's threads are listed, and where it is explained."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    answer = '"answers": [{"id": "2", "body": "%s", "created": "2024-01-02T10:00:00Z", "accepted": true}]'
    body = "Hold the button for ten seconds until the light is white, then set it up again from the start."
    row = GOOD.replace('"T"', '"Reset it, write to ada@example.org"').replace("}}", "}, " + answer % body + "}")
    (tmp_path / "t.jsonl").write_text(row + "\n", encoding="utf-8")
    run("-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", folder=tmp_path)
    run("-C", "kb", "build", folder=tmp_path)
    (item,) = json.loads(run("-C", "kb", "review", "list", "--json", folder=tmp_path).stdout)
    for words in (["review", "show"], ["candidates", "explain"]):
        shown = run("-C", "kb", *words, item["lineage"], folder=tmp_path)
        assert (shown.returncode, "[e-mail]" in shown.stdout, "ada@" in shown.stdout) == (0, True, False), shown


def test_threads_dated_in_the_future_are_told(tmp_path: Path) -> None:
    """They are kept, and one of them is named; the time zones of today are no future."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    tonight = (datetime.now(UTC) + timedelta(hours=14)).isoformat(timespec="seconds").replace("+00:00", "Z")
    rows = [GOOD, *(GOOD.replace("forum:1", f"forum:{number}") for number in (2, 3))]
    rows = [rows[0].replace("2024-01-02T10:00:00Z", tonight), rows[1], rows[2].replace("2024", "2204")]
    (tmp_path / "t.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = run("-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", folder=tmp_path)
    assert (done.returncode, "3 added" in done.stdout) == (0, True)
    assert "Threads dated in the future: 1, forum:3 for one." in done.stderr


def test_an_address_given_later_is_noted(tmp_path: Path) -> None:
    """A second import with --url puts it into kbuilder.toml."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    (tmp_path / "t.jsonl").write_text(GOOD + "\n", encoding="utf-8")
    run("-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", folder=tmp_path)
    address = "https://forum.example"
    done = run("-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", "--url", address, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    settings = (tmp_path / "kb" / "kbuilder.toml").read_text(encoding="utf-8")
    assert f'url = "{address}"' in settings
    done = run("-C", "kb", "import", "jsonl", "t.jsonl", "--name", "forum", "--url", "notaurl", folder=tmp_path)
    assert (done.returncode, "found 'notaurl'; expected an address" in done.stderr) == (2, True)
    assert (tmp_path / "kb" / "kbuilder.toml").read_text(encoding="utf-8") == settings


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """Whoever stands in it sees no traceback."""
    gone = tmp_path / "gone"
    gone.mkdir()
    call = f"cd {gone} && rmdir {gone} && {sys.executable} -m kbuilder.cli status"
    done = subprocess.run(["/bin/sh", "-c", call], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "Error: The folder that you are in is gone.",
        "  → Change to one that is there.",
    ]


def test_settings_changed_by_hand_are_checked_before_they_count(tmp_path: Path) -> None:
    """The fault and its line, beside the word that they are not committed."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    with (tmp_path / "kb" / "kbuilder.toml").open("a", encoding="utf-8") as file:
        file.write("[asking]\nkeep_questions = 999\n")
    done = run("-C", "kb", "check", folder=tmp_path)
    assert (done.returncode, "asking.keep_questions: found 999" in done.stderr) == (1, True)
    assert "not committed" in done.stderr


def test_a_recipe_named_by_hand_is_checked_before_it_counts(tmp_path: Path) -> None:
    """One that is not there is told; one that lies there, not committed either, is not."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    settings = tmp_path / "kb" / "kbuilder.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"small"', '"ours"'), encoding="utf-8")
    assert "recipe: found 'ours'; expected one of: default, small" in run("-C", "kb", "check", folder=tmp_path).stderr
    (tmp_path / "kb" / "pipelines").mkdir()
    (tmp_path / "kb" / "pipelines" / "ours.toml").write_text("format = 1\n", encoding="utf-8")
    told = run("-C", "kb", "check", folder=tmp_path).stderr
    assert ("recipe" in told, "not committed" in told) == (False, True)


def test_a_database_that_does_not_answer_is_explained(kb: Workspace) -> None:
    """A stopped server is no bug of ours."""
    url = "postgresql://nobody@127.0.0.1:1/none"
    done = run("-C", str(kb.root), "status", KBUILDER_DATABASE_URL=url)
    assert done.returncode == 2
    assert "does not answer" in done.stderr


def test_a_build_by_another_version_is_named_and_made_again(kb: Workspace, tmp_path: Path) -> None:
    """It is not read, not taken for none, and replaced by a build."""
    shutil.copytree(kb.root, tmp_path / "kb")
    manifest = next((tmp_path / "kb" / "_build" / "generations").glob("*/manifest.json"))
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 0}))
    stopped = run("-C", "kb", "review", "list", folder=tmp_path)
    assert stopped.returncode == 2
    assert "another version" in stopped.stderr
    assert run("-C", "kb", "build", folder=tmp_path).returncode == 0
    assert run("-C", "kb", "review", "list", folder=tmp_path).returncode == 0


def test_what_lies_in_the_way_is_told(kb: Workspace, tmp_path: Path) -> None:
    """A link to a disk that is not there is no bug of ours."""
    copy = shutil.copytree(kb.root, tmp_path / "kb", ignore=shutil.ignore_patterns("_build"))
    (copy / "_build").symlink_to(tmp_path / "disk" / "build")
    stopped = run("-C", "kb", "publish", folder=tmp_path)
    assert stopped.returncode == 2
    assert "_build: File exists\n  → Move away what lies there" in stopped.stderr


def editing(folder: Path, *lines: str) -> str:
    """An ``EDITOR`` that appends a line, after these commands."""
    script = folder / "editor.sh"
    script.write_text("\n".join(("#!/bin/sh", *lines, 'echo "Typed for an hour." >> "$1"')) + "\n")
    script.chmod(0o755)
    return str(script)


def test_an_edit_never_overwrites_a_colleagues_and_is_never_lost(kb: Workspace, tmp_path: Path) -> None:
    """Who saves second is told so; what they typed is in a file that saves once they have looked."""
    copy = shutil.copytree(kb.root, tmp_path / "kb")
    [article] = Workspace.open(copy).articles()
    file = article_files.path(article)
    editor = editing(tmp_path, f"cd {copy}", f'echo "A colleague." >> {file}', "git commit -qam meanwhile")
    stopped = run("-C", "kb", "review", "edit", article.slug, folder=tmp_path, EDITOR=editor)
    assert stopped.returncode == 2
    assert "A colleague." in (copy / file).read_text()
    kept = copy / "var" / f"unsaved-{article.slug}.md"
    assert str(kept) in stopped.stderr
    assert kept.read_text().endswith("Typed for an hour.\n")
    saved = run("-C", "kb", "review", "edit", article.slug, "--file", str(kept), folder=tmp_path)
    assert saved.returncode == 0
    assert "Typed for an hour." in (copy / file).read_text()


def test_a_title_does_not_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """A forum's words reach a terminal without what a terminal obeys."""
    say("Zebra \x1b[2J\x1b]0;x\x07 \u202ereversed\nnext")
    assert capsys.readouterr().out == "Zebra [2J]0;x reversed\nnext\n"


def test_rows_set_aside_wait_until_they_are_imported(tmp_path: Path) -> None:
    """Neither a good import nor another bad one takes away what somebody mends."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    aside = tmp_path / "kb" / "var" / "set-aside"
    for number, bad in enumerate(('{"id": "forum:2"}', '{"id": "forum:3"}', "")):
        (tmp_path / "t.jsonl").write_text(f"{GOOD.replace('forum:1', f'forum:{number + 5}')}\n{bad}\n")
        kb.import_threads("jsonl", tmp_path / "t.jsonl", name="forum", complete=False)
    assert {file.name: file.read_text() for file in aside.iterdir()} == {
        "forum.jsonl": '{"id": "forum:2"}\n',
        "forum.2.jsonl": '{"id": "forum:3"}\n',
    }
    mended = aside / "forum.2.jsonl"
    mended.write_text(GOOD.replace("forum:1", "forum:3") + "\n")
    kb.import_threads("jsonl", mended, name="forum", complete=False)
    kb.close()
    assert [file.name for file in aside.iterdir()] == ["forum.jsonl"]


def test_an_export_without_a_thread_is_1(tmp_path: Path) -> None:
    """What was probably the wrong file is not taken for an empty forum."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    (tmp_path / "Posts.xml").write_text("<html></html>")
    done = run("-C", "kb", "import", "stackexchange", "Posts.xml", folder=tmp_path)
    assert done.returncode == 1
    assert "Posts.xml" in done.stderr


def test_articles_are_brought_in_from_a_folder(tmp_path: Path) -> None:
    """Its Markdown files and tables, whatever lies beside them; told again, they are there already."""
    Workspace.create(tmp_path / "kb", recipe="small").close()
    (tmp_path / "old" / "deep").mkdir(parents=True)
    (tmp_path / "old" / "a.md").write_text("---\nauthor: Bo\n---\n# One\n\nYes.")
    (tmp_path / "old" / "deep" / "b.csv").write_text("question,answer\nTwo?,No.\n")
    (tmp_path / "old" / "picture.png").write_bytes(b"\x89PNG")
    words = ("-C", str(tmp_path / "kb"), "review", "bring", str(tmp_path / "old"), "--reviewed")
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition("  ")[2] for line in done.stdout.splitlines()[:2]] == ["en  One", "en  Two?"]
    assert "Brought in: 2 · There already: 0\nNot carried: author (1)" in done.stdout
    assert "Brought in: 0 · There already: 2" in run(*words).stdout
    (tmp_path / "old" / "c.md").write_text("nothing")
    wrong = run(*words)
    assert wrong.returncode == 2
    assert f"{tmp_path}/old/c.md:1: expected a title" in wrong.stderr
    assert run(*words[:-2], str(tmp_path / "missing")).returncode == 2


def test_verdicts_are_sent_on(tmp_path: Path) -> None:
    """Without a remote that is said; with one, how much went there; where it is away, two lines and what to do."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    folder = ("-C", str(tmp_path / "kb"), "push")
    assert "has no [push]" in run(*folder).stdout
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "there.git")], check=True)
    tree = kb.parts.head()
    settings = (tree.read("kbuilder.toml") or b"") + f'\n[push]\nremote = "{tmp_path}/there.git"\n'.encode()
    kb.parts.repository.commit(tree, {"kbuilder.toml": settings}, "Send it on", "ada", kb.parts.clock())
    kb.close()
    assert run(*folder).stdout == f"Sent to {tmp_path}/there.git: 2\n"
    assert run(*folder).stdout == f"Sent to {tmp_path}/there.git: 0\n"
    (tmp_path / "there.git").rename(tmp_path / "away")
    wrong = run(*folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.splitlines() == [
        f"Error: There is no git repository at {tmp_path}/there.git.",
        "  → Make an empty one there, or mend “remote” in [push].",
    ]
