//! Who publishes what to whom.

use clap::{Args, Parser};

use crate::mqtt::property::UserProperty;
use crate::payload::STAMP_BYTES;

/// One run of publishers and subscribers.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// Publishing connections; publisher i publishes to topic i modulo the number of topics.
    #[arg(long, default_value_t = 10)]
    pub publishers: usize,
    /// Subscribing connections; subscriber i subscribes to topic i modulo the number of topics.
    #[arg(long, default_value_t = 10)]
    pub subscribers: usize,
    /// Different topics.
    #[arg(long, default_value_t = 10)]
    pub topics: usize,
    /// Every subscriber subscribes to all topics with one wildcard.
    #[arg(long)]
    pub wildcard: bool,
    /// Quality of service of publishers and subscribers.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub qos: u8,
    /// Payload size.
    #[arg(long, default_value_t = 64)]
    pub payload_bytes: usize,
    /// Messages that each publisher may have sent and that are not yet received by all subscribers and, from
    /// QoS 1 on, acknowledged.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    pub window: u16,
    /// Subscribers have persistent sessions, under identifiers of this run alone; they are ended afterwards.
    #[arg(long)]
    pub persistent: bool,
    /// User property of each message, NAME=VALUE (repeatable, MQTT 5 only).
    #[arg(long = "user-property", value_parser = parse_user_property)]
    pub user_properties: Vec<UserProperty>,
    /// Messages per second of all publishers together, sent on time whatever the broker does, to measure latency.
    /// Without it the publishers send as fast as the window lets them, to measure throughput.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Seconds before the measurement.
    #[arg(long, default_value_t = 1.0)]
    pub warm_up_seconds: f64,
    /// Seconds of measurement.
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
}

/// A plan has its defaults from the command line; this reads an empty one.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    plan: Plan,
}

impl Default for Plan {
    fn default() -> Self {
        Line::parse_from(["load"]).plan
    }
}

impl Plan {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    ///
    /// Says which options do not go together.
    pub fn check(&self) -> Result<(), String> {
        if self.payload_bytes < STAMP_BYTES {
            return Err(format!(
                "Cannot send payloads of {} bytes: at least {STAMP_BYTES}",
                self.payload_bytes
            ));
        }
        if self.publishers == 0 || self.subscribers == 0 || self.topics == 0 {
            return Err(
                "Cannot run without publishers, subscribers and topics: at least one of each"
                    .into(),
            );
        }
        if self.topics > self.publishers || (!self.wildcard && self.subscribers < self.topics) {
            return Err(format!(
                "Cannot use {} topics: each needs a publisher and a subscriber",
                self.topics
            ));
        }
        Ok(())
    }

    /// Topic name that `publisher` publishes to.
    pub fn topic(&self, publisher: usize) -> String {
        format!("bench/{}", publisher % self.topics)
    }

    /// Topic filter that `subscriber` subscribes to.
    pub fn filter(&self, subscriber: usize) -> String {
        if self.wildcard {
            "bench/+".into()
        } else {
            format!("bench/{}", subscriber % self.topics)
        }
    }

    /// Publishers that `subscriber` hears.
    pub fn publishers_of(&self, subscriber: usize) -> Vec<usize> {
        let hears = |publisher: &usize| {
            self.wildcard || publisher % self.topics == subscriber % self.topics
        };
        (0..self.publishers).filter(hears).collect()
    }
}

fn parse_user_property(text: &str) -> Result<UserProperty, String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is expected")?;
    Ok((name.into(), value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Plan {
        Line::parse_from(std::iter::once("load").chain(line.split_whitespace())).plan
    }

    #[test]
    fn pairs_fan_in_and_fan_out_are_one_rule() {
        let pairs = plan("--publishers 3 --subscribers 3 --topics 3");
        assert_eq!(pairs.publishers_of(2), vec![2]);
        let fan_in = plan("--publishers 3 --subscribers 1 --topics 3 --wildcard");
        assert_eq!(
            (fan_in.publishers_of(0), fan_in.filter(0)),
            (vec![0, 1, 2], "bench/+".to_string())
        );
        let fan_out = plan("--publishers 1 --subscribers 3 --topics 1");
        assert!((0..3).all(|subscriber| fan_out.publishers_of(subscriber) == [0]));
    }

    #[test]
    fn a_topic_without_a_subscriber_is_refused() {
        assert!(
            plan("--publishers 3 --subscribers 1 --topics 3")
                .check()
                .is_err()
        );
        assert!(plan("--payload-bytes 19").check().is_err());
        assert!(plan("").check().is_ok());
    }
}
