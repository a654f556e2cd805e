"""The town in which these tests take place, and the post office it sends through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.notifications.post_office import PostOffice
from tests.integration.notifications.town import Town


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    folder: Path = tmp_path_factory.mktemp("post")
    office = PostOffice(folder).start()
    yield office
    office.stop()


@pytest.fixture
def town(database_url: str, post: PostOffice) -> Iterator[Town]:
    built = Town(database_url, post)
    yield built
    built.close()
