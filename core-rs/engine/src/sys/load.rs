//! How busy the broker is: moving averages per minute, as `$SYS/broker/load` shows them.

use crate::Engine;

/// What is averaged, as it stands in the topic.
type Source = (&'static str, fn(&Engine) -> u64);

const SOURCES: [Source; 9] = [
    ("messages/received", |engine| {
        engine.counters.messages_received
    }),
    ("messages/sent", |engine| engine.counters.messages_sent),
    ("publish/received", Engine::publishes_received),
    ("publish/sent", Engine::publishes_sent),
    ("publish/dropped", Engine::publishes_dropped),
    ("bytes/received", |engine| engine.counters.bytes_received),
    ("bytes/sent", |engine| engine.counters.bytes_sent),
    ("sockets", |engine| engine.counters.connections_opened),
    ("connections", |engine| {
        engine.counters.connects_accepted + engine.counters.connects_refused
    }),
];

/// Minutes that an average looks back.
const WINDOWS: [(&str, f64); 3] = [("1min", 1.0), ("5min", 5.0), ("15min", 15.0)];

/// The averages, and what they were last brought up to date with.
#[derive(Debug, Default)]
pub struct Load {
    averages: [[f64; WINDOWS.len()]; SOURCES.len()],
    counts: [u64; SOURCES.len()],
    at: u64,
}

impl Load {
    /// Takes what was counted since the last time into the averages: the longer ago, the less it weighs.
    fn update(&mut self, counts: [u64; SOURCES.len()], started_at: u64, now: u64) {
        let minutes = now.saturating_sub(self.at.max(started_at)) as f64 / 60_000.0;
        if minutes <= 0.0 {
            return;
        }
        for ((averages, count), before) in self.averages.iter_mut().zip(counts).zip(self.counts) {
            let rate = count.saturating_sub(before) as f64 / minutes;
            for (average, (_, window)) in averages.iter_mut().zip(WINDOWS) {
                *average = rate + (*average - rate) * (-minutes / window).exp();
            }
        }
        self.counts = counts;
        self.at = now;
    }
}

impl Engine {
    /// Brings the averages up to date.
    pub(super) fn update_load(&mut self) {
        let counts = SOURCES.map(|(_, count)| count(self));
        let now = self.clock.now();
        self.load_averages
            .update(counts, self.started_at.unwrap_or(now), now);
    }

    /// The topic with this index, and what it says; none behind the last.
    pub(super) fn load_topic(&self, index: usize) -> Option<(String, String)> {
        let (source, window) = (index / WINDOWS.len(), index % WINDOWS.len());
        let average = self.load_averages.averages.get(source)?[window];
        let topic = format!(
            "$SYS/broker/load/{}/{}",
            SOURCES[source].0, WINDOWS[window].0
        );
        Some((topic, format!("{average:.2}")))
    }
}
