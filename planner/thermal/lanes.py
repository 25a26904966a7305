"""How do eight cells go through one instruction? A type of numba's for eight float32 at once.

Loops over arrays are vectorised only after it is checked, at every call, that none of the arrays overlap, and the rest
of a row is done cell by cell. Zones around ice are rows of a few dozen cells, where both cost more than the work. With
lanes the eight are written out: no check, no rest, and no choice left to the compiler, so that bits depend neither on
what it inlines nor on how many cells a loop has. On machines with narrower vectors it splits them.

Places are those of flat, contiguous float32 (or uint8) arrays; nothing checks their bounds.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeAlias

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, lower_builtin, register_model, type_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numba.core.base import BaseContext
    from numba.core.datamodel import DataModelManager
    from numba.core.typing import Context, Signature

    Lower: TypeAlias = Callable[[BaseContext, ir.IRBuilder, Signature, Sequence[ir.Value]], ir.Value]
    Made: TypeAlias = tuple[Signature, Lower]

LANES, LOG_LANES = 8, 3
_FLOATS, _WORD = ir.VectorType(ir.FloatType(), LANES), ir.IntType(64)


class LanesType(types.Type):  # type: ignore[misc] # numba has no annotations
    """Type of eight float32 side by side."""

    def __init__(self) -> None:
        super().__init__(name="Lanes8")


LANES_TYPE: Any = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: DataModelManager, kind: LanesType) -> None:
        super().__init__(manager, kind, _FLOATS)


def _same_type(_context: Context) -> Callable[..., types.Type | None]:
    def typer(*given: types.Type) -> types.Type | None:
        return LANES_TYPE if all(kind is LANES_TYPE for kind in given) else None

    return typer


def _lower_operator(name: str, instruction: str, count: int) -> None:
    function = getattr(operator, name)
    type_callable(function)(_same_type)

    def lower(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return getattr(builder, instruction)(*given)

    lower_builtin(function, *(LANES_TYPE,) * count)(lower)


for _name, _opcode, _count in (
    ("add", "fadd", 2),
    ("sub", "fsub", 2),
    ("mul", "fmul", 2),
    ("truediv", "fdiv", 2),
    ("neg", "fneg", 1),
):
    _lower_operator(_name, _opcode, _count)


def _instruction(typed: Callable[..., Made]) -> Callable[..., Any]:
    """Make what compiled code may call of a function that names the types and writes the instructions."""
    made: Callable[..., Any] = intrinsic(typed)
    return made


@_instruction
def pointer(_typing: Context, array: types.Type) -> Made:
    """Return where a flat, contiguous array begins: no owner is counted wherever it is handed on."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return context.make_array(signature.args[0])(context, builder, given[0]).data

    return types.CPointer(array.dtype)(array), generate


@_instruction
def offset_by(_typing: Context, place: types.Type, count: types.Type) -> Made:
    """Return where another part of an array begins."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return builder.gep(given[0], [given[1]])

    return place(place, count), generate


def _fetch(builder: ir.IRBuilder, place: ir.Value, offset: ir.Value, kind: ir.Type) -> ir.Value:
    """Read from a place that need not be aligned to more than one element."""
    align = 4 if kind is _FLOATS else 1
    return builder.load(builder.bitcast(builder.gep(place, [offset]), kind.as_pointer()), align=align)


def _vector(constants: list[float]) -> ir.Constant:
    return ir.Constant(_FLOATS, constants)


def _splat(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    undefined = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


@_instruction
def load(_typing: Context, place: types.Type, offset: types.Type) -> Made:
    """Return eight values from ``offset`` on."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return _fetch(builder, given[0], given[1], _FLOATS)

    return LANES_TYPE(place, offset), generate


@_instruction
def store(_typing: Context, place: types.Type, offset: types.Type, lanes: types.Type) -> Made:
    """Write eight values from ``offset`` on."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        target = builder.bitcast(builder.gep(given[0], [given[1]]), _FLOATS.as_pointer())
        builder.store(given[2], target, align=4)
        return context.get_dummy_value()

    return types.none(place, offset, lanes), generate


@_instruction
def spread(_typing: Context, value: types.Type) -> Made:
    """Return one float32 eight times."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return _splat(builder, context.cast(builder, given[0], signature.args[0], types.float32))

    return LANES_TYPE(value), generate


@_instruction
def fused(_typing: Context, a: types.Type, b: types.Type, c: types.Type) -> Made:
    """Return ``a b + c``, rounded once where the machine can."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
        name = f"llvm.fmuladd.v{LANES}f32"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, given)

    return LANES_TYPE(a, b, c), generate


@_instruction
def size(_typing: Context, lanes: types.Type) -> Made:
    """Return the absolute values."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        negative = builder.fcmp_ordered("<", given[0], _vector([0.0] * LANES))
        return builder.select(negative, builder.fneg(given[0]), given[0])

    return LANES_TYPE(lanes), generate


def _extreme(comparison: str) -> Callable[..., Any]:
    def typed(_typing: Context, a: types.Type, b: types.Type) -> Made:
        def generate(
            _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
        ) -> ir.Value:
            return builder.select(builder.fcmp_ordered(comparison, *given), *given)

        return LANES_TYPE(a, b), generate

    return _instruction(typed)


least = _extreme("<")
most = _extreme(">")


@_instruction
def pick(_typing: Context, sign: types.Type, a: types.Type, b: types.Type) -> Made:
    """Return ``a`` where ``sign`` is positive, else ``b``."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return builder.select(builder.fcmp_ordered(">", given[0], _vector([0.0] * LANES)), *given[1:])

    return LANES_TYPE(sign, a, b), generate


def _as_lanes(builder: ir.IRBuilder, mask: ir.Value) -> ir.Value:
    return builder.select(mask, _vector([1.0] * LANES), _vector([0.0] * LANES))


@_instruction
def word(_typing: Context, labels: types.Type, offset: types.Type) -> Made:
    """Return eight labels as one integer, the first of them lowest."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return _fetch(builder, given[0], given[1], _WORD)

    return types.uint64(labels, offset), generate


@_instruction
def from_lane(_typing: Context, first: types.Type) -> Made:
    """Return 1 in lanes from ``first`` on, 0 before."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        numbers = ir.Constant(ir.VectorType(given[0].type, LANES), list(range(LANES)))
        return _as_lanes(builder, builder.icmp_signed(">=", numbers, _splat(builder, given[0])))

    return LANES_TYPE(first), generate


@_instruction
def of_bits(_typing: Context, _bits: types.Type) -> Made:
    """Return 1 in the lanes whose bit of a uint8 is set, else 0."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        mask = builder.bitcast(given[0], ir.VectorType(ir.IntType(1), LANES))
        return _as_lanes(builder, mask)

    return LANES_TYPE(types.uint8), generate


@_instruction
def bits_below(_typing: Context, lanes: types.Type, limits: types.Type) -> Made:
    """Return a uint8 whose bits are set for lanes below their limits."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return builder.bitcast(builder.fcmp_ordered("<", *given), ir.IntType(8))

    return types.uint8(lanes, limits), generate


@_instruction
def lane(_typing: Context, lanes: types.Type, number: types.Type) -> Made:
    """Return one of the eight."""

    def generate(
        _context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: Sequence[ir.Value]
    ) -> ir.Value:
        return builder.extract_element(given[0], given[1])

    return types.float32(lanes, number), generate
