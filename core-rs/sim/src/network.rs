//! Bytes on their way, and connections that begin and end.

use engine::ConnectionId;
use packet::client::{ServerPacket, decode_server};
use packet::{Property, Split, Version, split};

use crate::agenda::Happening;
use crate::client::{Phase, Terms};
use crate::link::{Link, Loan};
use crate::world::World;

impl World {
    /// A client does something: connects, or whatever comes to its mind.
    pub(crate) fn act(&mut self, index: usize) {
        let away = self.clients[index].phase == Phase::Away;
        let delay = if away {
            self.come(index)
        } else {
            self.act_connected(index)
        };
        self.agenda.plan(self.now + delay, Happening::Act(index));
    }

    fn act_connected(&mut self, index: usize) -> u64 {
        self.check_punished(index);
        self.check_heard(index);
        let (client, mut scene) = self.scene(index);
        let delay = client.act(&mut scene);
        self.collect(index);
        delay
    }

    /// A client without a connection opens one, or waits.
    fn come(&mut self, index: usize) -> u64 {
        let wanted = if self.calm {
            self.has_session(index)
        } else {
            self.random.percent(75)
        };
        if wanted {
            self.connect(index);
        }
        if self.calm {
            1000
        } else {
            self.random.pick(&[5, 50, 400, 2000])
        }
    }

    fn has_session(&self, index: usize) -> bool {
        self.oracle
            .current
            .get(&self.clients[index].name)
            .is_some_and(|key| !self.oracle.sessions[*key].noisy)
    }

    fn connect(&mut self, index: usize) {
        let address = format!("10.0.0.{index}:{}", self.addresses.len());
        let Some(id) = self.open(index, &address) else {
            return self.oracle.coverage.count("connections exhausted");
        };
        let bad = !self.calm && self.random.percent(self.profile.mischief);
        let (client, mut scene) = self.scene(index);
        client.link = Some(id);
        if bad {
            client.greet_badly(&mut scene);
        } else {
            client.greet(&mut scene);
        }
        let terms = client.terms.clone();
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        link.terms = terms;
        self.collect(index);
    }

    /// Opens a connection. The engine lends its inbox at once, so the link waits for its name.
    pub(crate) fn open(&mut self, index: usize, address: &str) -> Option<ConnectionId> {
        let pace = self.draw_pace();
        self.opening = Some(Link::new(
            ConnectionId {
                slot: 0,
                generation: 0,
            },
            index,
            Terms::default(),
            pace,
            self.now,
        ));
        let id = self.input(|engine, now| engine.open(address, now));
        let opening = self.opening.take();
        if let Some(id) = id {
            if let Some(link) = opening {
                self.links.insert(id, Link { id, ..link });
            }
            self.addresses.insert(address.to_owned(), id);
        }
        id
    }

    /// Takes what a client has to say to its connection.
    pub(crate) fn collect(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let wire = std::mem::take(&mut client.wire);
        let (hangs_up, owes) = (std::mem::take(&mut client.hangs_up), client.owes_at());
        let Some(id) = client.link else { return };
        if !wire.is_empty() {
            self.trace(|| format!("  {index} >> {}", spell(&wire)));
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.to_server.extend(wire);
        }
        self.plan_read(id);
        if let Some(at) = owes.filter(|_| !self.acknowledging[index]) {
            self.acknowledging[index] = true;
            self.agenda
                .plan(at.max(self.now), Happening::Acknowledge(index));
        }
        if hangs_up {
            self.hang_up(index);
        }
    }

    /// A client sends what it owes.
    pub(crate) fn acknowledge(&mut self, index: usize) {
        self.acknowledging[index] = false;
        if self.clients[index].phase == Phase::Live {
            let (client, mut scene) = self.scene(index);
            client.acknowledge(&mut scene);
            self.collect(index);
        }
    }

