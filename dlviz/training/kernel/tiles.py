"""Tiles: products of matrices whose sums stay in registers, in float32 or of bfloat16 pairs, rows of a batch by lanes.

Arrays of int16 hold bfloat16 (numba knows no such type); what is added up is float32 always.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from dlviz.training.kernel.lanes import LANES, _place, _splat, lanes

#: Rows of a tile; it is 2 registers wide. With 16 lanes there are 32 registers, else 16.
ROWS = 8 if LANES == 16 else 4
#: Numbers of workspace that one thread needs.
SPACE = 4 * LANES * ROWS
#: Whether this processor multiplies pairs of bfloat16 by itself.
HALF = LANES == 16 and bool(binding.get_host_cpu_features().get("avx512bf16"))


class _BFloat(ir.Type):
    """LLVM's name for bfloat16."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


_I16, _I32, _I64, _FLOAT = ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_HALVES, _PAIRS = ir.VectorType(_BFloat(), LANES), ir.VectorType(_BFloat(), 2 * LANES)


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


def _tile(rows: int) -> Any:
    @intrinsic
    def function(
        typing: Any, z: Any, at_z: Any, row_z: Any, start: Any, at_start: Any, row_start: Any, v: Any, at_v: Any,
        row_v: Any, w: Any, at_w: Any, n: Any,
    ) -> Any:  # fmt: skip
        half = v.dtype == types.int16

        def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            z, at_z, row_z, start, at_start, row_start, v, at_v, row_v, w, at_w, n = args
            kinds = sig.args
            from_v, from_w = _data(context, builder, kinds[6], v), _data(context, builder, kinds[9], w)

            def number(value: int) -> Any:
                return ir.Constant(_I64, value)

            def place(array: Any, kind: Any, at: Any, row: Any, r: int, c: int) -> Any:
                at = builder.add(at, builder.mul(row, number(r)))
                return _place(context, builder, kind, array, builder.add(at, number(c * LANES)))

            sums = []
            for r in range(rows):
                for c in range(2):
                    found = builder.load(place(start, kinds[3], at_start, row_start, r, c), typ=_VECTOR)
                    found.align = 4
                    sums.append(found)
            each = 2 if half else 1  # numbers of a row taken at once
            before = builder.block
            loop, done = builder.append_basic_block("sum"), builder.append_basic_block("done")
            starts = [builder.gep(from_v, [builder.add(at_v, builder.mul(row_v, number(r)))]) for r in range(rows)]
            first_w = builder.gep(from_w, [at_w])
            builder.cbranch(builder.icmp_signed(">", n, number(0)), loop, done)
            builder.position_at_end(loop)
            k = builder.phi(_I64)
            k.add_incoming(number(0), before)
            inside = [builder.phi(_VECTOR) for _ in sums]
            for phi, value in zip(inside, sums, strict=True):
                phi.add_incoming(value, before)
            line = builder.gep(first_w, [builder.mul(k, number(2 * LANES))])
            many = each * LANES
            kind = _PAIRS if half else _VECTOR
            columns = []
            for c in range(2):
                column = builder.load(
                    builder.bitcast(builder.gep(line, [number(c * many)]), kind.as_pointer()), typ=kind
                )
                column.align = 2 if half else 4
                columns.append(column)
            new = []
            for r in range(rows):
                one = builder.gep(starts[r], [k])
                if half:
                    pair = builder.load(builder.bitcast(one, _I32.as_pointer()), typ=_I32)
                    pair.align = 2
                    value = builder.bitcast(_splat_ints(builder, pair), _PAIRS)
                else:
                    value = _splat(builder, builder.load(one))
                for c in range(2):
                    name = "llvm.x86.avx512bf16.dpbf16ps.512" if half else f"llvm.fmuladd.v{LANES}f32"
                    given = (inside[2 * r + c], columns[c], value) if half else (columns[c], value, inside[2 * r + c])
                    new.append(_called(builder, name, given))
            following = builder.add(k, number(each))
            k.add_incoming(following, loop)
            for phi, value in zip(inside, new, strict=True):
                phi.add_incoming(value, loop)
            builder.cbranch(builder.icmp_signed("<", following, n), loop, done)
            builder.position_at_end(done)
            for number_, (value, result) in enumerate(zip(sums, new, strict=True)):
                end = builder.phi(_VECTOR)
                end.add_incoming(value, before)
                end.add_incoming(result, loop)
                new[number_] = end
            for index, value in enumerate(new):
                builder.store(value, place(z, kinds[0], at_z, row_z, index // 2, index % 2)).align = 4
            return context.get_dummy_value()

        ints = [types.intp] * 2
        return types.void(z, *ints, start, *ints, v, *ints, w, types.intp, types.intp), make

    return function


def _called(builder: Any, name: str, args: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [value.type for value in args])
    module = builder.module
    return builder.call(module.globals.get(name) or ir.Function(module, kind, name), args)


def _splat_ints(builder: Any, value: Any) -> Any:
    kind = ir.VectorType(_I32, LANES)
    empty = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(kind, [0] * LANES))


#: tile(z, at, row, start, at, row, v, at, row, w, at, n): for r < ROWS and c < 2 · LANES
#: z[at + r·row + c] = start[at + r·row + c] + Σₖ v[at + r·row + k] · w[at + k·2·LANES + c], k < n. In bfloat16 n is
#: even, and w holds k and k + 1 side by side: w[at + k·2·LANES + 2·c] and w[… + 1]. `strip` is a tile of one row.
tile, strip = _tile(ROWS), _tile(1)


@intrinsic
def put(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Write lanes to array[at : at + LANES], rounded where it holds bfloat16."""
    half = array.dtype == types.int16

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        given = args[2]
        if half:
            at = builder.gep(_data(context, builder, sig.args[0], args[0]), [args[1]])
            place = builder.bitcast(at, ir.VectorType(_I16, LANES).as_pointer())
            given = builder.bitcast(builder.fptrunc(given, _HALVES), ir.VectorType(_I16, LANES))
        else:
            place = _place(context, builder, sig.args[0], args[0], args[1])
        builder.store(given, place).align = 2 if half else 4
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), make


@intrinsic
def get(typing: Any, array: Any, at: Any) -> Any:
    """The numbers array[at : at + LANES], widened where it holds bfloat16."""
    half = array.dtype == types.int16

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not half:
            place = _place(context, builder, sig.args[0], args[0], args[1])
            found = builder.load(place, typ=_VECTOR)
            found.align = 4
            return found
        kind = ir.VectorType(_I16, LANES)
        at = builder.gep(_data(context, builder, sig.args[0], args[0]), [args[1]])
        found = builder.load(builder.bitcast(at, kind.as_pointer()), typ=kind)
        found.align = 2
        wide = ir.VectorType(_I32, LANES)
        bits = builder.shl(builder.zext(found, wide), ir.Constant(wide, [16] * LANES))
        return builder.bitcast(bits, _VECTOR)

    return lanes(array, types.intp), make
