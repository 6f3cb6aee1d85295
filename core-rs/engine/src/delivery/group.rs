//! Shared subscriptions (v5 §4.8.2): one copy for the group, to a member that can take it.
//!
//! A message is assigned to a member when it is sent, not before; what no member can take waits with the group.

use packet::QoS;

use super::message::{Carried, Message};
use super::route::Grant;
use crate::Engine;
use crate::counters::Drop;
use crate::journal::operation::Operation;
use crate::session::entry::{Identifiers, Queued, Terms};
use crate::session::outbound::Flight;
use crate::session::queue::{ENTRY_BYTES, Queue};

/// A session in a group.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The session.
    pub session: u32,
    /// What its subscription grants.
    pub grant: Grant,
}

/// The sessions that share a filter under one name.
#[derive(Debug)]
pub struct Group {
    /// Its members, in the order in which they joined.
    pub members: Vec<Member>,
    /// Whose turn it is.
    turn: usize,
    /// What no member can take, at QoS 1 and 2.
    pub queue: Queue,
    /// Names it in the journal.
    pub number: u64,
}

/// All groups, by number.
#[derive(Debug, Default)]
pub struct Groups {
    slots: Vec<Option<Box<Group>>>,
    free: Vec<u32>,
}

impl Groups {
    /// Adds an empty group.
    pub fn insert(&mut self, number: u64) -> u32 {
        let group = Some(Box::new(Group {
            members: Vec::new(),
            turn: 0,
            queue: Queue::default(),
            number,
        }));
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = group;
            return slot;
        }
        self.slots.push(group);
        u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
    }

    /// The group in `slot`.
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&Group> {
        self.slots.get(slot as usize)?.as_deref()
    }

    /// The group in `slot`.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Group> {
        self.slots.get_mut(slot as usize)?.as_deref_mut()
    }

    /// Empties the slot, which is not used again before [`Groups::free`].
    pub fn remove(&mut self, slot: u32) -> Option<Box<Group>> {
        self.slots.get_mut(slot as usize)?.take()
    }

    /// Lets a slot be used again.
    pub fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// Every group with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Group)> {
        self.slots.iter().enumerate().filter_map(|(slot, group)| {
            group
                .as_deref()
                .map(|group| (u32::try_from(slot).unwrap_or(u32::MAX), group))
        })
    }
}

impl Engine {
    /// Brings a message to one member of a group, or queues it for whichever can take it first.
    pub(crate) fn deliver_shared(&mut self, group: u32, carried: &mut Carried<'_>) {
        match self.choose_member(group, carried.message.topic, carried.message.qos) {
            Some(member) => self.send_to_member(group, member, carried),
            None => self.enqueue_shared(group, carried),
        }
    }

    /// The next member, in turn, that can take a message of this QoS now.
    fn choose_member(&mut self, group: u32, topic: &str, qos: QoS) -> Option<Member> {
        let shared = self.groups.get(group)?;
        if qos != QoS::AtMostOnce && !shared.queue.is_empty() {
            return None;
        }
        let (turn, count) = (shared.turn, shared.members.len());
        for step in 0..count {
            let place = (turn + step) % count;
            let member = self.groups.get(group)?.members[place];
            if self.can_take(member, qos) && !self.withheld(member.session, topic) {
                self.groups.get_mut(group)?.turn = (place + 1) % count;
                return Some(member);
            }
        }
        None
    }

    fn can_take(&self, member: Member, qos: QoS) -> bool {
        if member.grant.qos.min(qos) != QoS::AtMostOnce {
            return self.window_open(member.session);
        }
        let connected = self
            .sessions
            .get(member.session)
            .and_then(|session| self.connections.get(session.connection));
        connected.is_some_and(|connection| {
            connection.is_live()
                && connection.outbox.unsent() as u64 <= self.limits.outbox_bytes_max
        })
    }

    fn send_to_member(&mut self, group: u32, member: Member, carried: &mut Carried<'_>) {
        let terms = terms_of(member.grant, &carried.message);
        if terms.qos == QoS::AtMostOnce {
            return self.deliver(member.session, terms, carried);
        }
        let entry = self.journal_shared(group, &terms, carried);
        self.journal_assigned(group, entry, member.session);
        self.send_flight(member.session, terms, (group, entry), carried);
    }

    /// QoS 0 waits for nobody. The rest waits, as long as there is room.
    fn enqueue_shared(&mut self, group: u32, carried: &mut Carried<'_>) {
        let Some(shared) = self.groups.get(group) else {
            return;
        };
        let granted = shared
            .members
            .iter()
            .map(|member| member.grant.qos)
            .max()
            .unwrap_or(QoS::AtMostOnce);
        let terms = Terms {
            qos: carried.message.qos.min(granted),
            retain: carried.message.retain,
            identifiers: Identifiers::None,
        };
        let (length, alone) = (carried.message.length(), shared.queue.is_empty());
        let full = shared.queue.len() as u64 >= self.limits.queue_messages_max
            || (shared.queue.bytes() + length) as u64 > self.limits.queue_bytes_max;
        if terms.qos == QoS::AtMostOnce || full {
            return self
                .counters
                .dropped(if full { Drop::QueueFull } else { Drop::Offline });
        }
        let entry = self.journal_shared(group, &terms, carried);
        let body = carried.keep(&mut self.bodies, &mut self.memory);
        self.memory.charge(ENTRY_BYTES);
        if let Some(shared) = self.groups.get_mut(group) {
            shared.queue.push(Queued { body, terms, entry }, length);
        }
        if !alone {
            self.wake_group(group);
        }
    }

