"""Do the browser files arrive where the pages look for them?"""

from pathlib import Path

import pytest

from marketplace.foundation import assets


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Installed packages that hold every file of the table."""
    folder = tmp_path / "node_modules"
    for asset in assets.all_assets():
        source = folder / asset.package / asset.source
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(asset.target)
    return folder


def test_copy_assets_once_ships_every_file_of_the_table(packages: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assert assets.copy_assets(packages, vendor) == len(assets.all_assets())
    assert {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()} == {
        asset.target for asset in assets.all_assets()
    }


def test_copy_assets_twice_copies_only_what_changed(packages: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assets.copy_assets(packages, vendor)
    (vendor / "icons" / "home.svg").write_text("an older drawing")
    assert assets.copy_assets(packages, vendor) == 1
    assert assets.copy_assets(packages, vendor) == 0


def test_copy_assets_without_packages_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsMissing, match="npm ci"):
        assets.copy_assets(tmp_path, tmp_path / "vendor")


def test_icon_of_a_known_name_is_hidden_from_screen_readers() -> None:
    drawn = assets.icon("search")
    assert drawn.startswith("<svg")
    assert 'aria-hidden="true"' in drawn


def test_icon_of_an_unknown_name_says_where_to_add_it() -> None:
    with pytest.raises(assets.UnknownIcon, match="ICONS_BY_SUBJECT"):
        assets.icon("unicorn")
