from pathlib import Path

from hallom.storage import key_file


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "secret-key"
    first = key_file.text_of(path)
    assert key_file.text_of(path) == first
    assert len(first) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert key_file.text_of(tmp_path / "a") != key_file.text_of(tmp_path / "b")
