"""Lanes: a processor's vector register as a value of compiled code, so that speed is written, not hoped for.

`Lanes` holds `LANES` float32 numbers; `+ - * /` work on all at once and round as float32 does, nothing is reordered. So
the same input gives the same bits, which `fastmath` would not promise from one compiler to the next.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

#: Numbers in a register: 16 where the processor has AVX-512, else 8 (AVX; NEON takes them as two).
LANES = 16 if binding.get_host_cpu_features().get("avx512f") else 8

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_VECTOR, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)


class LanesType(types.Type):
    """The compiler's name for them."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{LANES}")


lanes = LanesType()


@register_model(LanesType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _operator(function: Callable[..., Any], instruction: str) -> None:
    @infer_global(function)
    class _(ConcreteTemplate):
        cases = [signature(lanes, lanes, lanes)]

    @lower_builtin(function, lanes, lanes)  # type: ignore[untyped-decorator]
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operator(_function, _instruction)


def _place(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _VECTOR.as_pointer())


def _splat(builder: Any, value: Any) -> Any:
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(_INTS, [0] * LANES))


def _call(builder: Any, name: str, result: Any, *args: Any) -> Any:
    kind = ir.FunctionType(result, [value.type for value in args])
    return builder.call(builder.module.declare_intrinsic(name, fnty=kind), args)


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """The numbers array[at : at + LANES] of a flat array."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = builder.load(_place(context, builder, sig.args[0], args[0], args[1]))
        found.align = 4
        return found

    return lanes(array, types.intp), make


@intrinsic
def store(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Write them to array[at : at + LANES]."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, sig.args[0], args[0], args[1])).align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), make


@intrinsic
def splat(typing: Any, value: Any) -> Any:
    """One number in every lane."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _splat(builder, args[0])

    return lanes(types.float32), make


@intrinsic
def spread(typing: Any, array: Any, at: Any) -> Any:
    """The number array[at] in every lane."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return _splat(builder, builder.load(builder.gep(data, [args[1]])))

    return lanes(array, types.intp), make


@intrinsic
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """a · b + c, in one rounding where the processor can."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _call(builder, f"llvm.fmuladd.v{LANES}f32", _VECTOR, *args)

    return lanes(lanes, lanes, lanes), make


def _unary(name: str) -> Any:
    @intrinsic
    def function(typing: Any, a: Any) -> Any:
        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _call(builder, f"llvm.{name}.v{LANES}f32", _VECTOR, *args)

        return lanes(lanes), make

    return function


sqrt = _unary("sqrt")
size = _unary("fabs")


@intrinsic
def pick(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
    """`yes` where a > b, else `no`: also where one of them is not a number."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return lanes(lanes, lanes, lanes, lanes), make


@intrinsic
def first(typing: Any, count: Any, value: Any) -> Any:
    """The first `count` lanes as they are, 0 in the others, whatever stands there."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = ir.Constant(_INTS, list(range(LANES)))
        count = builder.trunc(args[0], _INT)
        empty = ir.Constant(_INTS, ir.Undefined)
        every = builder.shuffle_vector(
            builder.insert_element(empty, count, ir.Constant(_INT, 0)), empty, ir.Constant(_INTS, [0] * LANES)
        )
        return builder.select(builder.icmp_signed("<", number, every), args[1], ir.Constant(_VECTOR, [0.0] * LANES))

    return lanes(types.intp, lanes), make


@intrinsic
def total(typing: Any, a: Any) -> Any:
    """The sum of all lanes, by halves."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            kind = ir.VectorType(_INT, width)
            low, high = (
                builder.shuffle_vector(value, value, ir.Constant(kind, list(range(start, start + width))))
                for start in (0, width)
            )
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(_INT, 0))

    return types.float32(lanes), make


@intrinsic
def power_of_two(typing: Any, shifted: Any) -> Any:
    """2ⁿ for n = -126 … 127, of n + 1.5·2²³, whose last bits are n."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _INTS)
        one = builder.add(bits, ir.Constant(_INTS, [127] * LANES))
        return builder.bitcast(builder.shl(one, ir.Constant(_INTS, [23] * LANES)), _VECTOR)

    return lanes(lanes), make


@intrinsic
def exponent(typing: Any, a: Any) -> Any:
    """The e of a = m · 2ᵉ with 1 ≤ m < 2, for a normal a > 0."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.lshr(builder.bitcast(args[0], _INTS), ir.Constant(_INTS, [23] * LANES))
        return builder.sitofp(builder.sub(bits, ir.Constant(_INTS, [127] * LANES)), _VECTOR)

    return lanes(lanes), make


@intrinsic
def mantissa(typing: Any, a: Any) -> Any:
    """The m of a = m · 2ᵉ with 1 ≤ m < 2, for a normal a > 0."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _INTS)
        low = builder.and_(bits, ir.Constant(_INTS, [0x007FFFFF] * LANES))
        return builder.bitcast(builder.or_(low, ir.Constant(_INTS, [0x3F800000] * LANES)), _VECTOR)

    return lanes(lanes), make
