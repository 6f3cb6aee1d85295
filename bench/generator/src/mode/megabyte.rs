//! One large message to many subscribers who do not read yet: how often does the broker hold it?

use std::io::{self, Read};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::crowd::measured_pid;
use crate::carrier::client::Client;
use crate::carrier::wire::Wire;
use crate::carrier::{Carrier, Target};
use crate::mqtt::packet::read_acknowledgement;
use crate::mqtt::publish::{Shape, Template};
use crate::payload::blank;
use crate::process;
use crate::report::{Faults, Report};

const TOPIC: &str = "bench/megabyte";

/// How long the broker may take to deliver to all.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);

/// How large, and to how many.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Subscribers to the one topic.
    #[arg(long, default_value_t = 1000)]
    pub subscribers: usize,
    /// Payload of the one message.
    #[arg(long, default_value_t = 1024 * 1024)]
    pub payload_bytes: usize,
    /// Seconds after it was sent in which nobody reads.
    #[arg(long, default_value_t = 1.0)]
    pub seconds: f64,
}

/// What the broker's memory did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    subscribers: usize,
    payload_bytes: usize,
    resident_bytes_before: u64,
    /// While nobody reads.
    resident_bytes_held: u64,
    peak_bytes: u64,
    /// `peak_bytes` less what was resident before.
    growth_bytes: u64,
    delivery_seconds: f64,
    megabytes_per_second: f64,
}

/// Publishes, holds, reads.
///
/// # Errors
///
/// If the broker refuses or closes, or its process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    if target.carrier == Carrier::Websocket {
        return Err(io::Error::other(
            "Cannot send a megabyte over WebSocket: use --carrier tcp or tls",
        ));
    }
    let pid = measured_pid(target)?;
    let mut readers = open_readers(options, target)?;
    let before = process::usage(pid)?;
    let mut publisher = publish(options, target)?;
    sleep(Duration::from_secs_f64(options.seconds));
    let held = process::usage(pid)?;

    let expected = packet(options, target, 0);
    let began = Instant::now();
    let outcome = read_all(&mut readers, &expected).and_then(|()| wait_for_puback(&mut publisher));
    let delivery_seconds = began.elapsed().as_secs_f64();
    let after = process::usage(pid)?;
    let mut faults = Faults::default();
    if let Err(error) = outcome {
        faults.add(error);
    }
    let figures = Figures {
        subscribers: options.subscribers,
        payload_bytes: options.payload_bytes,
        resident_bytes_before: before.resident_bytes,
        resident_bytes_held: held.resident_bytes,
        peak_bytes: after.peak_bytes,
        growth_bytes: after.peak_bytes.saturating_sub(before.resident_bytes),
        delivery_seconds,
        megabytes_per_second: (options.subscribers * expected.len()) as f64
            / 1e6
            / delivery_seconds,
    };
    Ok(Report { figures, faults })
}

/// A subscriber that compares as it reads, so that no message is held on this side.
struct Reader {
    stream: Wire<TcpStream>,
    read: usize,
}

fn open_readers(options: &Options, target: &Target) -> io::Result<Vec<Reader>> {
    let open = |index| {
        let (mut client, _) = Client::open(target, &format!("bench-subscriber-{index}"))?;
        client.subscribe(&[TOPIC.to_string()], 0)?;
        client.stop_waiting()?;
        Ok(Reader {
            stream: client.into_stream()?,
            read: 0,
        })
    };
    (0..options.subscribers).map(open).collect()
}

fn publish(options: &Options, target: &Target) -> io::Result<Client> {
    let (mut publisher, _) = Client::open(target, "bench-publisher")?;
    publisher.send(&packet(options, target, 1))?;
    Ok(publisher)
}

/// Not before the subscribers have read: a broker may wait for them.
fn wait_for_puback(publisher: &mut Client) -> io::Result<()> {
    let frame = publisher.receive()?;
    read_acknowledgement(frame.as_frame())
        .map(|_| ())
        .map_err(io::Error::other)
}

fn packet(options: &Options, target: &Target, qos: u8) -> Vec<u8> {
    let shape = Shape {
        version: target.protocol,
        qos,
        retain: false,
        topic: TOPIC,
        user_properties: &[],
    };
    let mut template = Template::new(&shape, &blank(options.payload_bytes));
    if qos > 0 {
        template.set_identifier(1);
    }
    template.bytes().to_vec()
}

fn read_all(readers: &mut [Reader], expected: &[u8]) -> io::Result<()> {
    let mut scratch = vec![0; 256 * 1024];
    let began = Instant::now();
    loop {
        let mut unfinished = 0;
        for reader in readers.iter_mut() {
            reader.read_some(expected, &mut scratch)?;
            unfinished += usize::from(reader.read < expected.len());
        }
        if unfinished == 0 {
            return Ok(());
        }
        if began.elapsed() > DELIVERY_TIMEOUT {
            return Err(io::Error::other(format!(
                "{unfinished} subscribers have not received all"
            )));
        }
    }
}

impl Reader {
    fn read_some(&mut self, expected: &[u8], scratch: &mut [u8]) -> io::Result<()> {
        let left = &expected[self.read..];
        if left.is_empty() {
            return Ok(());
        }
        match self.stream.read(scratch) {
            Ok(0) => Err(io::Error::other("a subscriber was closed")),
            Ok(count) if left.starts_with(&scratch[..count]) => {
                self.read += count;
                Ok(())
            }
            Ok(_) => Err(io::Error::other("bytes other than those published")),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}
