//! The code of a component that was made and not yet activated.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use super::shared::System;
use super::state::{Made, Task};
use crate::kernel::safely::panic_text;

type TaskSlot = Box<dyn FnOnce(&Rc<System>, Made) -> Task>;

/// Begins the code of a component once it is activated.
///
/// A chassis that was not activated holds other components, nested to any depth. They are dropped one after the
/// other, not recursively: those found in one while it is dropped wait until that is done.
///
/// The code is always present, which keeps the record of a component small: taking it out leaves a closure that does
/// nothing.
pub(in crate::kernel) struct Starter(TaskSlot);

thread_local! {
    /// Code that waits to be dropped, while other code is.
    static WAITING: RefCell<Option<Vec<TaskSlot>>> = const { RefCell::new(None) };
}

impl Starter {
    pub(in crate::kernel) fn new(code: impl FnOnce(&Rc<System>, Made) -> Task + 'static) -> Self {
        Starter(Box::new(code))
    }

    pub(super) fn start(self, system: &Rc<System>, made: Made) -> Task {
        // What is left owns nothing.
        let code = ManuallyDrop::new(self).leave();
        code(system, made)
    }

    /// Takes the code out.
    fn leave(&mut self) -> TaskSlot {
        std::mem::replace(&mut self.0, Box::new(|_, _| unreachable!("its code was taken out")))
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        let mut code = Some(self.leave());
        // While the thread ends there is no list any more: the code is dropped here.
        let _ = WAITING.try_with(|waiting| {
            if let Some(list) = &mut *waiting.borrow_mut() {
                list.extend(code.take());
            }
        });
        if let Some(code) = code {
            drop_with_all_inside(code);
        }
    }
}

/// Drops this code, and those that are found in it. A panic in one keeps no other from being dropped.
fn drop_with_all_inside(code: TaskSlot) {
    let begun = WAITING.try_with(|waiting| waiting.replace(Some(Vec::new()))).is_ok();
    let mut next = Some(code);
    let mut first_panic: Option<Box<dyn Any + Send>> = None;
    while let Some(code) = next {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(code))) {
            match &first_panic {
                None => first_panic = Some(panic),
                Some(_) => drop(panic_text(panic)),
            }
        }
        next = WAITING.try_with(|waiting| waiting.borrow_mut().as_mut()?.pop()).ok().flatten();
    }
    if begun {
        let _ = WAITING.try_with(|waiting| waiting.replace(None));
    }
    match first_panic {
        Some(panic) if std::thread::panicking() => drop(panic_text(panic)),
        Some(panic) => resume_unwind(panic),
        None => {}
    }
}