    /// A client lets go of its connection; the host notices now or much later.
    pub(crate) fn hang_up(&mut self, index: usize) {
        let Some(id) = self.clients[index].link else {
            return;
        };
        let delay = if self.calm {
            0
        } else {
            self.random.pick(&[0, 10, 300, 20_000])
        };
        if let Some(link) = self.links.get_mut(&id) {
            link.abandoned = true;
            let arrives = self.random.index(link.to_server.len() + 1);
            link.to_server.truncate(arrives);
        }
        self.oracle.coverage.count("connection cut");
        self.agenda.plan(self.now + delay, Happening::Closed(id));
        let (client, mut scene) = self.scene(index);
        client.lost(&mut scene);
    }

    pub(crate) fn plan_read(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        if link.readable() && !std::mem::replace(&mut link.reading, true) {
            let delay = self.random.below(link.pace.read + 1);
            self.agenda.plan(self.now + delay, Happening::Read(id));
        }
    }

    /// Bytes reach the lent inbox.
    pub(crate) fn read(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        link.reading = false;
        if !link.readable() {
            return;
        }
        let room = link.inbox.take().map_or(0, |loan| loan.bytes.len());
        let waiting = link.to_server.len();
        let count = link.pace.share(waiting.min(room), &mut self.random);
        let bytes: Vec<u8> = link.to_server.drain(..count).collect();
        link.heard_at = self.now;
        self.engine.inbox(id)[..count].copy_from_slice(&bytes);
        self.oracle
            .coverage
            .add("partial read", u64::from(count < waiting));
        self.input(|engine, now| engine.filled(id, count, now));
    }

    /// The network takes bytes of the lent outbox.
    pub(crate) fn write(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Some(Loan { bytes, .. }) = link.outbox.take() else {
            return;
        };
        let count = link.pace.share(bytes.len(), &mut self.random);
        link.rest = count < bytes.len();
        link.to_client.extend_from_slice(&bytes[..count]);
        self.oracle
            .coverage
            .add("partial write", u64::from(link.rest));
        let delay = self.random.below(link.pace.read + 1);
        self.agenda.plan(self.now + delay, Happening::Receive(id));
        self.input(|engine, now| engine.written(id, count, now));
    }

