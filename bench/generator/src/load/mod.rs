//! The main mode: publishers and subscribers, in a closed loop (throughput) or on a schedule (latency).

pub mod checker;
pub mod in_flight;
pub mod plan;
pub mod publisher;
pub mod run;
pub mod subscriber;
pub mod tally;
pub mod world;
