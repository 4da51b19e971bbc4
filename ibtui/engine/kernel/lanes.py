"""Lanes: what numba does not offer of LLVM: vectors of samples, bits of floats, long products.

A product keeps its sums in registers and needs no check whether arrays overlap. Arrays are flat
float32, (unit, sample) with rows of `stride` samples, a whole number of `LANES`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16  # float32 of a vector; narrower machines take several registers
PADDING = 64  # samples of a batch are filled up to a multiple: loops have no scalar rest

_FLOAT, _LONG = ir.FloatType(), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_ROWS = types.Array(types.float32, 1, "C")


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


def _at(builder: Any, data: Any, offset: Any) -> Any:
    return builder.gep(data, [offset], source_etype=_FLOAT)


def _load(builder: Any, data: Any, offset: Any) -> Any:
    place = builder.bitcast(_at(builder, data, offset), _VECTOR.as_pointer())
    return builder.load(place, align=4, typ=_VECTOR)


def _store(builder: Any, vector: Any, data: Any, offset: Any) -> None:
    place = builder.bitcast(_at(builder, data, offset), _VECTOR.as_pointer())
    builder.store(vector, place, align=4)


def _splat(builder: Any, number: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)


def _number(builder: Any, data: Any, offset: Any) -> Any:
    return builder.load(_at(builder, data, offset), align=4, typ=_FLOAT)


def _dot(units: int, flags: tuple[str, ...]) -> Any:
    """Sums of `LANES` samples for `units` units at once; terms in the order of the inputs."""

    @intrinsic
    def dot(typingctx, h, at_h, stride, count, w, at_w, next_input, next_unit, z, at_z, stride_z):
        signature = types.void(
            _ROWS, *[types.int64] * 3, _ROWS, *[types.int64] * 3, _ROWS, *[types.int64] * 2
        )

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            h, at_h, stride, count, w, at_w, next_input, next_unit, z, at_z, stride_z = arguments
            h, w, z = (_data(context, builder, _ROWS, array) for array in (h, w, z))
            offsets = [
                builder.add(at_w, builder.mul(next_unit, _LONG(unit))) for unit in range(units)
            ]
            sums = [cgutils.alloca_once(builder, _VECTOR) for _ in range(units)]
            row = _load(builder, h, at_h)
            for total, offset in zip(sums, offsets, strict=True):
                weight = _splat(builder, _number(builder, w, offset))
                builder.store(builder.fmul(weight, row), total)
            with cgutils.for_range_slice(builder, _LONG(1), count, _LONG(1), _LONG) as (index, _):
                row = _load(builder, h, builder.add(at_h, builder.mul(index, stride)))
                step = builder.mul(index, next_input)
                for total, offset in zip(sums, offsets, strict=True):
                    weight = _splat(builder, _number(builder, w, builder.add(offset, step)))
                    term = builder.fmul(weight, row, flags=flags)
                    before = builder.load(total, typ=_VECTOR)
                    builder.store(builder.fadd(before, term, flags=flags), total)
            for unit, total in enumerate(sums):
                place = builder.add(at_z, builder.mul(stride_z, _LONG(unit)))
                _store(builder, builder.load(total, typ=_VECTOR), z, place)
            return context.get_dummy_value()

        return signature, build

    return dot


dot_1, dot_2, dot_4 = (_dot(units, ()) for units in (1, 2, 4))
fused_dot_1, fused_dot_2, fused_dot_4 = (_dot(units, ("contract",)) for units in (1, 2, 4))


def _outer(inputs: int, units: int) -> Any:
    """Sums over samples of the products of `inputs` rows with `units` rows."""
    flags = ("contract", "reassoc", "nsz")

    @intrinsic
    def outer(typingctx, h, at_h, g, at_g, stride, samples, dw, at_dw, next_input):
        signature = types.void(
            _ROWS, types.int64, _ROWS, *[types.int64] * 3, _ROWS, *[types.int64] * 2
        )

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            h, at_h, g, at_g, stride, samples, dw, at_dw, next_input = arguments
            h, g, dw = (_data(context, builder, _ROWS, array) for array in (h, g, dw))
            zero = ir.Constant(_VECTOR, [0.0] * LANES)
            sums = [
                [cgutils.alloca_once_value(builder, zero) for _ in range(units)]
                for _ in range(inputs)
            ]

            def places(start: Any, count: int, lane: Any) -> list[Any]:
                firsts = (builder.add(start, lane) for _ in range(count))
                return [
                    builder.add(first, builder.mul(stride, _LONG(row)))
                    for row, first in enumerate(firsts)
                ]

            with cgutils.for_range_slice(builder, _LONG(0), samples, _LONG(LANES), _LONG) as (
                lane,
                _,
            ):
                of_h = [_load(builder, h, place) for place in places(at_h, inputs, lane)]
                of_g = [_load(builder, g, place) for place in places(at_g, units, lane)]
                for i, row in enumerate(of_h):
                    for u, other in enumerate(of_g):
                        term = builder.fmul(row, other, flags=flags)
                        before = builder.load(sums[i][u], typ=_VECTOR)
                        builder.store(builder.fadd(before, term, flags=flags), sums[i][u])
            for i in range(inputs):
                for u in range(units):
                    vector = builder.load(sums[i][u], typ=_VECTOR)
                    offset = builder.add(at_dw, builder.mul(next_input, _LONG(i)))
                    place = _at(builder, dw, builder.add(offset, _LONG(u)))
                    builder.store(_total(builder, vector, flags), place, align=4)
            return context.get_dummy_value()

        return signature, build

    return outer


def _total(builder: Any, vector: Any, flags: tuple[str, ...]) -> Any:
    """The sum of a vector's lanes, halved and halved again."""
    size = LANES
    while size > 1:
        size //= 2
        undefined = ir.Constant(vector.type, ir.Undefined)
        halves = [
            builder.shuffle_vector(
                vector,
                undefined,
                ir.Constant(ir.VectorType(ir.IntType(32), size), [*range(start, start + size)]),
            )
            for start in (0, size)
        ]
        vector = builder.fadd(*halves, flags=flags)
    return builder.extract_element(vector, ir.IntType(32)(0))


