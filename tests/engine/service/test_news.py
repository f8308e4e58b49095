"""The events of an edit: the newest of each kind, for readers however slow."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel

from flexit_engine.service.news import BOOT, Item, News

Value = TypeVar("Value")


class Said(BaseModel):
    """Anything."""

    n: int = 0


def run(work: Coroutine[Any, Any, Value]) -> Value:
    return asyncio.run(asyncio.wait_for(work, 5))


async def heard(news: News, last: str | None = None) -> list[Item]:
    return [item async for item in news.follow(last)]


async def turns_round(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_a_late_reader_hears_the_newest_of_each_kind_in_order() -> None:
    news = News()
    for n in range(100):
        news.publish("progress", Said(n=n))
    news.publish("preview", Said())
    news.publish("state", Said())
    news.publish("done", Said())
    kinds = [(item.kind, item.data) for item in run(heard(news))]
    assert kinds[0] == ("progress", '{"n":99}')
    assert [kind for kind, _ in kinds] == ["progress", "preview", "state", "done"]


def test_a_waiting_reader_hears_each_at_once_and_ends_with_the_edit() -> None:
    async def follow() -> list[str]:
        news, said = News(), list[str]()

        async def read() -> None:
            async for item in news.follow(None):
                said.append(item.data)

        reader = asyncio.create_task(read())
        for n in range(3):
            news.publish("progress", Said(n=n))
            await turns_round()
            assert len(said) == n + 1
        news.publish("failed", Said(n=3))
        await reader
        return said

    assert run(follow()) == [f'{{"n":{n}}}' for n in range(4)]


def test_a_slow_reader_skips_and_still_hears_the_end() -> None:
    async def follow() -> list[Item]:
        news, items = News(), list[Item]()
        news.publish("progress", Said(n=0))
        async for item in news.follow(None):
            items.append(item)
            if item.kind == "progress" and len(items) == 1:  # meanwhile much happens
                for n in range(1, 50):
                    news.publish("progress", Said(n=n))
                news.publish("done", Said())
        return items

    assert [item.kind for item in run(follow())] == ["progress", "progress", "done"]


@pytest.mark.parametrize("last", [None, "", "x", ".", "other.2", "2", "BOOT.x", "BOOT.²"])
def test_an_id_of_another_run_or_none_gets_everything(last: str | None) -> None:
    news = News()
    news.publish("state", Said())
    news.publish("done", Said())
    known = last and last.replace("BOOT", BOOT)
    assert len(run(heard(news, known))) == 2


def test_an_id_gets_what_is_newer() -> None:
    news = News()
    news.publish("state", Said())
    news.publish("done", Said())
    first, second = run(heard(news))
    assert run(heard(news, first.id)) == [second]
    assert run(heard(news, second.id)) == []
    assert run(heard(news, f"{BOOT}.{10**17}")) == [first, second]  # never given out


def test_an_edit_that_goes_on_is_followed_again() -> None:
    async def follow() -> list[str]:
        news = News()
        news.publish("done", Said())
        news.forget("done")
        reader = asyncio.create_task(heard(news))
        news.publish("state", Said())
        await turns_round()
        assert not reader.done()
        news.publish("cancelled", Said())
        return [item.kind for item in await reader]

    assert run(follow()) == ["state", "cancelled"]


def test_readers_end_when_the_service_stops() -> None:
    async def follow() -> list[Item]:
        news = News()
        reader = asyncio.create_task(heard(news))
        await turns_round()
        news.close()
        return await reader

    assert run(follow()) == []
