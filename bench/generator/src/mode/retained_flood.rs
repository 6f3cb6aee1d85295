//! A new subscriber to very many retained messages, and what a bystander notices of it.

use std::io;
use std::time::{Duration, Instant};

use clap::Args;
use mio::{Events, Poll, Token};
use serde::Serialize;

use super::ping::Pinger;
use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::carrier::inbox::Scratch;
use crate::carrier::link::Link;
use crate::histogram::Summary;
use crate::mqtt::frame::Frame;
use crate::mqtt::packet::{read_acknowledgement, read_suback, subscribe};
use crate::mqtt::publish::{Publish, Shape, Template};
use crate::mqtt::{Version, kind};
use crate::payload::{STAMP_BYTES, Stamp, blank};
use crate::process;
use crate::report::{Faults, Report};

/// Retained messages that are out unacknowledged while they are set; as many topics share one level above.
const BATCH: usize = 100;

/// How long the broker may take to send all.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(120);

/// How many retained messages.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Retained messages, each on a topic of its own.
    #[arg(long, default_value_t = 100_000)]
    pub messages: usize,
    /// Payload of each.
    #[arg(long, default_value_t = 64)]
    pub payload_bytes: usize,
    /// Seconds of pinging before, for comparison.
    #[arg(long, default_value_t = 1.0)]
    pub seconds: f64,
}

/// How the replay went.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    messages: usize,
    received: usize,
    /// Retained messages set per second, QoS 1.
    set_per_second: f64,
    replay_seconds: f64,
    messages_per_second: f64,
    ping_idle: Option<Summary>,
    ping_during: Option<Summary>,
    resident_bytes_before: Option<u64>,
    /// With all messages retained, before the subscription.
    resident_bytes_retained: Option<u64>,
    peak_bytes: Option<u64>,
}

/// Sets the messages, subscribes to `#`, and clears them again.
///
/// # Errors
///
/// If the broker refuses or closes.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let usage = || target.pid.map(process::usage).transpose();
    let before = usage()?;
    let (mut publisher, _) = Client::open(target, "bench-publisher")?;
    let began = Instant::now();
    set_all(
        &mut publisher,
        target.protocol,
        options.messages,
        options.payload_bytes,
    )?;
    let set_seconds = began.elapsed().as_secs_f64();
    let retained = usage()?;

    let mut pinger = Pinger::open(target)?;
    let ping_idle = pinger.run_alone(Duration::from_secs_f64(options.seconds))?;
    let mut replay = Replay::new(options, target.protocol);
    let began = Instant::now();
    replay.run(target, &mut pinger)?;
    let replay_seconds = began.elapsed().as_secs_f64();
    let ping_during = pinger.take_summary();
    let after = usage()?;
    set_all(&mut publisher, target.protocol, options.messages, 0)?;

    let figures = Figures {
        messages: options.messages,
        received: replay.received,
        set_per_second: options.messages as f64 / set_seconds,
        replay_seconds,
        messages_per_second: replay.received as f64 / replay_seconds,
        ping_idle,
        ping_during,
        resident_bytes_before: before.map(|usage| usage.resident_bytes),
        resident_bytes_retained: retained.map(|usage| usage.resident_bytes),
        peak_bytes: after.map(|usage| usage.peak_bytes),
    };
    Ok(Report {
        figures,
        faults: replay.faults,
    })
}

/// Retains `count` messages; empty ones clear what was retained: v5 [MQTT-3.3.1-6].
fn set_all(
    publisher: &mut Client,
    version: Version,
    count: usize,
    payload_bytes: usize,
) -> io::Result<()> {
    for first in (0..count).step_by(BATCH) {
        let batch = first..count.min(first + BATCH);
        for number in batch.clone() {
            publisher.send(&retained(version, number, payload_bytes))?;
        }
        for _ in batch {
            let frame = publisher.receive()?;
            read_acknowledgement(frame.as_frame()).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

fn retained(version: Version, number: usize, payload_bytes: usize) -> Vec<u8> {
    let topic = topic(number);
    let shape = Shape {
        version,
        qos: 1,
        retain: true,
        topic: &topic,
        user_properties: &[],
    };
    let mut template = Template::new(&shape, &blank(payload_bytes));
    template.set_identifier((number % BATCH) as u16 + 1);
    if payload_bytes >= STAMP_BYTES {
        let stamp = Stamp {
            publisher: 0,
            sequence: number as u64,
            due: 0,
        };
        template.set_payload_front(&stamp.to_bytes());
    }
    template.bytes().to_vec()
}

fn topic(number: usize) -> String {
    format!("bench/retained/{}/{}", number / BATCH, number % BATCH)
}

/// The subscriber's side.
struct Replay {
    version: Version,
    payload_bytes: usize,
    seen: Vec<bool>,
    received: usize,
    faults: Faults,
}

impl Replay {
    fn new(options: &Options, version: Version) -> Self {
        Self {
            version,
            payload_bytes: options.payload_bytes,
            seen: vec![false; options.messages],
            received: 0,
            faults: Faults::default(),
        }
    }

    /// Subscribes and takes messages until all are there, or too much time is gone.
    fn run(&mut self, target: &Target, pinger: &mut Pinger) -> io::Result<()> {
        let (mut poll, mut events, mut scratch) =
            (Poll::new()?, Events::with_capacity(8), Scratch::new());
        let (client, _) = Client::open(target, "bench-subscriber")?;
        let mut link = Link::take_over(client, poll.registry(), Token(0))?;
        link.outbox
            .put(&subscribe(self.version, 1, &["#".to_string()], 0));
        link.flush()?;
        let began = Instant::now();
        while self.received < self.seen.len() && began.elapsed() < REPLAY_TIMEOUT {
            poll.poll(&mut events, Some(Duration::ZERO))?;
            if !events.is_empty() {
                link.receive(&mut scratch, |frame, _| self.take(frame))?;
            }
            pinger.tick()?;
        }
        if self.received < self.seen.len() {
            self.faults.add(format!(
                "{} of {} retained messages received",
                self.received,
                self.seen.len()
            ));
        }
        Ok(())
    }

    fn take(&mut self, frame: Frame<'_>) {
        if frame.first == kind::SUBACK {
            if let Err(fault) = read_suback(self.version, frame, 1, 0) {
                self.faults.add(fault);
            }
            return;
        }
        match Publish::read(self.version, frame).and_then(|publish| self.number(&publish)) {
            Some(number) if !std::mem::replace(&mut self.seen[number], true) => self.received += 1,
            Some(number) => self
                .faults
                .add(format!("retained message {number} a second time")),
            None => self.faults.add("a message that was not retained here"),
        }
    }

    /// Which of the retained messages this is.
    fn number(&self, publish: &Publish<'_>) -> Option<usize> {
        let (stamp, _) = Stamp::split(publish.payload)?;
        let number = usize::try_from(stamp.sequence).ok()?;
        let right = number < self.seen.len()
            && publish.retain
            && publish.topic == topic(number).as_bytes()
            && publish.payload.len() == self.payload_bytes;
        right.then_some(number)
    }
}
