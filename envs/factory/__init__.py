"""A factory floor: its hall, its furniture and what is made there, as parts of MuJoCo scenes, in real dimensions."""
