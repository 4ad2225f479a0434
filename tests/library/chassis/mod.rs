//! What the chassis promise: how they join what they hold, and how they end.

mod stages;

mod pipeline;

mod graphline;

mod carousel;

mod seq;

mod par;

mod tpipe;

mod prefab;

mod sizes;

mod circles;

mod moments;

mod children;
