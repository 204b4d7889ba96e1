"""Fixtures that several test files share."""

from pathlib import Path

import pytest

from tests import built_site as site


@pytest.fixture(scope="session")
def built_site(tmp_path_factory) -> Path:
    """The folder of the site, built with --strict once for all tests and workers."""
    return site.built_site(tmp_path_factory)
