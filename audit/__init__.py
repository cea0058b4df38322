"""What happened, provably: the door, the recorded changes, the chained events, the seals."""
