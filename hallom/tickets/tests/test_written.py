import pytest

from hallom.tickets import written
from hallom.tickets.persons import NotAnAddress, Person, persons, typed


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Dear <strong>Carla</strong>!<br>Second</p><p>Third</p>", "Dear Carla!\nSecond\n\nThird"),
        ("<ul><li><p>one</p></li><li><p>two</p></li></ul><p>after</p>", "- one\n- two\n\nafter"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<blockquote><p>q1</p><p>q2</p></blockquote><p>a</p>", "> q1\n\n> q2\n\na"),
        ("<pre><code>x\n  y</code></pre>", "x\n  y"),
        ('<p><a href="https://x.hu/">there</a></p>', "there <https://x.hu/>"),
        ('<p><a href="https://x.hu/">https://x.hu/</a></p>', "https://x.hu/"),
        ('<p><a href="mailto:a@b.hu">a@b.hu</a></p>', "a@b.hu"),
        ("<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        ("", ""),
    ],
)
def test_html_as_plain_text(html: str, text: str) -> None:
    assert written.public(html).text == text


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<p onclick="x">',
        '<p style="color:red">',
        '<a href="javascript:x">a</a>',
        '<a href="/tickets/1/">a</a>',
        '<img src="https://tracker.example/x.gif">',
        '<img src="/attachments/../x">',
        '<img src="/attachments/5/x?y=1">',
        "<iframe src=x></iframe>",
        '<span data-mention="3">@B</span>',
        "<svg><script>x</script></svg>",
    ],
)
def test_what_does_harm_is_taken_out(bad: str) -> None:
    words = written.public(f"<p>before</p>{bad}<p>after</p>")
    for sign in (
        "alert",
        "onclick",
        "style",
        "javascript",
        "/tickets",
        "tracker",
        "iframe",
        "span",
        "svg",
        "<img",
        "x</",
    ):
        assert sign not in words.html
    assert "before" in words.html
    assert "after" in words.html
    assert not words.images


def test_images_of_ours_and_mentions_are_found() -> None:
    html = '<p><span data-mention="3">@B</span><img src="/attachments/5/k%C3%A9p.png" data-attachment="5" alt="kép"></p>'
    words = written.internal(html)
    assert (words.html, words.images, words.mentions) == (html, (5,), (3,))
    assert not written.internal('<p><img src="/attachments/5/x.png"></p>').is_empty
    assert written.internal("<p> <br></p>").is_empty


def test_plain_text_as_paragraphs() -> None:
    assert written.html_of("a\r\nb\n\n\nc <d>") == "<p>a<br>b</p><p>c &lt;d&gt;</p>"


def test_people_are_read_as_they_are_typed() -> None:
    given = 'Carla <c@example.org>, d@e.hu; "Kiss, Béla" <b@e.hu>, Nagy (Bt.) <x@y.hu>, C@EXAMPLE.org,'
    found = persons(given)
    assert [(one.name, one.address) for one in found] == [
        ("Carla", "c@example.org"),
        ("", "d@e.hu"),
        ("Kiss, Béla", "b@e.hu"),
        ("Nagy (Bt.)", "x@y.hu"),
    ]
    assert persons(typed(found)) == found
    assert persons(" , ") == ()
    assert Person.of(found[0].kept()) == found[0]


@pytest.mark.parametrize("bad", ["carla", "a@b", "a@b.hu c@d.hu", "<>", "a@b.hu>x", "x@@y.hu", "\n@b.hu"])
def test_what_is_no_address_is_named(bad: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        persons(f"ok@example.org, {bad}")
    assert refused.value.value == " ".join(bad.split())


def test_a_line_break_cannot_become_a_header() -> None:
    assert "\n" not in str(persons("Eve\r\nBcc: all@example.org <eve@example.org>"))
