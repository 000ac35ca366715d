"""Doors to the live channels: the handshake of a socket, long-poll, a stream of events."""
