"""The dexterity report: what a hand can do, beside another hand and beside people."""
