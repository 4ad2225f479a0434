//! `Debug` of a type that holds functions.

/// Implements `Debug` for types that hold what cannot be shown, such as functions: their name and `..`.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_by_name {
    ($name:ident $(<$($param:ident),+>)?) => {
        impl$(<$($param),+>)? ::std::fmt::Debug for $name$(<$($param),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
