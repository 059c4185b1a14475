"""Translations. `update` brings the .po files in step with the code, `check` fails where they are not, `compile` makes .mo files."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "hallom" / "locale"
PLURALS = {
    "hu": "nplurals=2; plural=(n != 1);",
    # As in Django's own catalogue, so that one message's forms are counted alike in both.
    "pl": (
        "nplurals=4; plural=(n==1 ? 0 : (n%10>=2 && n%10<=4) && (n%100<12 || n%100>14) ? 1 : "
        "n!=1 && (n%10>=0 && n%10<=1) || (n%10>=5 && n%10<=9) || (n%100>=12 && n%100<=14) ? 2 : 3);"
    ),
}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
SHOWN = 30
MARKUP = (".html", ".txt")


def sources() -> list[Path]:
    files = [path for ending in (".py", *MARKUP) for path in (ROOT / "hallom").rglob(f"*{ending}")]
    wanted = [path for path in files if not {"tests", "migrations", "static"} & set(path.parts)]
    return sorted(path for path in wanted if path.suffix == ".py" or "templates" in path.parts)


def code_of(path: Path) -> str:
    """Python to extract from; a template becomes the calls that its tags stand for."""
    text = path.read_text()
    if path.suffix not in MARKUP:
        return text
    # What stands between the calls is filler, whose indentation means nothing to Python's tokenizer.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())


def template() -> Catalog:
    """Every message of the code."""
    catalog = Catalog(project="Hallom", charset="utf-8")
    for path in sources():
        name = str(path.relative_to(ROOT))
        file = io.BytesIO(code_of(path).encode())
        for line, message, comments, context in extract(
            "python", file, keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        catalog = Catalog(locale=language, project="Hallom", charset="utf-8")
        catalog.mime_headers = [("Plural-Forms", PLURALS[language])]
        return catalog
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def update() -> None:
    wanted = template()
    for language in PLURALS:
        catalog = load(language)
        catalog.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.BytesIO()
        write_po(text, catalog, width=110, sort_by_file=True, include_lineno=False, omit_header=True)
        path.write_bytes(header(language).encode() + text.getvalue())
        print(
            f"{language}: {sum(1 for message in catalog if message.id)} messages, {len(list(gaps(catalog)))} to translate"
        )


def header(language: str) -> str:
    """Without dates: a file that changes only when its content does merges better."""
    return (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: Hallom\\n"\n'
        f'"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {PLURALS[language]}\\n"\n\n'
    )


def key(message: Message) -> tuple[object, object]:
    return message.context, message.id


def gaps(catalog: Catalog) -> Iterator[str]:
    """Messages without a whole and certain translation."""
    for message in catalog:
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        if message.fuzzy:
            yield f"fuzzy: {first!r}"
        elif not all(forms):
            yield f"missing: {first!r}"
        elif set(PLACEHOLDER.findall(forms[-1])) != set(PLACEHOLDER.findall(_last(message))):
            yield f"placeholders differ: {first!r}"


def _last(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def check() -> int:
    wanted = {key(message) for message in template() if message.id}
    problems = []
    for language in PLURALS:
        catalog = load(language)
        held = {key(message) for message in catalog if message.id}
        problems += [f"{language}: not in the file: {entry[1]!r}" for entry in wanted - held]
        problems += [f"{language}: no longer in the code: {entry[1]!r}" for entry in held - wanted]
        problems += [f"{language}: {gap}" for gap in gaps(catalog)]
    print("\n".join(sorted(problems)[:SHOWN]) or "translations: fine")
    if problems:
        print(
            f"{len(problems)} problems. `make translations` brings the files in step; then translate what is empty."
        )
    return 1 if problems else 0


def compile_all() -> None:
    for language in PLURALS:
        path = po_path(language)
        if not path.exists():
            continue
        compiled = path.with_suffix(".mo")
        draft = compiled.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, load(language))
        draft.replace(compiled)


def main(act: str) -> int:
    settings.configure(USE_I18N=False)
    if act == "check":
        return check()
    {"update": update, "compile": compile_all}[act]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
