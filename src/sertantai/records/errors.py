"""What can go wrong with the register beside what can go wrong everywhere."""

from sertantai.core.errors import Unavailable


class RegisterBehind(Unavailable):
    """An import is still being read; what asks for all that match would miss its laws."""

    code = "register_behind"
