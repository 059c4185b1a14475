"""HTML of mails: nothing in it runs, loads or lies about where it leads."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.mail.clean import TAGS, Clean, clean, html_of, text_of
from hallom.mail.markup import SWALLOWED

EVIL = [
    "<script>alert(1)</script>", "<ScRiPt src=//evil></sCrIpT>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>", '<a href="javascript:alert(1)">x</a>', '<a href=" jAvA\tscript:alert(1)">x</a>',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src=//evil></iframe>", "<object data=//evil></object>", "<embed src=//evil>", "<base href=//evil>",
    '<meta http-equiv=refresh content="0;url=//evil">', "<link rel=stylesheet href=//evil>", "<form action=//evil><input name=a></form>",
    '<div style="background:url(//evil)">x</div>', '<div style="background-image:url(https://evil/x.png)">x</div>',
    '<div style="width:expression(alert(1))">x</div>', '<p style="color:red;position:fixed;top:0">x</p>',
    '<p style="background-color:image(url(https://evil))">x</p>', "<style>@import '//evil';</style>", '<table background="https://evil/x.png"><tr><td>x</table>',
    '<img srcset="https://evil/1.png 1x, https://evil/2.png 2x">', '<video poster=https://evil><source src=https://evil></video>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>', '<a href="vbscript:x">y</a>', '<input type=image src=https://evil>',
    '<img src="https://evil/x.png">', '<img src="//evil/x.png">', '<img src="/x.png">', '<p onclick=alert(1) id=x name=y>x</p>',
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", "<template><img src=https://evil></template>",
    '<a href="https://ok.example" target=_top ping=https://evil>x</a>', '<img src="data:image/svg+xml;base64,' + "A" * 120 + '">',
    "<xmp><img src=x onerror=alert(1)></xmp>", "<plaintext>", "<!--><img src=x onerror=alert(1)>-->", "<?php echo ?>", "<![CDATA[<script>]]>",
    '<img src="cid:known">', "<button formaction=javascript:alert(1)>x</button>", '<font color="red" face="x;y">z</font>',
]  # fmt: skip


class Looker(HTMLParser):
    """What a browser would find to run or load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or tag in SWALLOWED:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            given = (value or "").strip().lower()
            loads = name in ("src", "srcset", "background", "poster", "data", "ping", "action", "formaction")
            if name.startswith("on") or (loads and not given.startswith(("/ours/", "data:image/png"))):
                self.found.append(f"{name}={value}")
            if name == "href" and not given.startswith(("http://", "https://", "mailto:", "tel:")):
                self.found.append(f"{name}={value}")
            if name == "style" and re.search(r"url|expression|image|import|position|\\|@", given):
                self.found.append(f"{name}={value}")


def ours(content_id: str) -> str | None:
    return f"/ours/{content_id}" if content_id == "known" else None


@pytest.mark.parametrize("html", EVIL)
def test_nothing_runs_and_nothing_loads(html: str) -> None:
    assert Looker(clean(html, ours).html).found == []


