"""Storage: numbers in memory, as float32 or as bfloat16 (16 bits, in an array of int16), as lanes of float32 to compute
with; and small whole numbers, of which one takes a byte."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from dlviz.training.kernel.lanes import LANES, lanes

_FLOAT, _INT, _SHORT, _BYTE = ir.FloatType(), ir.IntType(32), ir.IntType(16), ir.IntType(8)
_VECTOR, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_SHORTS, _BYTES = ir.VectorType(_SHORT, LANES), ir.VectorType(_BYTE, LANES)


def _all(number: int) -> Any:
    return ir.Constant(_INTS, [number] * LANES)


def _place(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), kind.as_pointer())


@intrinsic
def get(typing: Any, array: Any, at: Any) -> Any:
    """The numbers array[at : at + LANES] of a flat array of float32, or of bfloat16 as int16."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        half = sig.args[0].dtype == types.int16
        found = builder.load(_place(context, builder, sig.args[0], args[0], args[1], _SHORTS if half else _VECTOR))
        found.align = 2 if half else 4
        if not half:
            return found
        return builder.bitcast(builder.shl(builder.zext(found, _INTS), _all(16)), _VECTOR)

    return lanes(array, types.intp), make


@intrinsic
def put(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Write them to array[at : at + LANES]; bfloat16 is rounded to the nearest, to the even one of two."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if sig.args[0].dtype != types.int16:
            builder.store(args[2], _place(context, builder, sig.args[0], args[0], args[1], _VECTOR)).align = 4
            return context.get_dummy_value()
        bits = builder.bitcast(args[2], _INTS)
        odd = builder.and_(builder.lshr(bits, _all(16)), _all(1))
        near = builder.lshr(builder.add(builder.add(bits, _all(0x7FFF)), odd), _all(16))
        no_number = builder.fcmp_unordered("uno", args[2], args[2])
        short = builder.trunc(builder.select(no_number, _all(0x7FC0), near), _SHORTS)
        builder.store(short, _place(context, builder, sig.args[0], args[0], args[1], _SHORTS)).align = 2
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), make


@intrinsic
def get_bytes(typing: Any, array: Any, at: Any) -> Any:
    """The whole numbers array[at : at + LANES] of a flat array of bytes."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = builder.load(_place(context, builder, sig.args[0], args[0], args[1], _BYTES))
        found.align = 1
        return builder.uitofp(builder.zext(found, _INTS), _VECTOR)

    return lanes(array, types.intp), make


@intrinsic
def put_bytes(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Write whole numbers from 0 to 255 as bytes."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        small = builder.trunc(builder.fptosi(args[2], _INTS), _BYTES)
        builder.store(small, _place(context, builder, sig.args[0], args[0], args[1], _BYTES)).align = 1
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), make


@intrinsic
def beyond(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
    """`yes` where a > b or a is not a number, else `no`: as torch looks for the largest."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        more = builder.fcmp_ordered(">", args[0], args[1])
        no_number = builder.fcmp_unordered("uno", args[0], args[0])
        return builder.select(builder.or_(more, no_number), args[2], args[3])

    return lanes(lanes, lanes, lanes, lanes), make


@intrinsic
def only(typing: Any, a: Any, b: Any, value: Any) -> Any:
    """`value` where a = b, else 0."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        same = builder.fcmp_ordered("==", args[0], args[1])
        return builder.select(same, args[2], ir.Constant(_VECTOR, [0.0] * LANES))

    return lanes(lanes, lanes, lanes), make
