//! A bystander: a client that only pings, to notice when the broker is busy with others.

use std::io;
use std::time::{Duration, Instant};

use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::histogram::{Histogram, Summary};
use crate::mqtt::kind;
use crate::mqtt::packet::PINGREQ;

/// A ping is due this often.
const INTERVAL: Duration = Duration::from_millis(1);

/// Pings on a schedule, one at a time, without ever waiting. Pings that fall due while one is out are not sent, and
/// count as if they were: each from when it was due until that answer (no coordinated omission).
pub struct Pinger {
    client: Client,
    histogram: Histogram,
    due: Instant,
    /// When the ping that is out was sent.
    out_since: Option<Instant>,
}

impl Pinger {
    /// Connects; the first ping is due at once.
    ///
    /// # Errors
    ///
    /// If the broker refuses.
    pub fn open(target: &Target) -> io::Result<Self> {
        let (mut client, _) = Client::open(target, "bench-pinger")?;
        client.stop_waiting()?;
        let now = Instant::now();
        Ok(Self {
            client,
            histogram: Histogram::new(),
            due: now,
            out_since: None,
        })
    }

    /// Takes an answer if one has come, and sends the next ping if it is due.
    ///
    /// # Errors
    ///
    /// If the broker closed or answered with something else.
    #[inline]
    pub fn tick(&mut self) -> io::Result<()> {
        match self.out_since {
            Some(since) => self.take_answer(since),
            None => self.send_if_due(),
        }
    }

    fn take_answer(&mut self, since: Instant) -> io::Result<()> {
        match self.client.receive() {
            Ok(frame) if frame.as_frame().first == kind::PINGRESP => {
                self.answered(since);
                Ok(())
            }
            Ok(frame) => {
                let other = frame.as_frame().first;
                Err(io::Error::other(format!(
                    "packet {other:#04x} instead of PINGRESP"
                )))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn answered(&mut self, since: Instant) {
        let now = Instant::now();
        self.out_since = None;
        self.histogram.record((now - since).as_nanos() as u64);
        while self.due <= now {
            self.histogram.record((now - self.due).as_nanos() as u64);
            self.due += INTERVAL;
        }
    }

    fn send_if_due(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if now < self.due {
            return Ok(());
        }
        self.out_since = Some(now);
        self.due = now + INTERVAL;
        self.client.send(&PINGREQ)
    }

    /// The latencies since the last call.
    pub fn take_summary(&mut self) -> Option<Summary> {
        let summary = self.histogram.summary();
        self.histogram = Histogram::new();
        self.due = Instant::now();
        summary
    }

    /// Pings for `duration`, and nothing else happens.
    ///
    /// # Errors
    ///
    /// If the broker closed.
    pub fn run_alone(&mut self, duration: Duration) -> io::Result<Option<Summary>> {
        let end = Instant::now() + duration;
        while Instant::now() < end || self.out_since.is_some() {
            self.tick()?;
        }
        Ok(self.take_summary())
    }
}
