"""What is kept in the data directory is made for its owner alone, at one door: `process/private_files.py`."""

import re

from tests.house.repository import SOURCE

LEFT_TO_THE_UMASK = re.compile(r"\.(write_text|write_bytes|touch)\(|\.open\(\"[awx]|parents=True")
WITH_A_REASON = {
    "backup/dumping.py": "below a working folder, which is private",
    "cli/audit/pack.py": "a file that somebody asked for where they asked for it",
    "cli/audit/report.py": "likewise",
    "files/pdf.py": "below a temporary folder, which is private",
    "files/pdf_process.py": "likewise",
    "files/report_process.py": "likewise",
    "files/workbook_process.py": "likewise",
    "http/pages/compiled_templates.py": "code of the product, of no person",
    "postgres/cluster.py": "closed in the next lines, to whose account it is",
    "process/data_directory.py": "the data directory itself, where the operator wants it",
    "records/importing/refused_rows.py": "a file that an operator asked for",
    "sealing/files.py": "made empty, with a mode",
}


def test_no_file_of_ours_is_left_to_the_umask() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if LEFT_TO_THE_UMASK.search(path.read_text("utf-8"))
    }
    assert found == WITH_A_REASON.keys()
