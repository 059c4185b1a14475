"""Where the new words end, in what mail programs send in Hungarian, Polish, English and German."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.mail.clean import clean
from hallom.mail.quoting import fold_html, fold_text

ATTRIBUTIONS = [
    "On Sun, Nov 22, 2026 at 10:00 AM Jane Roe <jane@example.com> wrote:",
    "On 22/11/2026 10:00, Jane Roe wrote:",
    "On Sun, Nov 22, 2026 at 10:00 AM Jane Roe with a very long name\n<jane@example.com> wrote:",
    "Kiss Éva <eva@example.hu> ezt írta (időpont: 2026. nov. 22., V, 10:00):",
    "2026. 11. 22. 10:00 keltezéssel, Kiss Éva írta:",
    "2026. nov. 22. dátummal, 10:00 időpontban Kiss Éva <eva@example.hu> írta:",
    "Kiss Éva <eva@freemail.example> írta:",
    "niedz., 22 lis 2026 o 10:00 Jan Nowak <jan@example.pl> napisał(a):",
    "W dniu 22.11.2026 o 10:00, Jan Nowak pisze:",
    "W dniu 2026-11-22 10:00:00 użytkownik Jan Nowak <jan@example.pl> napisał:",
    "Dnia 22 listopada 2026 10:00 Jan Nowak <jan@wp.example> napisał(a):",
    "Wiadomość napisana przez Jan Nowak <jan@example.pl> w dniu 22 lis 2026, o godz. 10:00:",
    "Am So., 22. Nov. 2026 um 10:00 Uhr schrieb Max Muster <max@example.de>:",
    "Am 22.11.26 um 10:00 schrieb Max Muster:",
    "Le dim. 22 nov. 2026 à 10:00, Jean <jean@example.fr> a écrit :",
]
SEPARATORS = [
    "-----Original Message-----\nFrom: x\nSent: y\nTo: z\nSubject: s",
    "-----Eredeti üzenet-----\nFeladó: x\nKüldte: y",
    "-------- Eredeti üzenet --------\nFeladó: x\nDátum: y",
    "-----Wiadomość oryginalna-----\nOd: x\nWysłano: y",
    "-------- Oryginalna wiadomość --------",
    "-----Ursprüngliche Nachricht-----\nVon: x\nGesendet: y",
    "________________________________\nFrom: x <x@example.com>\nSent: Sunday\nTo: y\nSubject: s",
    "Feladó: Kiss Éva <eva@example.hu>\nElküldve: vasárnap\nCímzett: x\nTárgy: y",
    "*From:* x\n*Sent:* y\n*To:* z",
    "Od: Jan <jan@example.pl>\nWysłano: niedziela\nDo: x\nTemat: y",
    'Od: "Pomoc" <help@example.com>\nDo: "Jan" <jan@interia.example>;\nWysłane: 10:00 Niedziela\nTemat: Re: x',
    "From: help@example.com\nTo: x\nDate: y",
    "Od: Pomoc\nDo: Jan\nData: x\nTemat: y",
    "Von: Max <max@example.de>\nGesendet: Sonntag\nAn: x\nBetreff: y",
]
SIGNATURES = [
    "-- \nAnna\nHallom Kft.", "--\nAnna", "Sent from my iPhone", "Get Outlook for Android <https://aka.ms/x>", "Sent from Mail for Windows",
    "Az iPhone-omról küldve", "Elküldve az iPhone-omról", "iPhone-omról küldve", "Wysłane z iPhone'a", "Wysłano z telefonu Samsung",
    "Pobierz aplikację Outlook dla systemu iOS", "Pobierz program Outlook dla systemu Android<https://aka.ms/x>",
    "Az Outlook beszerzése iOS-re<https://aka.ms/x>", "Az Outlook beszerzése Androidra", "Android Outlook letöltése<https://aka.ms/x>",
    "Von meinem iPhone gesendet", "Gesendet mit der GMX Mail App",
]  # fmt: skip


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_above_the_quotation(attribution: str) -> None:
    fold = fold_text(f"Kérem a számlát.\n\nAnna\n\n{attribution}\n\n> régi\n>> régebbi\n")
    assert fold.fresh == "Kérem a számlát.\n\nAnna\n"
    assert fold.folded.strip().startswith(attribution)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_an_answer_above_unmarked_history(separator: str) -> None:
    fold = fold_text(f"Igen.\n\n{separator}\n\nrégi szöveg\ntöbb sor\n")
    assert (fold.fresh, fold.why) == ("Igen.\n", "separator")


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature(signature: str) -> None:
    fold = fold_text(f"Igen, köszönöm.\n\n{signature}\n")
    assert (fold.fresh, fold.why) == ("Igen, köszönöm.\n", "signature")


LONG = "telephone of a maker with a name " + "x" * 27
BEFORE = [
    "Sent from my {}", "Get Outlook for {}", "Az {}ról elküldve", "Elküldve: az {}ból", "Az Outlook beszerzése{}", "Szerezze be az Outlook{}",
    "Wysłano za pomocą mojego {}", "Pobierz aplikację Outlook{}", "Von meinem {} gesendet", "Diese Nachricht wurde von meinem {}",
]  # fmt: skip


@pytest.mark.parametrize("before", BEFORE)
def test_a_signature_with_the_longest_name_of_a_device_and_blanks_around_it(before: str) -> None:
    line = " " * 70 + before.format(LONG) + " " * 70
    assert fold_text(f"Igen.\n\n{line}\n").why == "signature"
    assert fold_text(f"Igen.\n\n{before.format(LONG)} <https://example.com/{'y' * 250}>\n").why == "signature"


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_answers_between_quoted_lines_stay_with_what_they_answer(attribution: str) -> None:
    head = f"{attribution}\n> first question\nfirst answer\n> second question\nsecond answer\n"
    assert fold_text(head).folded == ""
    fold = fold_text(head + "> rest\n> of it\n")
    assert fold.fresh == head
    assert fold.folded == "> rest\n> of it\n"


def test_an_answer_below_the_quotation_stays() -> None:
    text = "On 22/11/2026 10:00, Jane wrote:\n> question\n\nanswer below\n"
    assert fold_text(text).folded == ""
    assert fold_text(text + "\n-- \nAnna\n").folded == "\n-- \nAnna\n"


@pytest.mark.parametrize(
    "text",
    [
        "Petőfi ezt írta egyszer, tudják.\nEz nem idézet.\n",
        "kérem intézni\n\n---------- Forwarded message ---------\nFrom: x\nDate: y\nSubject: z\n\nthe matter",
        "lásd\n\n---------- Továbbított üzenet ----------\nFeladó: x\nTárgy: z\n\nthe matter",
        "patrz\n\n-------- Przekazana wiadomość --------\nOd: x\nTemat: z\n\nthe matter",
        "> only a quotation\n> and nothing else",
        "-- \nonly a signature",
        "-----Original Message-----\nFrom: x\n\nonly history",
        "Sent from my iPhone",
        "Proszę o zmianę:\nOd: Kraków\nDo: Warszawa\nData: 12.12.2026\n\nDziękuję\n",
        "Kérem módosítsák:\n\nDátum: 2026-12-12\nTárgy: szerelés\n\nKöszönöm\n",
        "Új cím:\n\nFeladó: Kiss Éva\nCímzett: Nagy Béla\n\nA csomagot ide kérem.\n",
        "Please change it:\n\nFrom: Krakow\nTo: Warsaw\nDate: 12 Dec\n\nThanks\n",
        "Dear all,\nFrom: Budapest to Győr the train is late.\nRegards",
        "",
    ],
)
def test_nothing_is_folded_where_nothing_else_would_be_left(text: str) -> None:
    fold = fold_text(text)
    assert (fold.fresh, fold.folded) == (text, "")


HTML = {
    "gmail": (
        '<div dir="ltr">Válasz<div>Üdv</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">X ezt írta:<br></div>'
        '<blockquote class="gmail_quote"><div>régi</div></blockquote></div>',
        "Üdv</div></div>",
    ),
    "outlook on the web": (
        '<p>Hi</p><div id="Signature"><p>John</p></div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> x<br>'
        "<b>Sent:</b> y</div><div>old</div>",
        "<p>Hi</p>",
    ),
    "outlook": (
        '<div><p class="MsoNormal">Yes</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Feladó:</b> X<br>'
        "<b>Elküldve:</b> y<br><b>Tárgy:</b> z</p></div></div><p>old</p></div>",
        ">Yes</p>",
    ),
    "thunderbird": (
        '<p>top</p><div class="moz-cite-prefix">22.11.2026 10:00, valaki:<br></div><blockquote type="cite"><p>old</p></blockquote>'
        '<pre class="moz-signature">me</pre>',
        "<p>top</p>",
    ),
    "apple": (
        '<div>Jó<br><br><div>Az iPhone-omról küldve</div><div><br><blockquote type="cite">2026. nov. 22. dátummal, X írta:<br></blockquote></div>'
        '<blockquote type="cite"><div>old</div></blockquote></div>',
        "<div>Jó",
    ),
    "yahoo": (
        '<div>Ok</div><div id="x"><div class="yahoo_quoted"><div>W dniu … pisze:</div><p>old</p></div></div>',
        "<div>Ok</div>",
    ),
    "interleaved": (
        '<div>hello<blockquote type="cite">q1</blockquote>a1<blockquote type="cite">q2</blockquote>a2<blockquote type="cite">q3</blockquote></div>',
        "</blockquote>a2",
    ),
}


@pytest.mark.parametrize(("html", "end"), HTML.values(), ids=HTML)
def test_html(html: str, end: str) -> None:
    cleaned = clean(html).html
    fold = fold_html(cleaned)
    assert fold.fresh + fold.folded == cleaned
    assert fold.fresh.endswith(end)
    assert "old" not in fold.fresh


@pytest.mark.parametrize(
    "html",
    [
        "<p>nothing</p>",
        '<div class="gmail_quote">only</div>',
        '<p>a</p><div id="Signature">sig</div><p>more text</p>',
        'note<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: a<br>Date: b</div><p>content</p></div>',
        '<div>x<blockquote type="cite">q1</blockquote>answer below</div>',
        "",
    ],
)
def test_html_of_which_nothing_is_folded(html: str) -> None:
    assert fold_html(clean(html).html).folded == ""


def test_a_folded_mail_is_whole_html() -> None:
    html = clean('<div>new<div class="gmail_quote"><p>old</p></div></div>').html
    shown = fold_html(html).as_html("Earlier <messages>")
    assert shown == (
        '<div>new</div><details class="quoted"><summary>Earlier &lt;messages></summary><div><div class="gmail_quote"><p>old</p></div></div></details>'
    )
    assert fold_html("<p>x</p>").as_html("…") == "<p>x</p>"


LINES = [
    "answer",
    "> quoted",
    ">> deeper",
    "",
    "-- ",
    *(line.split("\n")[0] for line in (*ATTRIBUTIONS, *SEPARATORS, *SIGNATURES)),
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=25))
@settings(max_examples=500, deadline=None)
def test_fresh_and_folded_are_the_whole_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    fold = fold_text(text)
    assert fold.fresh + fold.folded == text
    assert not fold.folded or fold.fresh.strip()


TAGS = [
    "<div>", "</div>", "<p>", "</p>", "<br>", "<hr>", '<blockquote type="cite">', "</blockquote>", '<div class="gmail_quote">', "answer",
    '<div id="divRplyFwdMsg">', '<div id="Signature">', "On 22/11/2026 10:00, Jane wrote:", "From: x", "Sent: y", "Subject: z", "<table><tr><td>", "</table>",
]  # fmt: skip


@given(st.lists(st.sampled_from(TAGS), max_size=25))
@settings(max_examples=500, deadline=None)
def test_fresh_and_folded_are_the_whole_html(tags: list[str]) -> None:
    cleaned = clean("".join(tags)).html
    fold = fold_html(cleaned)
    assert fold.fresh + fold.folded == cleaned
    if fold.folded:
        whole = clean(fold.as_html("…")).html
        assert whole.count("<blockquote") >= cleaned.count("<blockquote")


@pytest.mark.parametrize(
    "text",
    [
        "On 1 " * 200_000,
        "On 1\n" * 200_000,
        "> a\nb\n" * 150_000,
        "From: a\n" * 100_000,
        "On 1 wrote:\n> a\nb\n" * 30_000,
        "a@b <x@y> " * 90_000,
    ],
    ids=["words", "lines", "quotes", "fields", "attributions", "addresses"],
)
def test_long_texts_take_no_long_time(text: str) -> None:
    begun = time.process_time()
    fold_text(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "html",
    [
        "<div><div>a" * 8000,
        "<blockquote type=cite>a" * 6000,
        "<div id=Signature>a</div>" * 8000,
        "<b><i><u>" * 8000,
        "<b> " * 12_000 + "<img>",
        "<b></b> " * 12_000,
    ],
)
def test_deep_html_takes_no_long_time(html: str) -> None:
    cleaned = clean(html).html
    begun = time.process_time()
    fold_html(cleaned)
    assert time.process_time() - begun < 5