    /// Bytes reach the client, which takes every whole packet.
    pub(crate) fn receive(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.auditor) else {
            return;
        };
        let (index, abandoned) = (link.client, link.abandoned);
        let bytes = std::mem::take(&mut link.to_client);
        let mut rest = &bytes[..];
        let mut packets = Vec::new();
        loop {
            match split(rest) {
                Ok(Split::Whole { total, .. }) => {
                    let (packet, after) = rest.split_at(total);
                    packets.push(packet);
                    rest = after;
                }
                Ok(Split::Partial { .. }) => break,
                Err(error) => {
                    return self
                        .oracle
                        .violate(format!("bytes come that are no packet: {error}"));
                }
            }
        }
        self.saboteur.reorder(&mut packets);
        packets
            .iter()
            .for_each(|packet| self.arrive(id, packet, abandoned));
        let rest = rest.to_vec();
        if let Some(link) = self.links.get_mut(&id) {
            link.to_client = rest;
        }
        if !abandoned {
            self.collect(index);
        }
    }

    /// Hands one whole packet to whom it is for.
    pub(crate) fn arrive(&mut self, id: ConnectionId, bytes: &[u8], abandoned: bool) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let (index, session, version) = (link.client, link.session, link.terms.version);
        let Ok(Split::Whole { frame, total }) = split(bytes) else {
            return;
        };
        let packet = match decode_server(version, frame) {
            Ok(packet) => packet,
            Err(error) => {
                return self
                    .oracle
                    .violate(format!("a malformed packet comes: {error}: {bytes:02X?}"));
            }
        };
        self.trace(|| format!("  {index} << {packet:?}"));
        if abandoned {
            if let ServerPacket::Disconnect(disconnect) = packet {
                self.oracle
                    .coverage
                    .reason("DISCONNECT", disconnect.reason.0);
            }
            return;
        }
        self.check_expiry(id, &packet);
        if self.sabotaged(id, &packet, bytes) {
            return;
        }
        let (client, mut scene) = self.scene(index);
        client.receive(&packet, session, total, &mut scene);
    }

    /// The CONNACK tells of a session expiry that is not what the client has asked for (v5 3.2.2.3.2).
    fn check_expiry(&mut self, id: ConnectionId, packet: &ServerPacket<'_>) {
        let (ServerPacket::Connack(connack), Some(link)) = (packet, self.links.get(&id)) else {
            return;
        };
        if connack.reason.0 != 0 || link.terms.version != Version::V5 {
            return;
        }
        let told = connack
            .properties
            .iter()
            .find_map(|property| match property {
                Property::SessionExpiryInterval(seconds) => Some(seconds),
                _ => None,
            });
        let (expiry, asked) = (link.expiry, link.terms.expiry);
        self.oracle.require(told.unwrap_or(asked) == expiry, || {
            format!("a session expiry of {asked} s is asked for, {expiry} s are agreed and {told:?} are told")
        });
    }

    /// The host notices that a socket is gone, or has closed it.
    pub(crate) fn close(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.closed) else {
            return;
        };
        link.closed = true;
        let (index, abandoned) = (link.client, link.abandoned);
        self.input(|engine, now| engine.closed(id, now));
        self.oracle.connection_over(id);
        let delay = self.random.pick(&[0, 0, 5, 200]);
        self.agenda.plan(self.now + delay, Happening::Released(id));
        if !abandoned {
            self.receive(id);
            if let Some(link) = self.links.get_mut(&id) {
                link.abandoned = true;
            }
            let (client, mut scene) = self.scene(index);
            client.lost(&mut scene);
        }
    }

    /// The host gives back what it still had in its hands: a write may have ended in the meantime.
    pub(crate) fn release(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.closed) else {
            return;
        };
        if let Some(loan) = link.outbox.take()
            && self.random.percent(40)
        {
            let count = self.random.index(loan.bytes.len() + 1);
            self.input(|engine, now| engine.written(id, count, now));
        }
        self.links.remove(&id);
        self.stale.push(id);
        self.input(|engine, now| engine.released(id, now));
    }

    /// Whoever is silent for too long, and is read, is not connected any more.
    fn check_heard(&mut self, index: usize) {
        const LATE: u64 = 5000;
        let client = &self.clients[index];
        let Some(link) = client.link.and_then(|id| self.links.get(&id)) else {
            return;
        };
        let allowed = link
            .terms
            .silence(self.profile.limits.keep_alive_seconds_max);
        let read = link.inbox.is_some() && link.to_server.is_empty() && !link.closing;
        let since = link.heard_at.max(link.lent_at);
        let late =
            client.phase == Phase::Live && allowed > 0 && read && self.now > since + allowed + LATE;
        let now = self.now;
        self.oracle.require(!late, || format!("a connection that is silent since {since} ms goes on at {now} ms, where {allowed} are allowed"));
    }

    /// Whoever does what ends a connection finds it ended.
    fn check_punished(&mut self, index: usize) {
        let client = &self.clients[index];
        let Some(link) = client.link.and_then(|id| self.links.get(&id)) else {
            return;
        };
        let heard = link.to_server.is_empty() && self.now >= link.heard_at + 8000;
        let goes_on = client.certain && heard && !link.closing && !link.closed;
        let phase = format!("{:?}", client.phase);
        self.oracle
            .require(!goes_on, || format!("a client in {phase} goes unpunished"));
    }
}

/// The packets of a client, as far as they can be told without knowing its version.
fn spell(mut wire: &[u8]) -> String {
    let mut words = Vec::new();
    while let Ok(Split::Whole { frame, total }) = split(wire) {
        words.push(format!(
            "{:?} {:02X?}",
            frame.packet_type(),
            &frame.body[..frame.body.len().min(48)]
        ));
        wire = wire.split_at(total).1;
    }
    if !wire.is_empty() {
        words.push(format!("{wire:02X?}"));
    }
    words.join("; ")
}