    /// Sends a session what waits with its groups, while it can take it. True if something was sent.
    pub(crate) fn pump_groups(&mut self, session: u32) -> bool {
        let Some(groups) = self.sessions.get(session).map(|member| member.groups.len()) else {
            return false;
        };
        let mut sent = false;
        for index in 0..groups {
            while self.work > 0 && self.window_open(session) {
                let Some(group) = self
                    .sessions
                    .get(session)
                    .and_then(|member| member.groups.get(index).copied())
                else {
                    return sent;
                };
                if !self.pump_group(group, session) {
                    break;
                }
                self.spend(1);
                sent = true;
            }
        }
        sent
    }

    /// Sends a member the head of its group's queue; false if there is none.
    fn pump_group(&mut self, group: u32, session: u32) -> bool {
        let Some(head) = self
            .groups
            .get(group)
            .and_then(|shared| shared.queue.front())
            .map(|queued| queued.body)
        else {
            return false;
        };
        if self.withheld(session, self.bodies.get(head).topic()) {
            return false;
        }
        if !self.bodies.get(head).resident() {
            return self.load(session, head);
        }
        let bodies = &self.bodies;
        let Some(shared) = self.groups.get_mut(group) else {
            return false;
        };
        let Some(grant) = shared
            .members
            .iter()
            .find(|member| member.session == session)
            .map(|member| member.grant)
        else {
            return false;
        };
        let Some(queued) = shared.queue.pop(|queued| bodies.get(queued.body).length()) else {
            return false;
        };
        let number = shared.number;
        self.memory.release(ENTRY_BYTES);
        if let Some(reason) = self.undeliverable(queued.body) {
            self.counters.dropped(reason);
            self.journal_acknowledged(number, queued.entry, queued.body);
        } else {
            self.send_queued_shared(session, group, grant, &queued);
        }
        self.release_body(queued.body);
        true
    }

    fn send_queued_shared(&mut self, session: u32, group: u32, grant: Grant, queued: &Queued) {
        let contents = self.bodies.get(queued.body).contents();
        let message = Message::of(&self.bodies, queued.body, &contents, self.clock.now());
        let mut terms = terms_of(grant, &message);
        terms.retain = grant.retain_as_published && queued.terms.retain;
        let shapes = self.shapes.take();
        let mut carried = Carried::stored(message, queued.body, &mut self.bodies, shapes);
        if terms.qos == QoS::AtMostOnce {
            self.deliver(session, terms, &mut carried);
            self.journal_acknowledged(self.group_number(group), queued.entry, queued.body);
        } else {
            // What came when no member outlived its connection is journalled only now that one does.
            let entry = match queued.entry {
                0 => self.journal_shared(group, &terms, &mut carried),
                entry if queued.terms == terms => entry,
                // The member has other terms than the group had, and those are what it is sent again on.
                entry => {
                    let own = self.journal_shared(group, &terms, &mut carried);
                    self.journal_acknowledged(self.group_number(group), entry, queued.body);
                    own
                }
            };
            self.journal_assigned(group, entry, session);
            self.send_flight(session, terms, (group, entry), &mut carried);
        }
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
    }

    /// Gives the group back what a member had not acknowledged at QoS 1 when its session ended.
    pub(crate) fn return_to_group(&mut self, flight: Flight) {
        let length = self.bodies.get(flight.body).length();
        let Some(shared) = self
            .groups
            .get_mut(flight.group)
            .filter(|shared| shared.number == flight.group_number && !shared.members.is_empty())
        else {
            self.release_owed(flight.body, flight.entry);
            return self.counters.dropped(Drop::SessionEnded);
        };
        let queued = Queued {
            body: flight.body,
            terms: flight.terms,
            entry: flight.entry,
        };
        shared.queue.push_front(queued, length);
        self.memory.charge(ENTRY_BYTES);
        if flight.entry != 0 {
            self.journal.record(&Operation::Returned {
                group: flight.group_number,
                entry: flight.entry,
            });
        }
        self.wake_group(flight.group);
    }

    /// Lets every member try to take what waits with the group.
    pub(crate) fn wake_group(&mut self, group: u32) {
        let Some(shared) = self.groups.get(group) else {
            return;
        };
        let members: Vec<u32> = shared.members.iter().map(|member| member.session).collect();
        for session in members {
            self.schedule_pump(session);
        }
    }

    /// Records that a group is owed this message, if any of its members outlives its connection.
    fn journal_shared(&mut self, group: u32, terms: &Terms, carried: &mut Carried<'_>) -> u64 {
        let Some(shared) = self.groups.get(group) else {
            return 0;
        };
        let persistent = shared.members.iter().any(|member| {
            self.sessions
                .get(member.session)
                .is_some_and(|session| session.persistent())
        });
        if !self.journal.enabled() || !persistent {
            return 0;
        }
        let number = shared.number;
        let body = self.journal_stored(carried);
        let entry = self.next_entry(number);
        self.journal.record(&Operation::Enqueued {
            owner: number,
            entry,
            body,
            terms,
        });
        entry
    }

    fn journal_assigned(&mut self, group: u32, entry: u64, session: u32) {
        if entry == 0 {
            return;
        }
        let (Some(shared), Some(member)) = (self.groups.get(group), self.sessions.get(session))
        else {
            return;
        };
        self.journal.record(&Operation::Assigned {
            group: shared.number,
            entry,
            session: member.number,
        });
    }
}

fn terms_of(grant: Grant, message: &Message<'_>) -> Terms {
    let mut identifiers = Identifiers::None;
    identifiers.add(grant.identifier);
    Terms {
        qos: grant.qos.min(message.qos),
        retain: grant.retain_as_published && message.retain,
        identifiers,
    }
}
