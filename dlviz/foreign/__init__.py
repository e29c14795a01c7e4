"""Networks that other programs trained: read from an ONNX file or a `torch.export` program, nothing of it executed."""
