"""Where an address on the network is: for the check before a video call."""
