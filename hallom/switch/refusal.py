"""Why an order is not obeyed."""


class Refused(Exception):
    """The order cannot be carried out; the word is for the desk to translate."""