@given(st.lists(st.sampled_from(EVIL) | st.text(alphabet="<>\"'=/ abc&;:-!", max_size=12), max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_heap_of_evil_runs_or_loads(pieces: list[str]) -> None:
    assert Looker(clean("".join(pieces), ours).html).found == []


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_text_as_html_runs_nothing(text: str) -> None:
    html = html_of(text)
    assert Looker(html).found == []


def test_images_in_the_mail_are_ours_and_remote_ones_wait_until_asked() -> None:
    found = clean(
        '<img src="cid:known" alt="a"><img src="cid:other"><img src="https://x.example/a.png" width="300">'
        '<img src="https://x.example/t.gif" width="1" height="1"><img src="http://y/z" style="display:none">',
        ours,
    )
    assert found.html.startswith(
        '<img alt="a" src="/ours/known"><img><img width="300" data-remote-src="https://x.example/a.png">'
    )
    assert (found.remote_images, found.trackers) == (1, 2)
    assert "t.gif" not in found.html
    assert "//y/z" not in found.html


@pytest.mark.parametrize(
    "address", ["//x.example/a.png", " //x.example/a.png", "/\t/x.example/a.png", "\\\\x.example/a.png"]
)
def test_an_image_of_a_host_without_a_scheme_waits_as_any_remote_one(address: str) -> None:
    found = clean(f'<img src="{address}"><img src="{address}" width="1" height="1">')
    assert found.html == '<img data-remote-src="https://x.example/a.png"><img width="1" height="1">'
    assert (found.remote_images, found.trackers) == (1, 1)


def test_a_path_without_a_host_leads_nowhere() -> None:
    found = clean('<img src="a.png"><img src="/a.png"><a href="/b">x</a><a href="#c">y</a>')
    assert found == Clean("<img><img><a>x</a><a>y</a>")


def test_a_link_without_a_scheme_says_where_it_leads() -> None:
    html = clean('<a href="//evil.example/login">bank.hu</a>').html
    assert 'data-target="evil.example"' in html
    assert 'data-deceptive="bank.hu"' in html
    assert 'href="https://evil.example/login"' in html


def test_images_inside_the_html_stay() -> None:
    image = "data:image/png;base64," + "iVBORw0KGgo" * 20
    assert f'src="{image}"' in clean(f'<p>x<img src="{image}"></p>').html


def test_backgrounds_are_never_loaded_so_nobody_is_asked_about_them() -> None:
    found = clean('<td background="https://x/a.png"><p style="background:url(https://x/b.png)">')
    assert (found.remote_images, found.trackers) == (0, 2)


@pytest.mark.parametrize(
    ("html", "deceptive"),
    [
        ('<a href="https://evil.example/login">www.bank.hu</a>', "bank.hu"),
        ('<a href="https://evil.example/">https://bank.hu/login</a>', "bank.hu"),
        ('<a href="https://bank.hu.evil.example/">bank.hu</a>', "bank.hu"),
        ('<a href="mailto:evil@example.com">help@bank.hu</a>', "bank.hu"),
        ('<a href="https://evil.example/"><b>bank</b>.hu</a>', "bank.hu"),
        ('<a href="https://www.bank.hu/a">bank.hu</a>', ""),
        ('<a href="https://login.bank.hu/a">https://bank.hu</a>', ""),
        ('<a href="https://example.com/f">Report.pdf</a>', ""),
        ('<a href="https://example.com/f">click here</a>', ""),
    ],
)
def test_a_link_that_pretends_is_marked(html: str, deceptive: str) -> None:
    found = clean(html)
    marked = re.search(r'data-deceptive="([^"]*)"', found.html)
    assert (marked[1] if marked else "") == deceptive


def test_links_within_links_are_marked_each() -> None:
    html = clean(
        '<a href="https://x.hu">x<table><tr><td><a href="https://evil.hu">bank.hu</a></table></a>'
    ).html
    assert (
        html.count("<a ")
        == html.count('rel="noopener noreferrer nofollow"')
        == html.count("data-target=")
        == 2
    )
    assert html.count('data-deceptive="bank.hu"') == 1


def test_a_link_shows_where_it_leads() -> None:
    html = clean('<a href="https://árvíz.hu/x?a=1&amp;b=2">hír</a>').html
    assert 'data-target="xn--' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'title="https://' in html


def test_what_is_harmless_stays() -> None:
    html = (
        '<table width="100%" cellpadding="3"><tbody><tr><td align="right" style="color:#333;font-size:12px">x</td></tr></tbody>'
        '</table><blockquote type="cite"><p>y</p></blockquote>'
    )
    assert clean(html).html == html


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<ul><li>" * 30_000,
        "<p " + "a b " * 100_000 + ">x",
        "x" * 2_000_000,
        "<" * 1_000_000,
        "<style>" * 200_000,
    ],
    ids=["deep", "lists", "attributes", "long", "brackets", "styles"],
)
def test_too_much_html_is_reduced_to_its_text_in_time(html: str) -> None:
    begun = time.process_time()
    assert clean(html + "<p>the words").is_reduced
    text_of(html)
    assert time.process_time() - begun < 5


def test_html_reads_as_one_would_type_it() -> None:
    html = (
        "<head><title>no</title><style>p{}</style></head><p>Kedves&nbsp;<b>Anna</b>,<br>két sor</p><ul><li>egy<li>kettő</ul>"
        '<ol start="3"><li>három</ol><table><tr><td>a<td>b</table><p><a href="https://x.hu/y">itt</a> https://x.hu</p>'
        "<blockquote><p>idézet</p><blockquote>mélyebb</blockquote></blockquote><pre>a\n  b</pre>"
    )
    assert text_of(html) == (
        "Kedves Anna,\nkét sor\n\n- egy\n- kettő\n\n3. három\n\na\tb\n\nitt <https://x.hu/y> https://x.hu\n\n"
        "> idézet\n>\n>> mélyebb\n\na\n  b"
    )


def test_text_becomes_html_with_links() -> None:
    assert html_of("a <b>\nhttps://x.hu/y(z).\n\n(www.x.pl) a@b.hu") == (
        '<p>a &lt;b&gt;<br><a href="https://x.hu/y(z)" rel="noopener noreferrer nofollow" target="_blank">https://x.hu/y(z)</a>.</p>'
        '<p>(<a href="http://www.x.pl" rel="noopener noreferrer nofollow" target="_blank">www.x.pl</a>) '
        '<a href="mailto:a@b.hu" rel="noopener noreferrer nofollow" target="_blank">a@b.hu</a></p>'
    )


@pytest.mark.parametrize(
    "opens", ["<blockquote type=cite><div class=gmail_quote>a", "<div>", "<b><i><u>", "<BLOCKQUOTE>"]
)
def test_what_never_closes_is_reduced_to_its_text(opens: str) -> None:
    html = opens * (24_000 // opens.count("<")) + "the words"
    begun = time.process_time()
    cleaned = clean(html)
    assert (cleaned.is_reduced, "the words" in cleaned.html) == (True, True)
    assert text_of(html).endswith("the words")
    assert time.process_time() - begun < 2


def test_what_nobody_closes_is_no_sign_of_depth() -> None:
    assert not clean("<p>a<br><img><ul><li>b</ul><table><tr><td>c</table>" * 2000).is_reduced
