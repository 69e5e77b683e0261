"""``/desk``: where editors work. One module for each kind of page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.web.desk import (
    account,
    articles,
    asked,
    bringing,
    editing,
    figures,
    judging,
    keeping,
    nominating,
    notices,
    people,
    pictures,
    queue,
    replying,
    saved,
    saving,
    signing,
    uniting,
    views,
)
from kbuilder.web.desk.pages import file_response
from kbuilder.web.service import Service


def router(service: Service) -> APIRouter:
    """The desk's routes; but for the form to sign in and the files, each stands behind a gate."""
    desk = APIRouter(include_in_schema=False)

    @desk.get("/desk/files/{name}")
    async def file(request: Request, name: str) -> Response:  # noqa: ARG001
        return file_response(name)

    for each in (signing, account, people):
        desk.include_router(each.router(service))
    room = queue.Room(service)
    for each in (
        queue,
        asked,
        editing,
        saving,
        keeping,
        pictures,
        articles,
        notices,
        nominating,
        bringing,
        figures,
        judging,
        replying,
        saved,
        uniting,
        views,
    ):
        desk.include_router(each.router(room))
    return desk
