//! The state of a broker that has stopped, from the frames that its store gives back.
//!
//! The frames are those of the journal. What a message holds is left with the store until it is needed: kind 23
//! stands for a stored message and says only how long its parts are.

use std::collections::HashMap;

use packet::{PacketId, QoS, ReasonCode, Version};
use topic::{Subscribed, TopicName};

use super::operation::Operation;
use super::reader::{Corrupt, Frame, FrameReader};
use crate::Engine;
use crate::connection::NONE;
use crate::delivery::body::{Away, BodyRef, NewBody};
use crate::delivery::route::Grant;
use crate::retained::replay::Replay;
use crate::session::Session;
use crate::session::entry::{NO_BODY, Queued, Terms};
use crate::session::outbound::{Flight, Stage};
use crate::session::queue::ENTRY_BYTES;
use crate::timers::Deadline;

/// Milliseconds after a restart in which no will fires.
const WILL_GRACE: u64 = 10_000;

/// A message that a session or group is owed.
#[derive(Debug)]
struct Owed {
    owner: u64,
    entry: u64,
    body: u64,
    terms: Terms,
    /// The member that a group's entry is out with.
    assigned: Option<u64>,
    sent: Option<PacketId>,
    received: bool,
}

/// What recovery has found so far, by the numbers of the journal.
#[derive(Debug, Default)]
pub struct Recovery {
    sessions: HashMap<u64, u32>,
    groups: HashMap<Box<str>, u64>,
    group_slots: HashMap<u64, u32>,
    /// Each with a reference that recovery gives up at its end.
    bodies: HashMap<u64, BodyRef>,
    owed: Vec<Owed>,
    places: HashMap<u64, usize>,
    detached: HashMap<u64, u64>,
}

