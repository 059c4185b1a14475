"""``format=flowed``: lines that were broken for the way are one again (RFC 3676)."""


def unflow(text: str, *, deletes_space: bool) -> str:
    lines: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted = len(line) - len(line.lstrip(">"))
        content = line[quoted:]
        content = content[1:] if content.startswith(" ") else content
        if pieces and quoted != depth:
            lines.append(_line(pieces, depth))
        depth = quoted
        flows = content.endswith(" ") and content != "-- "
        pieces.append(content[:-1] if flows and deletes_space else content)
        if not flows:
            lines.append(_line(pieces, depth))
    if pieces:
        lines.append(_line(pieces, depth))
    return "\n".join(lines)


def _line(pieces: list[str], depth: int) -> str:
    text = "".join(pieces)
    pieces.clear()
    return f"{'>' * depth} {text}" if depth else text
