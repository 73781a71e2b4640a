"""`humanoid-rearrange`: blocks on a bench, pushed by the arm of an upper body on a stand."""
