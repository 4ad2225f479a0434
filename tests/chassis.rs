//! What the chassis promise: how they join what they hold, and how they end.

#[path = "util/bench.rs"]
mod bench;

#[path = "chassis/stages.rs"]
mod stages;

#[path = "chassis/pipeline.rs"]
mod pipeline;

#[path = "chassis/graphline.rs"]
mod graphline;

#[path = "chassis/carousel.rs"]
mod carousel;

#[path = "chassis/seq.rs"]
mod seq;

#[path = "chassis/par.rs"]
mod par;

#[path = "chassis/tpipe.rs"]
mod tpipe;

#[path = "chassis/prefab.rs"]
mod prefab;

#[path = "chassis/sizes.rs"]
mod sizes;

#[path = "chassis/circles.rs"]
mod circles;

#[path = "chassis/moments.rs"]
mod moments;