impl Engine {
    /// Applies frames that the store gives back, whole ones, in its order. Before any connection is opened.
    ///
    /// # Errors
    ///
    /// A frame that is corrupt, or names what there is not, in words.
    pub fn recover(&mut self, mut frames: &[u8]) -> Result<(), &'static str> {
        self.journal.begin_recovery();
        let mut recovery = self.recovery.take().unwrap_or_default();
        let result = loop {
            match FrameReader::split(frames) {
                Ok(None) => break Ok(()),
                Ok(Some(Frame { kind, body, rest })) => {
                    if self.recover_frame(&mut recovery, kind, body).is_err() {
                        break Err("a frame of the journal is not as it should be");
                    }
                    frames = rest;
                }
                Err(Corrupt) => break Err("a frame of the journal is corrupt"),
            }
        };
        self.recovery = Some(recovery);
        result
    }

    fn recover_frame(
        &mut self,
        recovery: &mut Recovery,
        kind: u8,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        match kind {
            1 => self.recover_session(recovery, frame)?,
            2 => {
                let session = frame.number()?;
                recovery.detached.insert(session, frame.number()?);
            }
            4 => self.recover_subscription(recovery, frame)?,
            6 => self.recover_body(recovery, frame)?,
            7 => recovery.owe(frame)?,
            8 => {
                let (_, entry, session) = (frame.number()?, frame.number()?, frame.number()?);
                recovery.find(entry)?.assigned = Some(session);
            }
            10 => {
                let (_, entry) = (frame.number()?, frame.number()?);
                recovery.find(entry)?.sent = Some(frame.id()?);
            }
            11 => {
                let (_, entry) = (frame.number()?, frame.number()?);
                recovery.find(entry)?.received = true;
            }
            13 => {
                let session = self.recovered_session(recovery, frame.number()?)?;
                session.inbound.insert(frame.id()?);
            }
            15 => self.recover_retained(recovery, frame.number()?)?,
            17 => {
                let number = frame.number()?;
                let will = Box::new(frame.will()?);
                self.memory.charge(will.charged());
                self.recovered_session(recovery, number)?.will = Some(will);
            }
            19 => {
                let group = frame.number()?;
                recovery.groups.insert(frame.text()?.into(), group);
            }
            21 => self.recover_replay(recovery, frame)?,
            23 => self.recover_away(recovery, frame)?,
            _ => return Err(Corrupt),
        }
        Ok(())
    }

    fn recovered_session(
        &mut self,
        recovery: &Recovery,
        number: u64,
    ) -> Result<&mut Session, Corrupt> {
        let slot = recovery.sessions.get(&number).ok_or(Corrupt)?;
        self.sessions.get_mut(*slot).ok_or(Corrupt)
    }

    fn recover_session(
        &mut self,
        recovery: &mut Recovery,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        let (number, expiry) = (frame.number()?, frame.word()?);
        let (client_id, owner) = (frame.text()?, frame.text()?);
        let mut session = Session::new(client_id, owner, Version::V311, number);
        session.expiry = expiry;
        session.journalled = true;
        session.principal = frame.text()?.into();
        recovery
            .sessions
            .insert(number, self.sessions.insert(session));
        Ok(())
    }

    fn recover_subscription(
        &mut self,
        recovery: &Recovery,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        let (number, grant) = (frame.number()?, frame.grant()?);
        let raw = frame.text()?;
        let session = *recovery.sessions.get(&number).ok_or(Corrupt)?;
        self.restore_subscription(recovery, session, raw, grant)
    }

    fn restore_subscription(
        &mut self,
        recovery: &Recovery,
        session: u32,
        raw: &str,
        grant: Grant,
    ) -> Result<(), Corrupt> {
        match Subscribed::parse(raw).map_err(|_| Corrupt)? {
            Subscribed::Plain(filter) => {
                self.trie.insert(filter, session, grant);
            }
            Subscribed::Shared { filter, .. } => {
                self.recovered_group = recovery.groups.get(raw).copied();
                self.join_group(session, raw, filter, grant);
                self.recovered_group = None;
            }
        }
        self.remember_filter(session, raw);
        Ok(())
    }

    fn recover_body(
        &mut self,
        recovery: &mut Recovery,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        let (number, expires) = (frame.number()?, frame.number()?);
        let (qos, retain, _) = frame.flags()?;
        let new = NewBody {
            topic: frame.text()?,
            forwarded: frame.bytes()?,
            payload: frame.bytes()?,
            qos,
            retain,
            expires_at: (expires > 0).then(|| self.clock.moment_of(expires)),
        };
        let body = self.bodies.store(&new, &mut self.memory);
        self.bodies
            .renumber(body, number, self.journal.committed().max(1));
        recovery.bodies.insert(number, body);
        Ok(())
    }

    fn recover_away(
        &mut self,
        recovery: &mut Recovery,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        let (number, expires) = (frame.number()?, frame.number()?);
        let (qos, retain, _) = frame.flags()?;
        let away = Away {
            topic: frame.text()?,
            forwarded_length: frame.word()?,
            payload_length: frame.word()?,
            qos,
            retain,
            expires_at: (expires > 0).then(|| self.clock.moment_of(expires)),
        };
        let body = self.bodies.store_away(&away, &mut self.memory);
        self.bodies
            .renumber(body, number, self.journal.committed().max(1));
        recovery.bodies.insert(number, body);
        Ok(())
    }

    fn recover_retained(&mut self, recovery: &Recovery, number: u64) -> Result<(), Corrupt> {
        let body = *recovery.bodies.get(&number).ok_or(Corrupt)?;
        let topic: Box<str> = self.bodies.get(body).topic().into();
        let topic = TopicName::parse(&topic).map_err(|_| Corrupt)?;
        self.bodies.retain(body);
        self.bodies.owe(body);
        self.retained
            .set(topic, body, &mut self.bodies, &mut self.memory);
        Ok(())
    }

    fn recover_replay(
        &mut self,
        recovery: &Recovery,
        mut frame: FrameReader<'_>,
    ) -> Result<(), Corrupt> {
        let number = frame.number()?;
        let qos = QoS::from_bits(frame.byte()?).ok_or(Corrupt)?;
        let identifier = frame.word()?;
        let (filter, cursor) = (frame.text()?, frame.text()?);
        let cursor = (!cursor.is_empty()).then(|| cursor.to_owned());
        let replay = Replay {
            filter: filter.into(),
            cursor,
            qos,
            identifier,
            after: 0,
        };
        self.recovered_session(recovery, number)?
            .replays
            .push_back(replay);
        Ok(())
    }

    /// Ends recovery: the store has batch `sequence`, numbers up to `last_number` were given, and the broker was
    /// last known to live at `alive_at`, in Unix milliseconds.
    ///
    /// # Errors
    ///
    /// A frame that named what there is not, in words.
    pub fn recovered(
        &mut self,
        sequence: u64,
        last_number: u64,
        alive_at: u64,
        now: u64,
    ) -> Result<(), &'static str> {
        self.clock.advance(now);
        let mut recovery = self.recovery.take().unwrap_or_default();
        self.last_number = self.last_number.max(last_number >> crate::PARTITION_BITS);
        self.bodies.number_after(last_number);
        if !recovery.sessions.is_empty() {
            self.wills_from = now + WILL_GRACE;
        }
        for owed in std::mem::take(&mut recovery.owed) {
            self.restore_owed(&mut recovery, owed)
                .map_err(|_| "an entry of the journal names what there is not")?;
        }
        self.restore_clocks(&recovery, alive_at);
        for body in std::mem::take(&mut recovery.bodies).into_values() {
            self.bodies.release(body, &mut self.memory);
        }
        self.journal.resume_after(sequence);
        self.close_deserted(&recovery.groups);
        self.end_unkept(&recovery);
        if let Some(at) = self.retained.next_expiry() {
            self.timers.arm(Deadline::Retained, at);
        }
        Ok(())
    }

    /// Puts a message where it was: in a queue, or out with its packet identifier.
    fn restore_owed(&mut self, recovery: &mut Recovery, owed: Owed) -> Result<(), Corrupt> {
        let body = *recovery.bodies.get(&owed.body).ok_or(Corrupt)?;
        let length = self.bodies.get(body).length();
        let group = self.restored_group(recovery, owed.owner);
        let holder = owed.assigned.unwrap_or(owed.owner);
        if let (Some(id), Some(session)) = (owed.sent, recovery.sessions.get(&holder)) {
            let stage = match (owed.terms.qos, owed.received) {
                (QoS::ExactlyOnce, true) => Stage::Pubcomp,
                (QoS::ExactlyOnce, false) => Stage::Pubrec,
                _ => Stage::Puback,
            };
            let body = if stage == Stage::Pubcomp {
                NO_BODY
            } else {
                body
            };
            let flight = Flight {
                id,
                stage,
                body,
                terms: owed.terms,
                group,
                group_number: self.group_number(group),
                entry: owed.entry,
                sent: false,
                counted: false,
            };
            self.keep_restored(body);
            self.sessions
                .get_mut(*session)
                .ok_or(Corrupt)?
                .outbound
                .push(flight);
            return Ok(());
        }
        // What waits with a group that has no member left is nobody's.
        if group == NONE && recovery.groups.values().any(|number| *number == owed.owner) {
            return Ok(());
        }
        let queued = Queued {
            body,
            terms: owed.terms,
            entry: owed.entry,
        };
        self.keep_restored(body);
        if group != NONE {
            self.groups
                .get_mut(group)
                .ok_or(Corrupt)?
                .queue
                .push(queued, length);
        } else {
            self.recovered_session(recovery, owed.owner)?
                .queue
                .push(queued, length);
        }
        Ok(())
    }

    /// Closes the groups whose last member had ended when the broker died: nobody can get what they were owed.
    fn close_deserted(&mut self, groups: &HashMap<Box<str>, u64>) {
        let deserted = groups
            .iter()
            .filter(|(raw, _)| !self.group_names.contains_key(*raw))
            .map(|(_, group)| *group);
        let mut deserted: Vec<u64> = deserted.collect();
        deserted.sort_unstable();
        for group in deserted {
            self.journal.record(&Operation::GroupClosed { group });
        }
    }

    /// Ends the sessions that were to end with their connection, which ended with the broker.
    fn end_unkept(&mut self, recovery: &Recovery) {
        let unkept = recovery.sessions.iter().filter(|(_, slot)| {
            self.sessions
                .get(**slot)
                .is_some_and(|session| !session.persistent())
        });
        let mut unkept: Vec<(u64, u32)> = unkept.map(|(number, slot)| (*number, *slot)).collect();
        unkept.sort_unstable();
        for (_, session) in unkept {
            self.end_session(session, ReasonCode::SUCCESS, "ended with its connection");
        }
    }

    fn keep_restored(&mut self, body: BodyRef) {
        if body != NO_BODY {
            self.bodies.retain(body);
            self.bodies.owe(body);
        }
        self.memory.charge(ENTRY_BYTES);
    }

    fn restored_group(&self, recovery: &mut Recovery, owner: u64) -> u32 {
        if recovery.group_slots.is_empty() {
            recovery.group_slots = self
                .groups
                .iter()
                .map(|(slot, group)| (group.number, slot))
                .collect();
        }
        recovery.group_slots.get(&owner).copied().unwrap_or(NONE)
    }

    /// Sessions whose connection died with the broker lost it when it was last known to live.
    fn restore_clocks(&mut self, recovery: &Recovery, alive_at: u64) {
        for (number, session) in &recovery.sessions {
            let wall = recovery.detached.get(number).copied().unwrap_or(alive_at);
            let detached_at = self.clock.moment_of(wall);
            if let Some(target) = self.sessions.get_mut(*session) {
                target.detached_at = detached_at;
                target.outbound.detach();
            }
            self.watch_session(*session);
        }
    }
}

impl Recovery {
    fn owe(&mut self, mut frame: FrameReader<'_>) -> Result<(), Corrupt> {
        let (owner, entry, body) = (frame.number()?, frame.number()?, frame.number()?);
        self.places.insert(entry, self.owed.len());
        let terms = frame.terms()?;
        self.owed.push(Owed {
            owner,
            entry,
            body,
            terms,
            assigned: None,
            sent: None,
            received: false,
        });
        Ok(())
    }

    fn find(&mut self, entry: u64) -> Result<&mut Owed, Corrupt> {
        let place = *self.places.get(&entry).ok_or(Corrupt)?;
        self.owed.get_mut(place).ok_or(Corrupt)
    }
}