outer_1x1, outer_4x1, outer_4x2 = _outer(1, 1), _outer(4, 1), _outer(4, 2)


def _float_of(typingctx, bits):
    """The float32 of an int32's bits."""
    return types.float32(types.int32), lambda _, builder, __, given: builder.bitcast(
        given[0], _FLOAT
    )


def _double_of(typingctx, bits):
    """The float64 of an int64's bits."""
    return types.float64(types.int64), lambda _, builder, __, given: builder.bitcast(
        given[0], ir.DoubleType()
    )


def _bits_of(typingctx, value):
    """The bits of a float32 as an int32."""
    return types.int32(types.float32), lambda _, builder, __, given: builder.bitcast(
        given[0], ir.IntType(32)
    )


def _bits_of_double(typingctx, value):
    """The bits of a float64 as an int64."""
    return types.int64(types.float64), lambda _, builder, __, given: builder.bitcast(
        given[0], _LONG
    )


def _high_product(typingctx, one, other):
    """The upper 64 of the 128 bits of a product of uint64."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        long = ir.IntType(128)
        wide = [builder.zext(argument, long) for argument in arguments]
        return builder.trunc(builder.lshr(builder.mul(*wide), long(64)), _LONG)

    return types.uint64(types.uint64, types.uint64), build


def _bounds() -> Any:
    @intrinsic
    def bounds(typingctx, a, start, count):
        """The least and the greatest of `count` float32, both NaN where one is."""
        pair = types.UniTuple(types.float32, 2)

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, start, count = arguments
            data = _data(context, builder, _ROWS, a)
            first = _load(builder, data, start)
            low, high = (cgutils.alloca_once_value(builder, first) for _ in range(2))
            undefined = builder.fcmp_unordered("uno", first, first)
            broken = cgutils.alloca_once_value(builder, undefined)
            with cgutils.for_range_slice(builder, _LONG(LANES), count, _LONG(LANES), _LONG) as (
                at,
                _,
            ):
                row = _load(builder, data, builder.add(start, at))
                for best, better in ((low, "<"), (high, ">")):
                    before = builder.load(best, typ=_VECTOR)
                    found = builder.fcmp_ordered(better, row, before)
                    builder.store(builder.select(found, row, before), best)
                seen = builder.load(broken, typ=undefined.type)
                builder.store(builder.or_(seen, builder.fcmp_unordered("uno", row, row)), broken)
            mask = builder.bitcast(builder.load(broken, typ=undefined.type), ir.IntType(LANES))
            sound = builder.icmp_unsigned("==", mask, ir.IntType(LANES)(0))
            ends = []
            for best, better in ((low, "<"), (high, ">")):
                vector = builder.load(best, typ=_VECTOR)
                end = builder.extract_element(vector, ir.IntType(32)(0))
                for lane in range(1, LANES):
                    other = builder.extract_element(vector, ir.IntType(32)(lane))
                    found = builder.fcmp_ordered(better, other, end)
                    end = builder.select(found, other, end)
                ends.append(builder.select(sound, end, ir.Constant(_FLOAT, float("nan"))))
            return context.make_tuple(builder, pair, ends)

        return pair(_ROWS, types.int64, types.int64), build

    return bounds


bounds = _bounds()


def _borrowed(typingctx, fields):
    """A named tuple whose arrays count no references; the caller keeps them alive meanwhile.

    Counting costs an atomic operation whenever a field is read: a quarter of a small step.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = arguments[0]
        for place, kind in enumerate(fields.types):
            if isinstance(kind, types.Array):
                given = builder.extract_value(value, place)
                array = context.make_array(kind)(context, builder, given)
                array.meminfo = cgutils.get_null_value(array.meminfo.type)
                array.parent = cgutils.get_null_value(array.parent.type)
                value = builder.insert_value(value, array._getvalue(), place)
        return value

    return fields(fields), build


# Their first argument is numba's own, which callers do not give.
float_of: Any = intrinsic(_float_of)
double_of: Any = intrinsic(_double_of)
bits_of: Any = intrinsic(_bits_of)
bits_of_double: Any = intrinsic(_bits_of_double)
high_product: Any = intrinsic(_high_product)
borrowed: Any = intrinsic(_borrowed)
