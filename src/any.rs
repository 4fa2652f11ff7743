//! Arguments and results of polymorphic types. pgrx's own look their type up at every call, which costs more than the masks
//! that use them.

use crate::datum::varlena_bytes;
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::{FromDatum, pg_sys};

// Without pgrx's guard, which costs as much as they do. An error in them jumps over this library's frames, which is sound
// where none of them has something to drop.
unsafe extern "C-unwind" {
    #[link_name = "get_fn_expr_argtype"]
    fn get_fn_expr_argtype_unguarded(flinfo: *mut pg_sys::FmgrInfo, argument: i32) -> pg_sys::Oid;
    #[link_name = "array_get_element"]
    fn array_get_element_unguarded(
        array: pg_sys::Datum,
        subscript_count: i32,
        subscripts: *mut i32,
        array_length: i32,
        element_length: i32,
        element_by_value: bool,
        element_align: i8,
        is_null: *mut bool,
    ) -> pg_sys::Datum;
}

/// A polymorphic argument, passed on as it came; `pub` where others make values of it.
macro_rules! argument {
    ($(#[$comment:meta])* $visible:vis $name:ident) => {
        $(#[$comment])*
        #[derive(Clone, Copy)]
        pub struct $name($visible pg_sys::Datum);

        impl FromDatum for $name {
            unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
                (!is_null).then_some($name(datum))
            }
        }

        // SAFETY: the datum is kept as it is; its SQL type (below) is polymorphic.
        unsafe impl<'fcx> ArgAbi<'fcx> for $name {
            unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
                // SAFETY: as above; the caller vouches that the argument is not NULL.
                unsafe { arg.unbox_arg_using_from_datum().expect("an argument that is not NULL has a value") }
            }
        }
    };
}

/// One that a function gives back as well.
macro_rules! argument_and_result {
    ($(#[$comment:meta])* $visible:vis $name:ident, $sql:literal) => {
        argument!($(#[$comment])* $visible $name);

        // SAFETY: whoever makes one as a result takes a datum of the type that the call gives.
        unsafe impl BoxRet for $name {
            unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
                // SAFETY: see the impl.
                unsafe { fcinfo.return_raw_datum(self.0) }
            }
        }

        pgrx::impl_sql_translatable!($name, $sql);
    };
}

argument_and_result! {
    /// An argument or a result of type anyelement.
    pub AnyValue, "anyelement"
}

argument_and_result! {
    /// An argument or a result of type anycompatible.
    Compatible, "anycompatible"
}

argument! {
    /// An argument of type anyarray.
    AnyArray
}

pgrx::impl_sql_translatable!(AnyArray, arg_only = "anyarray");

/// The type of a call's first argument.
///
/// # Safety
/// `fcinfo` is that of the call; the caller's frames, up to the function that SQL calls, hold nothing that is to be dropped.
pub unsafe fn first_argument_type(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Oid {
    // SAFETY: as the caller vouches.
    unsafe { get_fn_expr_argtype_unguarded((*fcinfo).flinfo, 0) }
}

/// An argument of type double precision[].
#[derive(Clone, Copy)]
pub struct FloatArray<'a>(pg_sys::Datum, &'a [u8]);

impl FloatArray<'_> {
    /// The bytes of the array, which are the same for the same numbers in the same places.
    pub fn bytes(&self) -> &[u8] {
        self.1
    }

    /// The numbers; None for NULL.
    pub fn numbers(&self) -> Vec<Option<f64>> {
        // SAFETY: the datum is an array of float8.
        unsafe { Self::numbers_of(self.0) }
    }

    /// The numbers of an array; None for NULL.
    ///
    /// # Safety
    /// The datum is an array of float8.
    pub unsafe fn numbers_of(array: pg_sys::Datum) -> Vec<Option<f64>> {
        // SAFETY: as the caller vouches.
        unsafe { Vec::from_polymorphic_datum(array, false, pg_sys::FLOAT8ARRAYOID).unwrap_or_default() }
    }
}

impl FromDatum for FloatArray<'_> {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Self> {
        // SAFETY: the caller vouches for an array, which is a varlena.
        (!is_null).then(|| FloatArray(datum, unsafe { varlena_bytes(datum) }))
    }
}

// SAFETY: the SQL type of a FloatArray is double precision[] (below).
unsafe impl<'fcx> ArgAbi<'fcx> for FloatArray<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above; the caller vouches that the argument is not NULL, and arguments outlive the call.
        unsafe { arg.unbox_arg_using_from_datum().expect("a strict argument is not NULL") }
    }
}

