"""The hand: anatomy, motors, and the MuJoCo model built from them."""
