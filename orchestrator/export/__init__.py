"""A run's policy as files that plain MuJoCo and ONNX Runtime can run."""