pgrx::impl_sql_translatable!(FloatArray<'_>, arg_only = "double precision[]");

impl AnyArray {
    /// All elements of an array, in the current memory context; None for NULL.
    ///
    /// # Safety
    /// The datum is an array.
    pub unsafe fn elements_of(array: pg_sys::Datum) -> Vec<Option<pg_sys::Datum>> {
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0i32);
        // SAFETY: deconstruct_array (arrayfuncs.c) gives as many values and flags as it counts.
        unsafe {
            let array = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
            let (length, by_value, align) = layout((*array).elemtype);
            pg_sys::deconstruct_array(
                array,
                (*array).elemtype,
                length.into(),
                by_value,
                align,
                &raw mut values,
                &raw mut nulls,
                &raw mut count,
            );
            (0..usize::try_from(count).unwrap_or(0)).map(|n| (!*nulls.add(n)).then(|| *values.add(n))).collect()
        }
    }

    /// The element at the place that `choose` gives for a number of elements, dimensions and NULLs not minded; None when it
    /// chooses none, or a NULL.
    pub fn element(self, choose: impl FnOnce(usize) -> Option<usize>) -> Option<AnyValue> {
        // SAFETY: the datum is an array. A value that is not toasted has a header of four bytes, and the fields of
        // ArrayType lie behind it (array.h).
        unsafe {
            let pointer = self.0.cast_mut_ptr::<pg_sys::varlena>();
            let is_plain = cfg!(target_endian = "little") && *pointer.cast::<u8>() & 3 == 0;
            let array = if is_plain { pointer } else { pg_sys::pg_detoast_datum(pointer) }.cast::<pg_sys::ArrayType>();
            let element_type = (*array).elemtype;
            let (length, by_value, align) = layout(element_type);
            if (*array).ndim != 1 {
                return Self::element_of_many_dimensions(array, (length, by_value, align), choose);
            }
            let dimension = array.add(1).cast::<i32>();
            let count = usize::try_from(*dimension).unwrap_or(0);
            let index = choose(count)?;
            if (*array).dataoffset == 0 && length == -1 && align == b'i' as i8 {
                // Without NULLs the elements lie behind the two numbers of the dimension, each at a multiple of four bytes.
                let mut element = dimension.add(2).cast::<pg_sys::varlena>();
                for _ in 0..index {
                    element = element.byte_add(pgrx::varsize_any(element).next_multiple_of(4));
                }
                return Some(AnyValue(pg_sys::Datum::from(element)));
            }
            let mut subscript = (*dimension.add(1)).wrapping_add(index as i32);
            let mut is_null = false;
            let element = array_get_element_unguarded(
                pg_sys::Datum::from(array),
                1,
                &raw mut subscript,
                -1,
                length.into(),
                by_value,
                align,
                &raw mut is_null,
            );
            (!is_null).then_some(AnyValue(element))
        }
    }

    /// # Safety
    /// `array` is an array that is not toasted, and what is said of its elements is right.
    unsafe fn element_of_many_dimensions(
        array: *mut pg_sys::ArrayType,
        (length, by_value, align): (i16, bool, i8),
        choose: impl FnOnce(usize) -> Option<usize>,
    ) -> Option<AnyValue> {
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0i32);
        // SAFETY: deconstruct_array (arrayfuncs.c) gives as many values and flags as it counts.
        unsafe {
            let element_type = (*array).elemtype;
            pg_sys::deconstruct_array(
                array,
                element_type,
                length.into(),
                by_value,
                align,
                &raw mut values,
                &raw mut nulls,
                &raw mut count,
            );
            let index = choose(usize::try_from(count).unwrap_or(0))?;
            (!*nulls.add(index)).then(|| AnyValue(*values.add(index)))
        }
    }
}

/// `typlen`, `typbyval` and `typalign` of a type. Those of the commonest are fixed (pg_type.dat).
fn layout(type_oid: pg_sys::Oid) -> (i16, bool, i8) {
    match type_oid {
        pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::NUMERICOID => (-1, false, b'i' as i8),
        pg_sys::INT4OID | pg_sys::DATEOID | pg_sys::FLOAT4OID => (4, true, b'i' as i8),
        _ => {
            let (mut length, mut by_value, mut align) = (0, false, 0);
            // SAFETY: a catalog look-up.
            unsafe { pg_sys::get_typlenbyvalalign(type_oid, &raw mut length, &raw mut by_value, &raw mut align) };
            (length, by_value, align)
        }
    }
}
