"""`humanoid-place`: take a part from a bin and set it down on a bench."""
