"""One example on its way through a network: what each node gives, and how large the gradients are on the way back."""
