"""`README.txt` of a pack."""

from typing import Final

TEXT: Final = """\
EVIDENCE PACK
=============

{title}

This file says what a history in Sertantai was, and proves it to somebody who need not trust the operator,
the database or the program. report.html is what you read; the other files are what proves it.

To check it you need one thing that is not in here: the operator's key, one line such as
    {origin}+1a2b3c4d+AbCd...
from their website, a letter, or a pack that you got before. Then either
 - open verify.html in a browser, without a network, and choose the ZIP file; or
 - run   python3 verify.py {file} --key 'THE KEY'
   (Python 3.9 or later, nothing else). It ends with 0: true, 1: false, 2: cannot tell.
If you kept a head of this log before (from an e-mail, an export, another pack), give it with --head FILE:
then the pack also proves that nothing was changed since.

Trust neither verifier because it is in here: take verify.py from elsewhere, or have somebody read it.

FILES
report.html        what was done, by whom, when
{pdf}entries.ndjson     the entries of the log, each as it was sealed, and the fields that you may read
identities.ndjson  who the ids are
statement.json     the entry of the log that was made for this pack
manifest.json      the SHA-256 of each file; the statement holds its own
head.txt           the signed head of the log that all of this is under; heads/ has earlier ones
                   (heads/N.tsr: what a time-stamping authority said of one of them)
proof.json         the hashes that lead from the entries to the head; consistency.json from head to head
keys.txt           the keys that signed heads; only the one that you have from elsewhere counts
"""


PDF: Final = "report.pdf         the same as PDF/A, with entries.ndjson inside\n"


def readme(title: str, origin: str, file: str, without_pdf: str = "") -> bytes:
    """``without_pdf``: why there is no `report.pdf`, where there is none."""
    text = TEXT.format(title=title, origin=origin, file=file, pdf="" if without_pdf else PDF)
    return (f"{text}\n{without_pdf}\n" if without_pdf else text).encode()
