"""Other words under which people look for a layer or block: what they say → names it may mean.

A new part need not stand here: its name and its own description are searched as well.
"""

from __future__ import annotations

#: word → how the names begin that it means.
_MEANT = {
    "dense": ("Linear",),
    "fully connected": ("Linear",),
    "fc": ("Linear",),
    "perceptron": ("Linear",),
    "neurons": ("Linear",),
    "filter": ("Conv",),
    "kernel": ("Conv",),
    "deconvolution": ("ConvTranspose",),
    "transposed convolution": ("ConvTranspose",),
    "subsampling": ("MaxPool", "AvgPool"),
    "downsample": ("MaxPool", "AvgPool", "UNetDown", "ResidualDown"),
    "global average pooling": ("AdaptiveAvgPool",),
    "gap": ("AdaptiveAvgPool",),
    "bn": ("BatchNorm",),
    "batch normalization": ("BatchNorm",),
    "normalization": ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm"),
    "nonlinearity": ("ReLU", "GELU", "Tanh", "Sigmoid", "SiLU", "ELU", "LeakyReLU"),
    "rectifier": ("ReLU", "LeakyReLU", "PReLU"),
    "swish": ("SiLU",),
    "skip connection": ("Add", "Concat", "Residual"),
    "shortcut": ("Add", "Concat", "Residual"),
    "residual": ("Add", "Residual"),
    "sum": ("Add",),
    "plus": ("Add",),
    "join": ("Concat",),
    "merge": ("Add", "Concat", "Multiply"),
    "gate": ("Multiply", "SqueezeExcite", "GLU"),
    "reshape to a row": ("Flatten",),
    "unflatten": ("Reshape",),
    "resize": ("Upsample",),
    "regularization": ("Dropout",),
    "recurrent": ("RNN", "LSTM", "GRU"),
    "rnn": ("RNN", "LSTM", "GRU"),
    "memory": ("LSTM", "GRU"),
    "self-attention": ("MultiheadAttention", "Transformer"),
    "transformer": ("TransformerEncoder", "TransformerDecoder"),
    "bert": ("TransformerEncoder",),
    "gpt": ("TransformerDecoder", "TransformerEncoder"),
    "word vectors": ("Embedding",),
    "position": ("PositionalEncoding",),
    "permute": ("Transpose",),
    "resnet": ("Residual",),
    "googlenet": ("Inception",),
    "senet": ("SqueezeExcite",),
    "unet": ("UNet",),
}


def words(name: str) -> str:
    """Every other word for the layer or block called `name`, one after the other."""
    return " ".join(word for word, names in _MEANT.items() if name.startswith(names))
