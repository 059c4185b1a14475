"""Raw bytes of a mail into a value; never raises, and costs what ``limits`` says at most."""

from hallom.mail.parse.limits import Problem
from hallom.mail.parse.mail import Address, Calendar, ParsedMail, Part, Wrapper, address_key
from hallom.mail.parse.reading import KEPT, parse

__all__ = ["KEPT", "Address", "Calendar", "ParsedMail", "Part", "Problem", "Wrapper", "address_key", "parse"]
