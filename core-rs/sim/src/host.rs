//! The host's side of the contract: carries out what the engine says, and publishes, decides and regrants.

use engine::{Admission, ConnectionId, Decision, Event, EventKind, Grants, Output};
use packet::client::Publish;
use packet::{PacketId, Property, QoS, ReasonCode, Version};

use crate::agenda::Happening;
use crate::link::Loan;
use crate::message::{Author, Forwarded, Message};
use crate::oracle::Beginning;
use crate::sabotage::Sabotage;
use crate::world::{Parked, World};

const REFUSALS: [ReasonCode; 7] = [
    ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
    ReasonCode::BAD_USER_NAME_OR_PASSWORD,
    ReasonCode::NOT_AUTHORIZED,
    ReasonCode::SERVER_UNAVAILABLE,
    ReasonCode::SERVER_BUSY,
    ReasonCode::BANNED,
    ReasonCode::BAD_AUTHENTICATION_METHOD,
];

impl World {
    /// Carries out everything that the engine has said since the last time.
    pub(crate) fn carry_out(&mut self) {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.engine.take_outputs(&mut outputs);
        for output in outputs.drain(..) {
            self.trace(|| format!("    {output:?}"));
            match output {
                Output::Lend { connection } => self.lent(connection),
                Output::Send { connection } => self.sends(connection),
                Output::Close { connection, .. } => self.closes(connection),
                Output::Decide {
                    request,
                    connection,
                    again,
                } => self.asked(request, connection, again),
                Output::Result { request, reason } => self.published(request, reason),
                Output::Journal { sequence } => self.batch(sequence),
                Output::Load { body } => self.wanted(body),
                Output::Event(event) => self.told(&event),
                Output::Wake { at } => {
                    self.wake = Some(self.wake.map_or(at, |before| before.min(at)));
                    self.agenda.plan(at.max(self.now), Happening::Tick);
                }
                Output::More => self.more = true,
            }
        }
        self.outputs = outputs;
    }

    /// Whether an output may name this connection.
    fn names(&mut self, output: &str, id: ConnectionId) -> bool {
        if let (false, Some(mut link)) = (
            self.links.contains_key(&id) || self.stale.contains(&id),
            self.opening.take(),
        ) {
            link.id = id;
            self.links.insert(id, link);
        }
        let fault = match self.links.get(&id) {
            None => "is not there",
            Some(link) if link.closed => "is closed",
            Some(link) if link.closing => "was said to be closed",
            Some(_) => return true,
        };
        self.oracle
            .violate(format!("{output} names a connection that {fault}"));
        false
    }

    fn lent(&mut self, id: ConnectionId) {
        if !self.names("Lend", id) {
            return;
        }
        let pattern = u8::try_from(self.random.below(256)).unwrap_or(0);
        let memory = self.engine.inbox(id);
        memory.fill(pattern);
        let loan = Loan::of(memory);
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let twice = link.inbox.is_some();
        self.oracle.require(!loan.bytes.is_empty(), || {
            "an inbox without room is lent".to_owned()
        });
        self.oracle
            .require(!twice, || "an inbox is lent twice".to_owned());
        link.inbox = Some(loan);
        link.lent_at = self.now;
        self.plan_read(id);
    }

    fn sends(&mut self, id: ConnectionId) {
        if !self.names("Send", id) {
            return;
        }
        self.begun += 1;
        let loan = Loan::of(self.engine.outbox(id));
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let twice = link.outbox.is_some();
        self.oracle.require(!loan.bytes.is_empty(), || {
            "an empty outbox is lent".to_owned()
        });
        self.oracle
            .require(!twice, || "an outbox is lent twice".to_owned());
        let rest = link.rest;
        link.outbox = Some(loan);
        let pace = link.pace.write;
        if !rest {
            self.watch(id);
        }
        let delay = self.random.below(pace + 1);
        self.agenda.plan(self.now + delay, Happening::Write(id));
    }

    fn closes(&mut self, id: ConnectionId) {
        if !self.names("Close", id) {
            return;
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.closing = true;
            let torn = link.outbox.is_none() && !link.leaving.is_empty();
            let begun = link.leaving.clone();
            self.oracle.require(!torn, || {
                format!("a connection is closed in the middle of a packet: {begun:02X?}")
            });
        }
        let delay = self.random.pick(&[0, 0, 1, 100]);
        self.agenda.plan(self.now + delay, Happening::Closed(id));
    }

    fn asked(&mut self, request: u32, connection: ConnectionId, again: bool) {
        if !self.names("Decide", connection) {
            return;
        }
        if !again {
            self.check_connect(connection);
        }
        self.parked.insert(request, Parked { connection, again });
        let delay = if self.calm {
            0
        } else {
            self.random.pick(&[0, 0, 1, 50, 12_000])
        };
        self.agenda
            .plan(self.now + delay, Happening::Decided(request));
    }

