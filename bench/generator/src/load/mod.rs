//! The main mode: publishers and subscribers, in a closed loop (throughput) or on a schedule (latency); and the same
//! with subscribers who are away, or for long.

pub mod checker;
pub mod in_flight;
pub mod mark;
pub mod offline;
pub mod plan;
pub mod publisher;
pub mod run;
pub mod sessions;
pub mod soak;
pub mod subscriber;
pub mod tally;
pub mod world;
