//! In place of `deflate` in a build without it: nothing is ever offered or agreed on.

use super::frame::Fault;

/// There are no settings for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deflate {}

/// Nothing can be agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Agreed {}

pub(super) enum Inflater {}

pub(super) enum Deflater {}

impl Deflate {
    pub(super) fn offer(&self) -> String {
        match *self {}
    }

    pub(super) fn accept(&self, _: &str) -> Result<Option<(Agreed, String)>, String> {
        match *self {}
    }

    pub(super) fn agree(&self, _: &str) -> Result<Agreed, String> {
        match *self {}
    }
}

impl Agreed {
    pub(super) fn inflater(&self) -> Inflater {
        match *self {}
    }

    pub(super) fn deflater(&self) -> Deflater {
        match *self {}
    }
}

impl Inflater {
    pub(super) fn inflate(&mut self, _: &[u8], _: &mut Vec<u8>, _: usize) -> Result<(), Fault> {
        match *self {}
    }

    pub(super) fn finish(&mut self, _: &mut Vec<u8>, _: usize) -> Result<(), Fault> {
        match *self {}
    }
}

impl Deflater {
    pub(super) fn deflate(&mut self, _: &[u8]) -> Vec<u8> {
        match *self {}
    }
}
