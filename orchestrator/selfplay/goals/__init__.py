"""Goal self-play: Alice leaves objects somewhere, and that is Bob's goal."""
