"""``sertantai witness``: a witness of other people's logs."""
