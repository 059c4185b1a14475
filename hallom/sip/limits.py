"""Every bound on what a peer can make us hold, with its reason."""

# RFC 3261 18.1.1 lets a message be as large as a UDP datagram; nothing we understand needs more.
MAX_MESSAGE = 65_536
# The longest INVITE seen from a carrier has about 60; twice that leaves room for proxies.
MAX_HEADERS = 128
# 350 calls/s leave about 10 transactions each for 32 s: 112,000. Above this new requests get 503.
MAX_TRANSACTIONS = 200_000
# A person has a browser, a desk phone and some stale entries; more is a loop or an attack.
MAX_CONTACTS = 10
# AORs times contacts: ten thousand agents with all their phones.
MAX_BINDINGS = 100_000
# Nonces that have been used at least once and are still valid: one per registered phone and a few.
MAX_NONCES = 20_000
# A proxy that forks to more phones than this within one INVITE is not one we serve.
MAX_FORKS = 16
# Streams with a half-received message; each may hold up to MAX_MESSAGE.
MAX_PARTIAL_STREAMS = 2_000
# Provisional responses waiting for a PRACK of an earlier one.
MAX_QUEUED_PROVISIONALS = 8
# Stations that may have sent a call on, as a peer tells it: more is a loop, and the switch stops far earlier.
MAX_DIVERSIONS = 10
# Addresses of a 3xx that are looked at.
MAX_REDIRECTIONS = 5
# A telephone transfers a call once, and tries again when that fails.
MAX_REFERS_OF_DIALOG = 4
# A telephone that has us call by hand does so once at a time.
MAX_REFERS_OF_ACCOUNT = 10
# Transfers under way in the whole house at one moment.
MAX_REFERS = 2_000
# What is told of a REFER is one line.
MAX_REASON = 128
# The keys of an attendant's telephone with all its side panels; each is one subscription.
MAX_SUBSCRIPTIONS_OF_ACCOUNT = 300
# Ten thousand telephones with a few lamps each.
MAX_SUBSCRIPTIONS = 50_000
# Tags and branches are at most a few dozen characters in the wild; ours become ids in the journal.
MAX_TOKEN = 512
# What sources did, between two looks of the shell; more than a batch of datagrams can hold.
MAX_CONDUCT = 4_096
