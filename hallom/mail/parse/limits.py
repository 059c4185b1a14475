"""What one mail may cost. With all of these at once it stays under 5 s of CPU and 200 MB."""

from enum import StrEnum

# The largest providers refuse mails above 35 MB as sent (25 MB of files); half as much again is nobody's honest mail.
MAX_RAW = 50 * 1024 * 1024
# Hundreds of hops and signatures fit into 40 kB; a flood is read at both ends, for MIME's own fields come last.
MAX_HEADER = 256 * 1024
HEADER_HEAD = 192 * 1024
# A part says what it is in a few lines.
MAX_PART_HEADER = 64 * 1024
# Long enough for 2,000 recipients in one field.
MAX_FIELD = 128 * 1024
# A Content-Type with a file name in forty pieces is 4 kB.
MAX_STRUCTURED_FIELD = 16 * 1024
MAX_ADDRESSES = 2000
MAX_REFERENCES = 500
MAX_SUBJECT = 1000
# A mail forwarded ten times inside another reaches 12.
MAX_DEPTH = 20
MAX_PARTS = 1000
# Lines that begin like a boundary and are none; honest mails have a few signatures.
MAX_FALSE_DELIMITERS = 100_000
# A year's correspondence quoted in full is 500 kB of text; what is longer stays whole as an attachment.
MAX_TEXT = 1024 * 1024
MAX_HTML = 4 * 1024 * 1024
# What charset detection looks at; its cost grows with it.
DETECTION_SAMPLE = 4096
MAX_NAME = 120
# Mails signed inside signed mails, and winmail.dat inside them.
MAX_WRAPPERS = 3
# Of a mail that is nothing but others, what is read of each at once; larger ones stay files.
MAX_ENCLOSED = 2 * 1024 * 1024
MAX_TNEF_ATTRIBUTES = 5000
MAX_TNEF_ATTACHMENTS = 500
# Reading it costs 1 s for 2 MB; compressed it grows at most ninefold, so it is limited by what it becomes.
MAX_RTF = 2 * 1024 * 1024

# Mails within these are parsed where they arrive (the worst found cost 1.3 s); others in a limited process.
ORDINARY_SIZE = 2 * 1024 * 1024
ORDINARY_HEADER = 64 * 1024
ORDINARY_DELIMITERS = 500
ORDINARY_MULTIPARTS = 20


class Problem(StrEnum):
    UNPARSABLE = "unparsable"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    HEADER_BROKEN = "header_broken"
    HEADER_TOO_LONG = "header_too_long"
    TOO_MANY_ADDRESSES = "too_many_addresses"
    BOUNDARY_MISSING = "boundary_missing"
    BOUNDARY_UNCLOSED = "boundary_unclosed"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    TEXT_TOO_LONG = "text_too_long"
    CHARSET_UNKNOWN = "charset_unknown"
    CHARSET_WRONG = "charset_wrong"
    ENCODING_BROKEN = "encoding_broken"
    ENCODING_UNKNOWN = "encoding_unknown"
    TNEF_BROKEN = "tnef_broken"
    CALENDAR_BROKEN = "calendar_broken"
    WRAPPER_BROKEN = "wrapper_broken"
    DATE_BROKEN = "date_broken"
