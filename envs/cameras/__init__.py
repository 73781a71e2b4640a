"""Cameras of many worlds at once: pictures as tensors, with looks of their own in every world."""
