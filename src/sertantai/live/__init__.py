"""Other screens: what changes in lists goes to whoever looks at them, in order, over Phoenix Channels."""
