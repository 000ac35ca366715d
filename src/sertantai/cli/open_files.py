"""How many files and connections a process may have open."""

import resource

OPEN_FILES_WANTED = 65_536


def raise_open_files() -> None:
    """Take as many as this process may without asking anybody: a shell's usual 1,024 is for one person's
    programs, and a server that is out of them cannot even refuse a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_WANTED if hard == resource.RLIM_INFINITY else min(OPEN_FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
