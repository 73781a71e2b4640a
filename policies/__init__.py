"""Networks, learners and checkpoints: tensors in, tensors out."""