    /// The fields of a CONNECT are what its client has sent.
    fn check_connect(&mut self, id: ConnectionId) {
        let Some(client) = self
            .links
            .get(&id)
            .filter(|link| !link.abandoned)
            .map(|link| link.client)
        else {
            return;
        };
        let terms = self.clients[client].terms.clone();
        let name = if terms.anonymous {
            String::new()
        } else {
            self.clients[client].name.clone()
        };
        let same = self.engine.connect(id, |connect| {
            connect.client_id == name
                && connect.version == terms.version
                && connect.clean_start == terms.clean_start
                && connect.will.is_some() == terms.will.is_some()
        });
        self.oracle.require(same == Some(true), || {
            format!("the CONNECT of {name} is not what was sent")
        });
    }

    /// Identity answers.
    pub(crate) fn decide(&mut self, request: u32) {
        let Some(parked) = self.parked.remove(&request) else {
            return;
        };
        self.last_decided = request;
        let refuses = !self.calm && self.random.percent(self.profile.refusals);
        if !refuses {
            return self.accept(request, parked.connection, parked.again);
        }
        let reason = if parked.again {
            ReasonCode::NOT_AUTHORIZED
        } else {
            self.random.pick(&REFUSALS)
        };
        self.input(|engine, now| engine.decided(request, Decision::Refused(reason), now));
    }

    fn published(&mut self, request: u32, reason: ReasonCode) {
        match self.requests.remove(&request) {
            Some(message) => {
                self.oracle.coverage.reason("Result", reason.0);
                self.oracle.answered(message, reason.0);
            }
            None => self.oracle.violate(format!(
                "a result comes for request {request}, which is not open"
            )),
        }
    }

    fn batch(&mut self, sequence: u64) {
        self.begun += 1;
        if let Err(fault) = self.store.take(sequence, self.engine.journal_batch()) {
            return self.oracle.violate(fault);
        }
        self.trace(|| format!("      {:?}", self.store.told()));
        let slow = self.profile.slow_store && !self.calm;
        let delay = if slow {
            self.random.pick(&[0, 1, 30, 400])
        } else {
            0
        };
        let fails = slow && self.random.percent(2);
        let delay = if fails { 3000 } else { delay };
        if fails {
            self.agenda.plan(self.now, Happening::Degrade);
        }
        self.agenda
            .plan(self.now + delay, Happening::Committed(sequence));
    }

    /// The store has made a batch durable; or says so, where that bug is planted.
    pub(crate) fn commit(&mut self, sequence: u64) {
        if self.saboteur.strikes(Sabotage::Lie, 1) {
            self.input(|engine, now| engine.committed(sequence, now));
            self.input(|engine, now| engine.flush(now));
        }
        let owed = match self.store.commit() {
            Ok(owed) => owed,
            Err(fault) => return self.oracle.violate(fault),
        };
        for message in owed {
            let early = self
                .store
                .acknowledged_at(message)
                .filter(|durable| *durable < sequence);
            let once = self.oracle.messages[message].transmissions == 1
                && !self.oracle.messages[message].retain;
            self.oracle.require(early.is_none() || !once, || format!("message {message} was acknowledged before batch {sequence} that holds it was durable"));
        }
        self.oracle.coverage.count("batch committed");
        if std::mem::take(&mut self.degraded) {
            self.input(|engine, now| engine.degrade(false, now));
        }
        self.input(|engine, now| engine.committed(sequence, now));
    }

    fn wanted(&mut self, body: u64) {
        self.oracle.coverage.count("body loaded");
        let known = self.store.body(body).is_some();
        self.oracle.require(known, || {
            format!("body {body} is asked for, which the store never got")
        });
        let delay = if self.calm {
            0
        } else {
            self.random.pick(&[0, 1, 100, 2000])
        };
        self.agenda.plan(self.now + delay, Happening::Loaded(body));
    }

    /// The store brings a body back, or has lost it.
    pub(crate) fn load(&mut self, body: u64) {
        let loses = self.profile.forgetful_store && self.random.percent(20);
        if loses {
            self.oracle.coverage.count("body lost");
        }
        let contents = self.store.body(body).filter(|_| !loses).map(<[u8]>::to_vec);
        self.input(|engine, now| engine.loaded(body, contents.as_deref(), now));
    }

    fn told(&mut self, event: &Event) {
        if event.detail == "keep alive timeout" {
            self.check_silence(event);
        }
        self.check_decided(event);
        self.check_lost(event);
        if event.kind == EventKind::Disconnected {
            self.tempt_fate();
        }
        if event.kind != EventKind::Connected {
            return self.oracle.told(event);
        }
        let Some(id) = self.addresses.get(&*event.address).copied() else {
            return self.oracle.violate(format!(
                "{} connects from {}, where nobody is",
                event.client_id, event.address
            ));
        };
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let terms = &link.terms;
        let maximum =
            u32::try_from(self.profile.limits.session_expiry_seconds_max).unwrap_or(u32::MAX);
        let admitted = &link.admitted;
        let beginning = Beginning {
            owner: admitted.owner.clone(),
            principal: admitted.principal.clone(),
            held: admitted.held,
            expiry: terms.expiry.min(maximum).min(admitted.expiry_max),
            will: terms.will.map(|will| (will.message, will.delay)),
            noisy: terms.noisy,
        };
        link.expiry = beginning.expiry;
        let capped = beginning.expiry < terms.expiry.min(maximum);
        let key = self.oracle.connected(event, beginning);
        link.session = Some(key);
        link.since = self.oracle.step;
        link.nth = self.oracle.sessions[key].connections;
        self.lost.remove(&key);
        self.oracle
            .coverage
            .add("expiry capped by the host", u64::from(capped));
    }

