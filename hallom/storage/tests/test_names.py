import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hallom.storage.limits import MAX_FILE, Refused, RefusedType, TooLarge, check, check_together
from hallom.storage.names import MAX_BYTES, safe_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Számla 2026.pdf", "Számla 2026.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.txt", "C__temp_a.txt"),
        (".bashrc", "bashrc"),
        ("a\r\nb\t.txt", "a b .txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("CON.txt", "_CON.txt"),
        ("a\0b", "ab"),
        (" . ", "file"),
        ("", "file"),
        ("\ud800x", "?x".replace("?", "_")),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_names_become_safe(raw: str, name: str) -> None:
    assert safe_name(raw) == name


def test_a_long_name_keeps_its_end() -> None:
    name = safe_name("ő" * 300 + ".docx")
    assert name.endswith("ő.docx")
    assert len(name.encode()) <= MAX_BYTES


@example("0 \x1b 0")
@given(st.text())
def test_any_name_is_safe_and_stays_as_it_is(raw: str) -> None:
    name = safe_name(raw)
    assert name
    assert not set(name) & set('<>:"/\\|?*\0\r\n')
    assert not name.startswith(".")
    assert len(name.encode()) <= MAX_BYTES + 1
    assert safe_name(name) == name


def test_what_mail_servers_refuse_is_refused_with_words() -> None:
    with pytest.raises(RefusedType, match=r"setup\.EXE is a program"):
        check("setup.EXE", "application/pdf", 5)
    with pytest.raises(RefusedType):
        check("photo", "application/x-msdownload", 5)
    with pytest.raises(TooLarge, match="at most 18"):
        check("film.mp4", "video/mp4", MAX_FILE + 1)
    with pytest.raises(Refused, match="empty"):
        check("a.txt", "text/plain", 0)
    check("film.mp4", "video/mp4", MAX_FILE)


def test_all_files_of_an_answer_together() -> None:
    check_together(40, MAX_FILE)
    with pytest.raises(TooLarge):
        check_together(2, MAX_FILE + 1)
    with pytest.raises(TooLarge, match="40"):
        check_together(41, 5)
