//! Functions of the program as values that cross between nodes.

use drust_macros::Portable;
use drust_runtime::task;
use std::fmt;

/// The place of a function in the program's image, which is the same on all nodes.
#[derive(Portable, Clone, Copy)]
pub(super) struct Code {
    place: u64,
}

impl Code {
    /// The place of a function.
    ///
    /// # Safety
    /// `F` is a type of function pointers.
    pub(super) unsafe fn of<F: Copy>(function: F) -> Code {
        const { assert!(size_of::<F>() == size_of::<*const ()>()) }
        // SAFETY: function pointers may be read as pointers.
        let function = unsafe { std::mem::transmute_copy::<F, *const ()>(&function) };
        Code { place: task::code_of(function.expose_provenance()) }
    }

    /// The function, on any node.
    ///
    /// # Safety
    /// This was made by [`Code::of`] from an `F`.
    pub(super) unsafe fn get<F: Copy>(self) -> F {
        const { assert!(size_of::<F>() == size_of::<*const ()>()) }
        // SAFETY: at that place of the same build lies the function that the place was taken of.
        unsafe { std::mem::transmute_copy::<*const (), F>(&task::code_at(self.place)) }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({:#x})", self.place)
    }
}
