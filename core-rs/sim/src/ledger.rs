//! What a store keeps of the journal: where everything ended up, and how it tells that to a broker that starts again.
//!
//! It is written from the contract of the store (DESIGN §5) and not from the one that the broker uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::{Cursor, write_frame};

/// A session's part.
#[derive(Clone, Debug, Default)]
struct Kept {
    opened: Vec<u8>,
    detached: Option<u64>,
    subscriptions: BTreeMap<Vec<u8>, Vec<u8>>,
    replays: BTreeMap<Vec<u8>, Vec<u8>>,
    will: Option<Vec<u8>>,
    inbound: BTreeSet<u16>,
}

/// A message that a session or group is owed.
#[derive(Clone, Debug)]
struct Entry {
    owner: u64,
    body: u64,
    enqueued: Vec<u8>,
    exactly_once: bool,
    assigned: u64,
    packet_id: u16,
    sent_order: u64,
    received: bool,
}

/// Everything that is durable.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    groups: BTreeMap<u64, Vec<u8>>,
    sessions: BTreeMap<u64, Kept>,
    bodies: BTreeMap<u64, Vec<u8>>,
    entries: BTreeMap<u64, Entry>,
    retained: BTreeMap<Vec<u8>, u64>,
    sent: u64,
    /// The highest number that was ever given.
    pub last_number: u64,
}

impl Ledger {
    /// Applies an operation. None if it cannot be read, or names what there is not.
    pub fn apply(&mut self, kind: u8, body: &[u8]) -> Option<()> {
        let mut cursor = Cursor(body);
        let number = if matches!(kind, 16) { 0 } else { cursor.u64()? };
        match kind {
            1 => self.session(number).open(body),
            2 => self.session(number).detached = Some(cursor.u64()?),
            3 => self.end(number)?,
            4 => {
                cursor.take(5)?;
                let filter = cursor.bytes()?.to_vec();
                self.session(number)
                    .subscriptions
                    .insert(filter, body.to_vec());
            }
            5 => {
                let filter = cursor.bytes()?;
                self.session(number).subscriptions.remove(filter);
            }
            6 => {
                self.bodies.insert(number, body.to_vec());
            }
            7..=12 => return self.apply_entry(kind, number, body, cursor),
            13 => {
                let id = cursor.u16()?;
                self.session(number).inbound.insert(id);
            }
            14 => {
                let id = cursor.u16()?;
                self.session(number).inbound.remove(&id);
            }
            15 => {
                let topic = self.topic(number)?;
                self.retained.insert(topic, number);
            }
            16 => {
                self.retained.remove(cursor.bytes()?);
            }
            17 => self.session(number).will = Some(body.to_vec()),
            18 => self.session(number).will = None,
            19 => {
                self.groups.insert(number, body.to_vec());
            }
            20 => {
                self.groups.remove(&number);
                self.entries.retain(|_, entry| {
                    entry.owner != number || entry.packet_id != 0 && entry.assigned != 0
                });
            }
            21 => {
                cursor.take(5)?;
                let filter = cursor.bytes()?.to_vec();
                self.session(number).replays.insert(filter, body.to_vec());
            }
            22 => {
                let filter = cursor.bytes()?;
                self.session(number).replays.remove(filter);
            }
            _ => return None,
        }
        self.last_number = self.last_number.max(number);
        Some(())
    }

    fn apply_entry(
        &mut self,
        kind: u8,
        first: u64,
        body: &[u8],
        mut cursor: Cursor<'_>,
    ) -> Option<()> {
        let number = cursor.u64()?;
        self.last_number = self.last_number.max(number);
        if kind == 7 {
            let stored = cursor.u64()?;
            if !self.has_body(stored) {
                return None;
            }
            let exactly_once = cursor.take(1)?.first()? & 3 == 2;
            let entry = Entry {
                owner: first,
                body: stored,
                enqueued: body.to_vec(),
                exactly_once,
                assigned: 0,
                packet_id: 0,
                sent_order: 0,
                received: false,
            };
            self.entries.insert(number, entry);
            return Some(());
        }
        if kind == 12 {
            self.entries.remove(&number);
            return Some(());
        }
        let sent = self.sent + 1;
        // A session that no longer outlives its connection has ended for the store, and goes on sending what it has.
        let Some(entry) = self.entries.get_mut(&number) else {
            return Some(());
        };
        match kind {
            8 => entry.assigned = cursor.u64()?,
            9 => {
                (
                    entry.assigned,
                    entry.packet_id,
                    entry.sent_order,
                    entry.received,
                ) = (0, 0, 0, false)
            }
            10 => {
                (entry.packet_id, entry.sent_order) = (cursor.u16()?, sent);
                self.sent = sent;
            }
            _ => entry.received = true,
        }
        Some(())
    }

    fn session(&mut self, number: u64) -> &mut Kept {
        self.sessions.entry(number).or_default()
    }

    /// None if there is none: whatever ends with its connection is not told of.
    fn end(&mut self, number: u64) -> Option<()> {
        self.sessions.remove(&number)?;
        self.entries.retain(|_, entry| entry.owner != number);
        Some(())
    }

    /// Whether there is a message.
    pub fn has_body(&self, body: u64) -> bool {
        self.bodies.contains_key(&body)
    }

