//! A stream of operations: connections that open, send any bytes, are written to in any pieces and close at any
//! time, in a small world. The engine must neither panic nor lose count of its memory.
#![no_main]

use engine::{Admission, ConnectionId, Decision, Engine, Grants, Limits, Output, ReasonCode};
use libfuzzer_sys::fuzz_target;

/// A valid CONNECT of each version, so that the bytes that follow reach the handlers of a live connection.
const CONNECTS: [&[u8]; 3] = [
    &[
        0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 1, b'a',
    ],
    &[
        0x10, 19, 0, 4, b'M', b'Q', b'T', b'T', 5, 0, 0, 0, 5, 17, 0, 0, 0, 60, 0, 1, b'b',
    ],
    &[
        0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 0, 0, 0, 1, b'c',
    ],
];

struct World {
    engine: Engine,
    live: Vec<ConnectionId>,
    now: u64,
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits {
        packet_id_max: 3,
        in_flight_max: 2,
        queue_messages_max: 4,
        work_units: 3,
        packet_bytes_max: 2000,
        connections_max: 6,
        large_body_bytes: 64,
        journal: 1,
        ..Limits::default()
    };
    let mut world = World {
        engine: Engine::new(limits, [3; 32], "fuzz"),
        live: Vec::new(),
        now: 0,
    };
    let mut rest = data;
    while let Some((&operation, after)) = rest.split_first() {
        let (&choice, after) = after.split_first().unwrap_or((&0, after));
        rest = world.step(operation, choice, after);
        world.carry_out();
        assert_eq!(
            world.engine.gauges().memory_used_bytes,
            world.engine.counted_memory()
        );
    }
});

impl World {
    fn step<'a>(&mut self, operation: u8, choice: u8, rest: &'a [u8]) -> &'a [u8] {
        let chosen = self
            .live
            .get(usize::from(choice) % self.live.len().max(1))
            .copied();
        match (operation % 8, chosen) {
            (0, _) => self.connect(CONNECTS[usize::from(choice) % CONNECTS.len()]),
            (1 | 2, Some(id)) => {
                let (bytes, rest) = rest.split_at(usize::from(choice >> 2).min(rest.len()));
                self.feed(id, bytes);
                return rest;
            }
            (3, Some(id)) => self.engine.closed(id, self.now),
            (4, _) => self.engine.flush(self.now),
            (5, _) => {
                self.now += u64::from(choice) * 500;
                self.engine.tick(self.now);
            }
            (6, Some(id)) => self.engine.written(id, usize::from(choice), self.now),
            _ if choice >= 192 => self.change_rights(choice),
            _ => self.engine.resume(self.now),
        }
        rest
    }

    /// Gives the only permission set other templates, or a client another set.
    fn change_rights(&mut self, choice: u8) {
        const TEMPLATES: [&str; 4] = ["#", "a/+", "+/b/#", "${client.authenticationName}/#"];
        let some = &TEMPLATES[..usize::from(choice >> 1 & 3)];
        if choice & 1 == 0 {
            let set = self.engine.set_permissions(1, some, some, self.now);
            assert!(set.is_ok(), "templates are refused: {set:?}");
            return;
        }
        let grants = Grants {
            set: u32::from(choice >> 1 & 1),
            values: ["a".into()].into(),
        };
        self.engine.regrant("a", grants, self.now);
    }

    fn connect(&mut self, connect: &[u8]) {
        if let Some(id) = self.engine.open("127.0.0.1", self.now) {
            self.live.push(id);
            self.carry_out();
            self.feed(id, connect);
        }
    }

    fn feed(&mut self, id: ConnectionId, bytes: &[u8]) {
        let room = self.engine.inbox(id);
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        if count > 0 {
            self.engine.filled(id, count, self.now);
        }
    }

    fn carry_out(&mut self) {
        let mut outputs = Vec::new();
        self.engine.take_outputs(&mut outputs);
        for output in outputs {
            match output {
                Output::Decide { request, .. } => {
                    self.engine.decided(
                        request,
                        Decision::Accepted(Admission::default()),
                        self.now,
                    );
                }
                Output::Journal { sequence } => self.engine.committed(sequence, self.now),
                Output::Load { body } => self.engine.loaded(body, None, self.now),
                Output::Close { connection, .. } => {
                    self.engine.closed(connection, self.now);
                    self.engine.released(connection, self.now);
                    self.live.retain(|live| *live != connection);
                }
                Output::Result { reason, .. } => assert_ne!(reason, ReasonCode::UNSPECIFIED_ERROR),
                _ => {}
            }
        }
    }
}
