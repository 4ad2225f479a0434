//! A box by side and number.

use super::postbox::NONE;
use crate::kernel::side::Side;

/// One box, an inbox or an outbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::kernel) struct BoxId(u32);

const OUTBOX_BIT: u32 = 1 << 31;

impl BoxId {
    const NONE: BoxId = BoxId(NONE);

    pub(in crate::kernel) fn inbox(index: u32) -> Self {
        BoxId(index)
    }

    pub(in crate::kernel) fn outbox(index: u32) -> Self {
        BoxId(index | OUTBOX_BIT)
    }

    fn is_none(self) -> bool {
        self == BoxId::NONE
    }

    pub(super) fn of(side: Side, index: u32) -> Self {
        match side {
            Side::Inbox => BoxId::inbox(index),
            Side::Outbox => BoxId::outbox(index),
        }
    }

    pub(in crate::kernel) fn side(self) -> Side {
        if self.is_outbox() { Side::Outbox } else { Side::Inbox }
    }

    #[inline]
    pub(in crate::kernel) fn is_outbox(self) -> bool {
        self.0 & OUTBOX_BIT != 0 && !self.is_none()
    }

    pub(in crate::kernel) fn index(self) -> u32 {
        self.0 & !OUTBOX_BIT
    }
}
