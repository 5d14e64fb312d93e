"""The sandbox makes itself one key and keeps it; a key from the settings is used as it is."""

import stat
from pathlib import Path

from dastak.app.keys import KEY_FILE, master_keys, purpose_key
from dastak.app.settings import read_settings
from unit.app.deployment import KEY, OTHER_KEY, in_folder


def test_the_sandbox_s_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = read_settings(in_folder(tmp_path / "data"))
    keys = master_keys(settings)
    assert keys == master_keys(settings)
    assert [len(key) for key in keys] == [32]
    file = settings.data_dir / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert [one.name for one in settings.data_dir.iterdir()] == [KEY_FILE]


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    one, other = (read_settings(in_folder(tmp_path / name)) for name in "ab")
    assert master_keys(one) != master_keys(other)


def test_a_key_from_the_settings_is_used_and_none_is_made(tmp_path: Path) -> None:
    settings = read_settings({**in_folder(tmp_path / "data"), "DASTAK_SECRET_KEY": f"{KEY},{OTHER_KEY}"})
    assert master_keys(settings) == (bytes(range(32)), bytes(32))
    assert not settings.data_dir.exists()


def test_each_purpose_has_its_own_key_and_the_first_master_key_makes_them(tmp_path: Path) -> None:
    both = read_settings({"DASTAK_SECRET_KEY": f"{KEY},{OTHER_KEY}"})
    first = read_settings({"DASTAK_SECRET_KEY": KEY})
    assert purpose_key(both, "otp") == purpose_key(first, "otp")
    assert purpose_key(first, "otp") != purpose_key(first, "cookies")
