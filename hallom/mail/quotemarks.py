"""What mail programs write around quoted history, signatures and forwarded mail: Hungarian, Polish, English, German and some more.

Collected from what Gmail, Outlook, Thunderbird, Apple Mail, Yahoo, Proton, Roundcube, freemail.hu, citromail.hu, wp.pl, onet.pl,
GMX and T-Online send.
"""

import re

# "On … wrote:" is broken after 76 characters, names and addresses can be long.
ATTRIBUTION_LINES = 4
WROTE = (
    # en: On Sun, Nov 22, 2026 at 10:00 AM Jane Roe <jane@example.com> wrote:
    r"On\b.{5,350}\bwrote:",
    r".{3,250}<[^<>@]{1,100}@[^<>]{1,100}>\s+(?:wrote|ezt írta|írta|napisał(?:\(a\)|a)?|schrieb)\s*:",
    r"\d{4}-\d\d-\d\d.{3,250}\bwrote:",
    # hu: Kiss Éva <eva@example.hu> ezt írta (időpont: 2026. nov. 22., V, 10:00):
    r".{2,300}\bezt írta\b.{0,150}:",
    # 2026. 11. 22. 10:00 keltezéssel, Kiss Éva írta: — 2026. nov. 22. dátummal, Kiss Éva <…> írta:
    r"\d{4}[.\-/].{3,300}\bírta\b.{0,100}:",
    r".{2,200}\bírta\s*\(\d{4}.{3,60}\)\s*:",
    # pl: niedz., 22 lis 2026 o 10:00 Jan Nowak <jan@example.pl> napisał(a): — W dniu 22.11.2026 o 10:00, Jan Nowak pisze:
    r".{5,350}\bnapisał(?:\(a\)|/a|a)?\s*:",
    r"(?:W dniu|Dnia)\b.{5,350}\b(?:pisze|napisał(?:\(a\)|/a|a)?)\s*:",
    r"Wiadomość napisana przez\b.{5,350}:",
    r"Użytkownik\b.{3,300}\bnapisał(?:\(a\)|a)?\s*:",
    # de: Am So., 22. Nov. 2026 um 10:00 Uhr schrieb Max Muster <max@example.de>:
    r"Am\b.{5,200}\bschrieb\b.{0,200}:",
    r"(?:Le\b.{5,350}\ba écrit|El\b.{5,350}\bescribió|Il\b.{5,350}\bha scritto|Em\b.{5,350}\bescreveu)\s*:",
    r".{5,350}\b(?:napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|a scris)\s*:",
    r"(?:Den|På)\b.{5,350}\b(?:skrev|skrifaði)\b.{0,150}:",
)
ATTRIBUTION = re.compile(rf"(?=.*[\d@])\s*[-–>*]*\s*(?:{'|'.join(WROTE)})\s*\Z", re.I)
ORIGINAL = (
    r"original message|original appointment|reply message|eredeti üzenet|az eredeti üzenet|eredeti levél"
    r"|wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|oryginał"
    r"|ursprüngliche nachricht|originalnachricht|original-nachricht|message d'origine|message original"
    r"|mensaje original|messaggio originale|původní zpráva|pôvodná správa|mesaj original|mensagem original"
)
SEPARATOR = re.compile(
    rf"\s*(?:[-_=*]{{2,}}\s*(?:{ORIGINAL})\s*[-_=*]{{2,}}|(?:{ORIGINAL})\s*[-_]{{3,}}|#{{2,}}-.{{3,120}}-#{{2,}})\s*\Z",
    re.I,
)
UNDERSCORES = re.compile(r"\s*[_\-*]{5,}\s*\Z")
FORWARDED = re.compile(
    r"\s*[-_=]*\s*(?:forwarded message|begin forwarded message|továbbított (?:üzenet|levél)|továbbított üzenet kezdete"
    r"|przekazana wiadomość|wiadomość przekazana|przesyłana wiadomość|początek przekazywanej wiadomości"
    r"|weitergeleitete nachricht|anfang der weitergeleiteten (?:e-mail|nachricht)|message transféré"
    r"|mensaje reenviado|messaggio inoltrato|přeposlaná zpráva|preposlaná správa)\s*:?\s*[-_=]*\s*\Z",
    re.I,
)
FIELDS = (
    "from|sent|to|cc|bcc|subject|date|reply-to|importance"
    "|feladó|küldő|küldte|küldve|elküldve|küldés dátuma|címzett|címzettek|tárgy|dátum|másolatot kap|másolat|titkos másolat"
    "|od|nadawca|wysłano|wysłane|data|do|adresat|dw|udw|kopia|temat"
    "|von|gesendet|an|datum|betreff|kopie"
    "|de|envoyé|à|objet|para|enviado|asunto|da|inviato|a|oggetto|odesláno|komu|předmět|odoslané|predmet"
)
FIELD_LINE = re.compile(rf"\s*[*_]{{0,2}}(?:{FIELDS})\s*[*_]{{0,2}}\s?:[*_]{{0,2}}\s+\S", re.I)
# Which of them say that it is mail: people list where from and where to as well.
SENDER_LINE = re.compile(
    r"\s*[*_]{0,2}(?:from|feladó|küldő|od|nadawca|von|de|da|odesílatel|odosielateľ)\s*[*_]{0,2}\s?:", re.I
)
MAIL_LINE = re.compile(
    r"\s*[*_]{0,2}(?:sent|subject|tárgy|küldve|elküldve|küldte|küldés dátuma|temat|wysłano|wysłane|betreff|gesendet"
    r"|envoyé|objet|enviado|asunto|inviato|oggetto|odesláno|předmět|odoslané|predmet)\s*[*_]{0,2}\s?:",
    re.I,
)
DEVICE = r"[\w\s'’´`.+®™-]{2,60}"
SIGNATURE_LINE = re.compile(
    rf"""(?:--\ ?|—\ ?|__+)\Z
    | \s*(?:sent\ (?:from|with|via)\ (?:my\ )?{DEVICE} | get\ outlook\ for\ {DEVICE}
    | yahoo\ mail:\ search,\ organi[sz]e,\ conquer
    | (?:az?\ )?{DEVICE}(?:ról|ről|mról|mről|val|vel)\ (?:el)?küld(?:ve|tem) | (?:el)?küldve:?\ (?:az?\ )?{DEVICE}(?:ról|ről|ból|ből|val|vel|on|en|ön)
    | az\ outlook\ (?:androidra|iosre|letöltése|beszerzése){DEVICE}? | szerezze\ be\ az\ outlook{DEVICE}
    | (?:android|ios)\ outlook\ (?:letöltése|beszerzése) | (?:az\ )?outlook\ (?:android|ios)\ rendszerhez{DEVICE}
    | wysłan[eoya]\ (?:z|ze|za\ pomocą)\ (?:mojego\ )?{DEVICE} | pobierz\ (?:(?:aplikację|program)\ )?outlook{DEVICE}
    | von\ meinem?\ {DEVICE}\ gesendet | gesendet\ (?:von|mit|über)\ {DEVICE} | diese\ nachricht\ wurde\ von\ meinem\ {DEVICE}
    | outlook\ für\ (?:ios|android){DEVICE}? | envoyé\ (?:de|depuis)\ {DEVICE} | enviado\ desde\ {DEVICE} | inviato\ da\ {DEVICE}
    | odesláno\ z\ {DEVICE} | odoslané\ z\ {DEVICE}
    )(?:\s*<https?://\S{{1,300}}>)?[.!]?\s*\Z""",
    re.I | re.X,
)
# Elements that contain the history; with "separator" it comes after them.
QUOTE_CLASSES = re.compile(
    r' class="[^"]*\b(?:gmail_quote|gmail_quote_container|yahoo_quoted|protonmail_quote|tutanota_quote|AppleOriginalContents|hallom-quote)\b'
    r'| id="(?:replyBlockquote|isReplyContent|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION)"'
)
SEPARATOR_CLASSES = re.compile(
    r' id="(?:x_)?(?:divRplyFwdMsg|appendonsend)"| class="[^"]*\b(?:OutlookMessageHeader|replySeparator)\b'
)
ATTRIBUTION_CLASSES = re.compile(r' class="[^"]*\bmoz-cite-prefix\b| id="reply-intro"')
SIGNATURE_CLASSES = re.compile(
    r' class="[^"]*\b(?:gmail_signature|moz-signature|protonmail_signature_block|AppleMailSignature|hallom-signature|mobile-signature)\b'
    r'| id="(?:ms-outlook-mobile-signature|(?:x_)?Signature|AppleMailSignature)"'
)
