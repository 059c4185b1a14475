"""What the practice caller says, over and over; the pauses leave room for an agent to speak."""

WORDS = {
    "en": (
        "Good day. I am calling about my last bill.",
        "It is higher than I expected. Could you please look at it?",
        "Yes, I have the bill in my hand. The amount is at the bottom of the page.",
        "Thank you, I will hold.",
    ),
    "hu": (
        "Jó napot kívánok. A legutóbbi számlám miatt telefonálok.",
        "Magasabb, mint amire számítottam. Megnézné, kérem?",
        "Igen, itt van előttem a számla. Az összeg a lap alján látható.",
        "Köszönöm, tartom a vonalat.",
    ),
    "pl": (
        "Dzień dobry. Dzwonię w sprawie ostatniego rachunku.",
        "Jest wyższy, niż się spodziewałem. Czy może pan to sprawdzić?",
        "Tak, mam ten rachunek przed sobą. Kwota jest na dole strony.",
        "Dziękuję, poczekam na linii.",
    ),
}