    /// A connection ends for its silence only after one and a half times its keep alive (v5 [MQTT-3.1.2-22]).
    fn check_silence(&mut self, event: &Event) {
        let link = self
            .addresses
            .get(&*event.address)
            .and_then(|id| self.links.get(id));
        let Some(link) = link else { return };
        let limit = self.profile.limits.keep_alive_seconds_max;
        let (silent, allowed) = (self.now - link.heard_at, link.terms.silence(limit));
        self.oracle.require(allowed > 0 && silent >= allowed, || {
            format!("a connection ends after {silent} ms of silence where {allowed} are allowed")
        });
    }

    /// The host does something of its own accord.
    pub(crate) fn host(&mut self) {
        if self.calm {
            return;
        }
        match self.random.below(12) {
            6 => self.disconnect_somebody(),
            7 => self.end_somebody(),
            2..=5 | 8 | 9 if self.profile.restricted => self.change_rights(),
            0..=5 => self.publish(),
            _ => {}
        }
        let delay = self.random.between(300, 4000);
        self.agenda.plan(self.now + delay, Happening::Host);
    }

    fn publish(&mut self) {
        let limits = &self.profile.limits;
        let qos_max = u8::try_from(limits.qos_max).unwrap_or(2);
        let random = &mut self.random;
        let message = Message {
            author: Author::Host,
            version: Version::V5,
            mixed: false,
            topic: random.pick(&["t/0", "t/1", "s/0/q", "r/1"]).to_owned(),
            qos: QoS::from_bits(random.pick(&[0, 1, 2]).min(qos_max)).unwrap_or_default(),
            retain: limits.retain_available != 0 && random.percent(20),
            payload_bytes: 10 + random.index(100),
            expiry: random.percent(15).then(|| random.pick(&[1, 10])),
            forwarded: Forwarded::draw(random),
            sent: None,
            transmissions: 0,
            settled: None,
            accepted: false,
            over: None,
            connection: None,
            session: None,
        };
        let (qos, retain, topic) = (message.qos, message.retain, message.topic.clone());
        let mut properties = message.forwarded.list();
        properties.extend(message.expiry.map(Property::MessageExpiryInterval));
        let id = self.oracle.announce(message);
        let payload = self.oracle.messages[id].payload(id);
        let packet_id = (qos != QoS::AtMostOnce).then_some(PacketId::MIN);
        let mut packet = Vec::new();
        Publish {
            dup: false,
            qos,
            retain,
            packet_id,
            topic: &topic,
            properties: &properties,
            payload: &payload,
        }
        .write(Version::V5, &mut packet);
        self.last_request += 1;
        let request = self.last_request;
        self.requests.insert(request, id);
        self.oracle.sent(id);
        self.oracle.coverage.count("host publish");
        self.input(|engine, now| engine.publish(request, &packet, &Grants::default(), now));
    }

    pub(crate) fn somebody(&mut self) -> String {
        let index = self.random.index(self.clients.len());
        self.clients[index].name.clone()
    }

    fn disconnect_somebody(&mut self) {
        let name = self.somebody();
        self.input(|engine, now| engine.disconnect(&name, ReasonCode::ADMINISTRATIVE_ACTION, now));
    }

    fn end_somebody(&mut self) {
        let name = self.somebody();
        self.oracle.operator_ended.insert(name.clone());
        self.input(|engine, now| {
            engine.end_session_of(&name, ReasonCode::ADMINISTRATIVE_ACTION, now)
        });
    }

    /// Inputs that name what is long gone change nothing.
    pub(crate) fn stray(&mut self) {
        let delay = self.random.between(200, 2000);
        self.agenda.plan(self.now + delay, Happening::Stray);
        let Some(id) = self
            .stale
            .last()
            .copied()
            .filter(|_| !self.calm && !self.more)
        else {
            return;
        };
        self.oracle.coverage.count("stale generation");
        let before = (self.engine.gauges(), self.links.len());
        let parked = self.last_decided;
        match self.random.below(6) {
            0 => self.input(|engine, now| engine.filled(id, 5, now)),
            1 => self.input(|engine, now| engine.written(id, 5, now)),
            2 => self.input(|engine, now| engine.closed(id, now)),
            3 => self.input(|engine, now| engine.released(id, now)),
            4 => self.input(|engine, now| {
                engine.decided(parked, Decision::Accepted(Admission::default()), now)
            }),
            _ => self.input(|engine, now| engine.committed(u64::MAX, now)),
        }
        let after = self.engine.gauges();
        let same = before.0.connections_open == after.connections_open
            && before.0.clients_connected == after.clients_connected;
        self.oracle.require(same, || {
            format!(
                "an input that names what is gone changes {:?} to {after:?}",
                before.0
            )
        });
    }
}
