"""Grasps carried out in physics: closing on an object, lifting it, holding it, and judging that from a recording."""
