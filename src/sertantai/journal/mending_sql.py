"""The statements that copy checkpoints into a journal that is built anew."""

WHOLE = "SELECT owner, position, checksum, state FROM checkpoint WHERE position <= ?"
PARTS_OF_ALL = "SELECT owner, name, checksum, body FROM checkpoint_part"
