//! An allocator that counts: how many bytes are live, when it is asked to know.
//!
//! Counting is off while times are measured; then it costs one load and a branch that is always
//! predicted.

#![allow(unsafe_code, reason = "an allocator is an unsafe trait; this one only adds and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// The system's allocator, counted.
pub struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts from now on. What was allocated before and is freed later counts less than nothing, so only
/// differences mean anything.
pub fn count() {
    ON.store(true, Relaxed);
}

/// Counts no more.
pub fn stop_counting() {
    ON.store(false, Relaxed);
}

/// The bytes allocated and not freed since counting began, as asked for, without the allocator's own.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

fn add(bytes: usize) {
    if ON.load(Relaxed) {
        LIVE.fetch_add(bytes, Relaxed);
    }
}

fn take(bytes: usize) {
    if ON.load(Relaxed) {
        LIVE.fetch_sub(bytes, Relaxed);
    }
}

// SAFETY: every call goes to `System` unchanged, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller keeps the contract, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        take(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(layout.size());
        add(size);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}