    /// A message to which nothing refers at the end of a batch is gone; whoever refers to it later stores it again.
    pub fn end_batch(&mut self) {
        let owed = self.owed();
        self.bodies.retain(|number, _| owed.contains(number));
    }

    /// Messages that an entry or a topic refers to.
    fn owed(&self) -> BTreeSet<u64> {
        let entries = self.entries.values().map(|entry| entry.body);
        entries.chain(self.retained.values().copied()).collect()
    }

    fn topic(&self, body: u64) -> Option<Vec<u8>> {
        let mut cursor = Cursor(self.bodies.get(&body)?);
        cursor.take(8 + 8 + 1)?;
        Some(cursor.bytes()?.to_vec())
    }

    /// What a broker left behind that has stopped: entries that were out with members who are gone go back to their
    /// group at QoS 1 and are discarded at QoS 2; those of groups that are gone pass to the members that have them.
    fn settle(&mut self) {
        let (sessions, groups) = (&self.sessions, &self.groups);
        self.entries.retain(|_, entry| {
            let (sent, member) = (entry.packet_id != 0, sessions.contains_key(&entry.assigned));
            if entry.assigned == 0 {
                return sessions.contains_key(&entry.owner) || groups.contains_key(&entry.owner);
            }
            match (member && sent, groups.contains_key(&entry.owner)) {
                (true, false) => (entry.owner, entry.assigned) = (entry.assigned, 0),
                (true, true) => {}
                (false, _) if sent && (entry.received || entry.exactly_once) => return false,
                (false, lives) => {
                    (
                        entry.assigned,
                        entry.packet_id,
                        entry.sent_order,
                        entry.received,
                    ) = (0, 0, 0, false);
                    return lives;
                }
            }
            true
        });
    }

    /// Tells everything to a broker that starts: whole frames, in the order of the contract.
    pub fn frames(&mut self) -> Vec<Vec<u8>> {
        self.settle();
        let mut frames = Vec::new();
        let mut push = |kind: u8, body: &[u8]| {
            let mut frame = Vec::new();
            write_frame(kind, body, &mut frame);
            frames.push(frame);
        };
        self.groups.values().for_each(|body| push(19, body));
        for (number, kept) in &self.sessions {
            push(1, &kept.opened);
            if let Some(wall) = kept.detached {
                push(2, &[number.to_le_bytes(), wall.to_le_bytes()].concat());
            }
        }
        for kept in self.sessions.values() {
            kept.subscriptions.values().for_each(|body| push(4, body));
            kept.will.iter().for_each(|body| push(17, body));
        }
        for (number, kept) in &self.sessions {
            kept.inbound
                .iter()
                .for_each(|id| push(13, &[&number.to_le_bytes()[..], &id.to_le_bytes()].concat()));
            kept.replays.values().for_each(|body| push(21, body));
        }
        self.push_messages(&mut push);
        frames
    }

    fn push_messages(&self, push: &mut impl FnMut(u8, &[u8])) {
        let owed = self.owed();
        for (number, body) in self
            .bodies
            .iter()
            .filter(|(number, _)| owed.contains(number))
        {
            match away(body) {
                // Small ones are given back whole, others as their lengths alone: both ways have to work.
                Some(away) if number % 2 == 0 => push(23, &away),
                _ => push(6, body),
            }
        }
        let mut sent: Vec<(&u64, &Entry)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.packet_id != 0)
            .collect();
        sent.sort_by_key(|(_, entry)| entry.sent_order);
        sent.iter()
            .for_each(|(number, entry)| entry.push(**number, push));
        self.entries
            .iter()
            .filter(|(_, entry)| entry.packet_id == 0)
            .for_each(|(number, entry)| entry.push(*number, push));
        self.retained
            .values()
            .for_each(|body| push(15, &body.to_le_bytes()));
    }
}

impl Kept {
    fn open(&mut self, body: &[u8]) {
        self.opened = body.to_vec();
        self.detached = None;
    }
}

impl Entry {
    fn push(&self, number: u64, push: &mut impl FnMut(u8, &[u8])) {
        // The owner may be another one by now.
        let mut enqueued = self.enqueued.clone();
        enqueued[..8].copy_from_slice(&self.owner.to_le_bytes());
        push(7, &enqueued);
        if self.packet_id == 0 {
            return;
        }
        let holder = if self.assigned == 0 {
            self.owner
        } else {
            self.assigned
        };
        if self.assigned != 0 {
            push(
                8,
                &[self.owner, number, self.assigned]
                    .map(u64::to_le_bytes)
                    .concat(),
            );
        }
        let place = [holder, number].map(u64::to_le_bytes).concat();
        push(10, &[&place[..], &self.packet_id.to_le_bytes()].concat());
        if self.received {
            push(11, &place);
        }
    }
}

/// A stored message without its contents.
fn away(body: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor(body);
    let head = cursor.take(8 + 8 + 1)?;
    let topic = cursor.bytes()?;
    let (forwarded, payload) = (cursor.bytes()?.len(), cursor.bytes()?.len());
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    Some(
        [
            head,
            &word(topic.len()),
            topic,
            &word(forwarded),
            &word(payload),
        ]
        .concat(),
    )
}
