"""What a hand can do: measures that hold for any MuJoCo hand, ours or another."""
