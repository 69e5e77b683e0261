"""The files for build servers are true: their commands run in a fresh clone, and what they say happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from trees import CONFIG, MemoryTree, article

from kbuilder.store import articles

ROOT = Path(__file__).parents[1]
FILES = ROOT / "docs" / "how-to" / "build-server"
HEAVY = ("torch", "transformers", "sentence_transformers", "onnxruntime", "faiss", "sklearn", "scipy", "numba")


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=kim", "-c", "user.email=kim@kim.example"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``requirements.txt`` names."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A knowledge base on ``main``, and on ``proposal`` one article changed, one new, one gone."""
    root = tmp_path_factory.mktemp("origin")
    git(root, "init", "-q", "-b", "main")
    one, two = (article(f"how-to-{name}", f"How to {name}?", "Hold the button.[^p1]") for name in ("reset", "pair"))
    first = MemoryTree({"kbuilder.toml": CONFIG.encode(), ".gitignore": b"/_build/\n/var/\n"}).with_(one, two)
    edited = replace(one, title="How to reset, @ada?", tags=("hub",))
    second = first.with_(edited, article("brand-new", "Brand new", "Hold the button.[^p1]"))
    gone = articles.path(two)
    second = second.having({gone: None})
    for number, tree in enumerate((first, second)):
        if number:
            git(root, "switch", "-q", "-c", "proposal")
            (root / gone).unlink()
        for path, data in tree.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        (root / "requirements.txt").write_text(f"{wheel}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "articles")
    git(root, "switch", "-q", "main")
    git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
    return root


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """The environment of a build server: ``kbuilder`` is a command, and pip installs from this machine alone."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kbuilder").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kbuilder.cli "$@"\n')
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for file in folder.iterdir():
        file.chmod(0o755)
    installed = tmp_path / "pip"
    offline = {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_UPGRADE": "1", "PIP_TARGET": str(installed)}
    paths = {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": f"{installed}:{ROOT}"}
    return {**os.environ, **offline, **paths, "LC_ALL": "C.UTF-8"}


def shell(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command prints; like the servers, it stops at the first failure."""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def clone(origin: Path, folder: Path, branch: str, depth: int) -> Path:
    git(origin, "clone", "-q", "--depth", str(depth), "--branch", branch, f"file://{origin}", str(folder))
    git(folder, "switch", "-q", "--detach")  # as servers check out
    return folder


def steps(event: str) -> list[str]:
    """The commands of the GitHub workflow for an event, but for those that talk to GitHub."""
    told = yaml.safe_load((FILES / "github.yml").read_text("utf-8"))["jobs"]["site"]["steps"]
    mine = [each for each in told if event in each.get("if", event) and "run" in each]
    return [each["run"] for each in mine if not each["run"].startswith("gh ")]


def test_the_github_workflow_publishes_and_tells_what_changed(
    origin: Path, tmp_path: Path, tools: dict[str, str]
) -> None:
    """On a pull request in the merged commit's clone, as deep as the workflow says."""
    checkout = yaml.safe_load((FILES / "github.yml").read_text("utf-8"))["jobs"]["site"]["steps"][0]
    folder = clone(origin, tmp_path / "kb", "proposal", checkout["with"]["fetch-depth"])
    summary = tmp_path / "summary.md"
    commands = steps("pull_request")
    assert len(commands) == 4
    for command in commands:
        shell(command, folder, {**tools, "GITHUB_STEP_SUMMARY": str(summary)})
    told = summary.read_text("utf-8")
    assert told == (folder / "changes.md").read_text("utf-8")
    assert "Added: 1 · Changed: 1 · Moved: 0 · Removed: 1" in told
    assert "[Brand new](https://help.larkspan.example/kb/en/brand-new/)" in told
    assert "title, topics" in told
    assert "@ada" not in told
    assert (folder / "_build/site/public/en/brand-new/index.html").is_file()


def test_the_gitlab_pipeline_publishes_and_tells_what_changed(
    origin: Path, tmp_path: Path, tools: dict[str, str]
) -> None:
    """Its jobs, each in a fresh clone of one commit."""
    told = yaml.safe_load((FILES / "gitlab.yml").read_text("utf-8"))
    base = git(origin, "rev-parse", "main")
    depth = int(told["variables"]["GIT_DEPTH"])
    assert depth == 1
    for job, branch in (("pages", "main"), ("preview", "proposal")):
        folder = clone(origin, tmp_path / job, branch, depth)
        for command in (*told["default"]["before_script"], *told[job]["script"]):
            shell(command, folder, {**tools, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base})
        assert all((folder / path).exists() for path in told[job]["artifacts"]["paths"])
    assert (tmp_path / "pages/public/en/index.html").is_file()
    assert "Brand new" in (tmp_path / "preview/changes.md").read_text("utf-8")


def test_the_cron_script_publishes_what_is_new(origin: Path, tmp_path: Path, tools: dict[str, str]) -> None:
    """It clones once, fetches later, and deploys what was published; a knowledge base with faults changes nothing."""
    own = tmp_path / "own"
    git(tmp_path, "clone", "-q", str(origin), str(own))
    served, script = tmp_path / "served", str(FILES / "cron.sh")
    environment = {**tools, "REPOSITORY": f"file://{own}", "CLONE": str(tmp_path / "var/clone")}
    copy = f"rm -rf '{served}'; cp -a _build/site/public '{served}'"

    def run() -> int:
        return subprocess.run(
            ["sh", script, "sh", "-c", copy], env=environment, capture_output=True, check=False
        ).returncode

    assert run() == 0
    assert (served / "en/index.html").is_file()
    assert not (served / "en/brand-new").exists()
    git(own, "merge", "-q", "origin/proposal")
    assert run() == 0
    assert (served / "en/brand-new/index.html").is_file()
    (own / "kbuilder.toml").write_text("format = 1\nlanguages = 7\n")
    git(own, "commit", "-q", "-a", "-m", "broken")
    assert run() != 0
    assert (served / "en/brand-new/index.html").is_file()


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed")
def test_the_rsync_example_copies_the_site(origin: Path, tmp_path: Path, tools: dict[str, str]) -> None:
    """As the page says it, to a folder."""
    folder = clone(origin, tmp_path / "kb", "main", 1)
    page = (ROOT / "docs/how-to/publish-on-a-build-server.md").read_text("utf-8")
    command = next(line.strip() for line in page.splitlines() if line.strip().startswith("rsync "))
    shell("kbuilder publish", folder, tools)
    shell(command.replace("web.example:/srv/help/", f"{tmp_path}/served/"), folder, tools)
    assert (tmp_path / "served/en/index.html").is_file()


@pytest.fixture
def bucket(tools: dict[str, str], tmp_path: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """The environment of a machine that may write to a store of S3's kind, and a client of that store.

    Both are 250 MB, so they are not among what the tests install: ``pip install awscli flask flask-cors moto[s3]``.
    """
    boto3, moto = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
    installed = Path(pytest.importorskip("awscli").__file__).parents[1]
    aws = tmp_path / "bin/aws"
    aws.write_text(f'#!/bin/sh\nPYTHONPATH="{installed}" exec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o755)
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    named = {name.upper(): value for name, value in keys.items()} | {"AWS_DEFAULT_REGION": "us-east-1"}
    own = {"AWS_ENDPOINT_URL": address, "AWS_CONFIG_FILE": os.devnull, "BUCKET": "help"}
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys)
    yield {**tools, **named, **own}, client
    server.stop()


def test_the_s3_script_sends_what_has_changed(
    origin: Path, tmp_path: Path, bucket: tuple[dict[str, str], Any]
) -> None:
    """Everything at first, each as what it is; then only what differs, and what is gone is deleted."""
    environment, store = bucket
    folder = clone(origin, tmp_path / "kb", "main", 1)
    git(folder, "fetch", "-q", "--depth", "1", "origin", "proposal")
    once = (FILES.parent / "publish-on-a-build-server.md").read_text("utf-8").split("```sh")
    shell(next(each for each in once if "aws s3 mb" in each).partition("```")[0], folder, environment)
    script = f"sh {FILES / 's3.sh'}"

    def lying() -> dict[str, str]:
        found = store.get_paginator("list_objects_v2").paginate(Bucket="help")
        return {each["Key"]: each["ETag"].strip('"') for part in found for each in part["Contents"]}

    def served() -> dict[str, str]:
        site = folder / "_build/site/public"
        files = (file for file in site.rglob("*") if file.is_file())
        return {file.relative_to(site).as_posix(): md5(file.read_bytes()).hexdigest() for file in files}

    shell(f"kbuilder publish && {script}", folder, environment)
    first = served()
    assert lying() == first
    assert store.get_bucket_website(Bucket="help")["ErrorDocument"] == {"Key": "404.html"}
    kinds = {
        "en/how-to-reset/index.html": "text/html",
        "en/how-to-reset/index.md": "text/markdown; charset=utf-8",
        "robots.txt": "text/plain; charset=utf-8",
        "static/style.css": "text/css",
    }
    for path, kind in kinds.items():
        told = store.head_object(Bucket="help", Key=path)
        assert (told["ContentType"], told["CacheControl"]) == (kind, "public, max-age=300")
    git(folder, "checkout", "-q", "FETCH_HEAD")
    done = shell(f"kbuilder publish && {script}", folder, environment)
    second = served()
    assert lying() == second
    sent = {line.rpartition("s3://help/")[2] for line in done.splitlines() if line.startswith("upload:")}
    assert sent == {path for path in second if second[path] != first.get(path)}
    assert "en/brand-new/index.html" in sent
    assert "en/how-to-pair/index.html" in first.keys() - second.keys()


def test_publishing_needs_nothing_of_models(origin: Path, tmp_path: Path, tools: dict[str, str]) -> None:
    """Neither torch nor anything that compares texts is imported, and torch is not among what the core requires."""
    folder = clone(origin, tmp_path / "kb", "main", 1)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in HEAVY:
        (blocked / f"{name}.py").write_text("raise SystemExit('imported: ' + __name__)\n")
    environment = {**tools, "PYTHONPATH": f"{blocked}:{ROOT}"}
    for command in ("kbuilder check", "kbuilder publish", "kbuilder publish --plan", "kbuilder changes HEAD"):
        shell(command, folder, environment)
    core = [each for each in requires("kbuilder") or [] if "extra ==" not in each]
    assert core
    assert not [each for each in core if each.startswith(("torch", "sentence-transformers", "transformers"))]
