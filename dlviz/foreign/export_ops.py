"""Which operations of torch a program from elsewhere may use: pure ones that compute numbers from numbers.

No custom operation, none that reads or writes a file, draws chance, or calls code. Those that change a tensor in place
have a twin that does not; it is taken (`relu_` as `relu`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch

from dlviz.core.problems import WrongInput

_ALLOWED = """
conv1d conv2d conv3d convolution conv_transpose1d conv_transpose2d conv_transpose3d linear addmm mm bmm matmul baddbmm
batch_norm _native_batch_norm_legit_no_training layer_norm native_layer_norm group_norm native_group_norm instance_norm
rms_norm embedding lstm gru rnn_tanh rnn_relu scaled_dot_product_attention einsum dot mv outer
relu relu6 hardtanh leaky_relu elu selu celu gelu silu mish sigmoid tanh softplus softsign hardswish hardsigmoid prelu
log_sigmoid softmax _softmax log_softmax _log_softmax softmin threshold
max_pool1d max_pool2d max_pool3d max_pool2d_with_indices avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d
adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d
dropout feature_dropout alpha_dropout feature_alpha_dropout native_dropout
add sub mul div pow rsub neg abs exp expm1 log log1p log2 sqrt rsqrt reciprocal square sin cos tan erf sign floor ceil
round minimum maximum clamp clamp_min clamp_max where eq ne lt le gt ge logical_and logical_or logical_not bitwise_and
bitwise_or bitwise_not masked_fill tril triu isnan remainder floor_divide addcmul addcdiv lerp nan_to_num
mean sum var std amax amin max min argmax argmin cumsum logsumexp any all prod linalg_vector_norm norm
view _unsafe_view reshape flatten unflatten permute transpose t squeeze unsqueeze expand expand_as repeat cat stack
split split_with_sizes chunk slice select narrow index_select index gather unbind contiguous clone alias detach to
_to_copy type_as lift_fresh_copy zeros zeros_like ones ones_like full full_like new_zeros new_ones new_full arange
scalar_tensor constant_pad_nd pad reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d
upsample_nearest1d upsample_nearest2d upsample_bilinear2d upsample_linear1d pixel_shuffle pixel_unshuffle
channel_shuffle roll flip movedim swapaxes sym_size view_as ravel numel sym_numel
"""
ALLOWED = frozenset(_ALLOWED.split())
#: Assertions of the exporter about sizes: nothing hangs on them.
ASSERTIONS = frozenset(
    (
        "_assert_scalar",
        "_assert_tensor_metadata",
        "sym_constrain_range",
        "sym_constrain_range_for_size",
        "_assert_async",
    )
)
#: Those that make a tensor of any size they are told: the name of the argument that tells it.
GROWING = {
    "zeros": "size", "ones": "size", "full": "size", "new_zeros": "size", "new_ones": "size", "new_full": "size",
    "expand": "size", "repeat": "repeats",
}  # fmt: skip
#: Arguments that would let chance in, or learn: a network that is asked does neither.
ASKED = {"train": False, "training": False, "dropout_p": 0.0}
#: Arithmetic with sizes.
ARITHMETIC: dict[str, Callable[..., Any]] = {
    "_operator.add": operator.add, "_operator.sub": operator.sub, "_operator.mul": operator.mul,
    "_operator.floordiv": operator.floordiv, "_operator.mod": operator.mod, "_operator.neg": operator.neg,
    "_operator.eq": operator.eq, "_operator.ne": operator.ne, "_operator.lt": operator.lt, "_operator.le": operator.le,
    "_operator.gt": operator.gt, "_operator.ge": operator.ge, "_operator.truediv": operator.truediv,
}  # fmt: skip
_PREFIX = "torch.ops.aten."


def named(target: str) -> tuple[str, str]:
    """The name and the overload of an operation of torch; ("", "") where it is none."""
    if not target.startswith(_PREFIX):
        return "", ""
    name, _, overload = target.removeprefix(_PREFIX).partition(".")
    return name, overload or "default"


def function(target: str) -> Callable[..., Any]:
    """What a node of a program calls. Raises `WrongInput` where that is not allowed."""
    if target in ARITHMETIC:
        return ARITHMETIC[target]
    name, overload = named(target)
    plain = name.removesuffix("_") if not name.startswith("__") else name
    if plain not in ALLOWED:
        raise WrongInput(
            f"A program may use the operations of torch that compute numbers from numbers. Received: {target[:100]}. "
            "Export the model without it, or to ONNX."
        )
    packet = getattr(torch.ops.aten, plain, None)
    packed = plain in ("lstm", "gru", "rnn_tanh", "rnn_relu") and overload != "input"  # sizes that cannot be checked
    if packet is None or packed or overload not in packet.overloads():  # another name would be Python's own
        raise WrongInput(f"This torch has no operation {target[:100]}. Export the model with torch 2.13.")
    return getattr(packet, overload)  # type: ignore[no-any-return]
