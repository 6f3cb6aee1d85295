//! Questions that have one answer each, not a rate: memory per connection, what a storm does to a bystander.

pub mod changes;
pub mod churn;
pub mod crowd;
pub mod fanout_stall;
pub mod handshakes;
pub mod idle;
pub mod megabyte;
pub mod ping;
pub mod retained_flood;
pub mod subscriptions;
