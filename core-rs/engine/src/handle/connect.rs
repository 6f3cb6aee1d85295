//! CONNECT: from its bytes through the host's decision to a session.

use packet::{Connack, Connect, Frame, QoS, ReasonCode, Split, Version, split};
use topic::TopicName;

use super::{Fault, Handled};
use crate::admission::Admission;
use crate::budget::Pressure;
use crate::connection::{ConnectionId, NONE, Phase};
use crate::journal::operation::Operation;
use crate::output::EventKind;
use crate::session::{NEVER, Session};
use crate::will::Will;
use crate::{Engine, Output};

/// What the host says of a CONNECT or a re-authentication.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The client is who it says, and is let in on these terms.
    Accepted(Admission),
    /// It is not.
    Refused(ReasonCode),
}

/// As long as every client identifier that is assigned.
const ASSIGNED_EXAMPLE: &str = "auto-00000000000000000000000000000000";

impl Engine {
    /// Checks a CONNECT as far as that needs nobody else, and asks the host to decide.
    pub(super) fn connect_received(
        &mut self,
        slot: u32,
        frame: Frame<'_>,
    ) -> Result<Handled, Fault> {
        let connect = match Connect::decode(frame) {
            Ok(connect) => connect,
            Err(error) => {
                self.refuse_malformed(slot, &error);
                return Ok(Handled::Parked);
            }
        };
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.version = connect.version;
            connection.problem_information = connect.properties.request_problem_information;
            connection.packet_bytes_max = connect
                .properties
                .maximum_packet_size
                .map_or(usize::MAX, |maximum| maximum as usize);
        }
        if let Err(fault) = self.check_connect(&connect) {
            self.refuse_connect(slot, fault);
            return Ok(Handled::Parked);
        }
        self.park(slot, false);
        Ok(Handled::Parked)
    }

    fn refuse_malformed(&mut self, slot: u32, error: &packet::ConnectError) {
        let fault = Fault::new(error.error.reason(), "malformed CONNECT");
        match error.answer_in {
            Some(version) => {
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.version = version;
                }
                self.refuse_connect(slot, fault);
            }
            None => self.abandon(slot, fault),
        }
    }

    fn check_connect(&mut self, connect: &Connect<'_>) -> Result<(), Fault> {
        if !self
            .connect_bucket
            .take(self.limits.connect_rate_per_second_max, self.clock.now())
        {
            return Err(Fault::new(
                ReasonCode::CONNECTION_RATE_EXCEEDED,
                "connection rate exceeded",
            ));
        }
        if self.degraded && connect.session_expiry() > 0 {
            return Err(Fault::new(
                ReasonCode::QUOTA_EXCEEDED,
                "the store cannot keep sessions now",
            ));
        }
        // Whoever comes back takes what waits for him out of memory.
        let known = self.sessions.find(connect.client_id).is_some();
        if self.memory.pressure() == Pressure::Hard && !known {
            return Err(Fault::new(ReasonCode::QUOTA_EXCEEDED, "out of memory"));
        }
        match &connect.will {
            Some(will) => self.check_will(will),
            None => Ok(()),
        }
    }

    fn check_will(&self, will: &packet::Will<'_>) -> Result<(), Fault> {
        if will.qos as u64 > self.limits.qos_max {
            return Err(Fault::new(
                ReasonCode::QOS_NOT_SUPPORTED,
                "QoS of the will not supported",
            ));
        }
        if will.retain && self.limits.retain_available == 0 {
            return Err(Fault::new(
                ReasonCode::RETAIN_NOT_SUPPORTED,
                "retained will not supported",
            ));
        }
        if TopicName::parse(will.topic).is_err() || !self.topic_within_limits(will.topic) {
            return Err(Fault::new(
                ReasonCode::TOPIC_NAME_INVALID,
                "topic of the will invalid",
            ));
        }
        if will.properties.user_property_bytes as u64 > self.limits.user_property_bytes_max {
            return Err(Fault::new(
                ReasonCode::QUOTA_EXCEEDED,
                "user properties of the will too large",
            ));
        }
        Ok(())
    }

    /// Lets a connection wait for a decision. One that is not yet live is not read meanwhile.
    pub(super) fn park(&mut self, slot: u32, again: bool) {
        self.next_request = self.next_request.wrapping_add(1);
        let request = self.next_request;
        let connection = self.connections.id(slot);
        self.requests.insert(request, connection);
        if let Some(parked) = self.connections.get_mut(slot) {
            if again {
                parked.reauthentication = Some(request);
            } else {
                parked.phase = Phase::Parked { request };
            }
        }
        self.outputs.push(Output::Decide {
            request,
            connection,
            again,
        });
    }

    /// The CONNECT that waits in the inbox of a parked connection, for the host to read.
    pub fn connect<R>(
        &mut self,
        id: ConnectionId,
        read: impl FnOnce(&Connect<'_>) -> R,
    ) -> Option<R> {
        let slot = self.connections.find(id)?;
        let connection = self.connections.get_mut(slot)?;
        let unparsed = connection.inbox.take_out();
        let result = match split(unparsed.bytes()) {
            Ok(Split::Whole { frame, .. }) => {
                Connect::decode(frame).ok().map(|connect| read(&connect))
            }
            _ => None,
        };
        connection.inbox.put_back(unparsed);
        result
    }

    /// Carries out what the host decided of a parked CONNECT, and goes on reading.
    pub(crate) fn connect_decided(&mut self, slot: u32, decision: Decision) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        let mut unparsed = connection.inbox.take_out();
        if let Ok(Split::Whole { frame, total }) = split(unparsed.bytes()) {
            if let Ok(connect) = Connect::decode(frame) {
                match decision {
                    Decision::Accepted(admission) => self.accept(slot, &connect, admission),
                    Decision::Refused(reason) => {
                        self.refuse_connect(slot, Fault::new(reason, "refused by identity"))
                    }
                }
            }
            unparsed.consume(total);
        }
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.inbox.put_back(unparsed);
        }
        self.parse(slot);
    }

    /// Opens or resumes the session and says so.
    fn accept(&mut self, slot: u32, connect: &Connect<'_>, admission: Admission) {
        let expiry = self.expiry_agreed(connect.session_expiry(), admission.expiry_seconds_max);
        if let Err(fault) = self.check_admission(connect, &admission, expiry) {
            return self.refuse_connect(slot, fault);
        }
        let assigned = connect
            .client_id
            .is_empty()
            .then(|| self.assign_client_id());
        let client_id = assigned.as_deref().unwrap_or(connect.client_id);
        let resumed = self.take_over(client_id, connect.clean_start);
        if resumed.is_none() && self.sessions.count() as u64 >= self.limits.sessions_max {
            return self.refuse_connect(
                slot,
                Fault::new(ReasonCode::QUOTA_EXCEEDED, "too many sessions"),
            );
        }
        let session = resumed.unwrap_or_else(|| {
            let number = self.next_number(client_id);
            let session = Session::new(client_id, &admission.owner, connect.version, number);
            self.sessions.insert(session)
        });
        self.attach(slot, session, connect, (admission, expiry));
        let promise = self.journal_opened(session, resumed.is_none());
        self.counters.connects_accepted += 1;
        self.counters.sessions_resumed += u64::from(resumed.is_some());
        self.write_connack(
            slot,
            connect,
            (resumed.is_some(), assigned.as_deref(), expiry),
            promise,
        );
        self.tell_session(
            EventKind::Connected,
            session,
            ReasonCode::SUCCESS,
            "connected",
            u64::from(resumed.is_some()),
        );
        self.pump(session);
    }

    /// What the terms of a client's admission refuse, before anything of another session is touched.
    fn check_admission(
        &self,
        connect: &Connect<'_>,
        admission: &Admission,
        expiry: u32,
    ) -> Result<(), Fault> {
        if !self.takes_connack(connect, expiry) {
            return Err(Fault::new(
                ReasonCode::PACKET_TOO_LARGE,
                "CONNACK larger than the client takes",
            ));
        }
        let named = self.sessions.find(connect.client_id);
        if let Some(session) = named.and_then(|slot| self.sessions.get(slot)) {
            return session.check_owner(&admission.owner);
        }
        let most = admission.sessions_max;
        if most > 0 && self.sessions.owned(&admission.owner) >= most {
            return Err(Fault::new(
                ReasonCode::QUOTA_EXCEEDED,
                "too many sessions of this client",
            ));
        }
        Ok(())
    }

    /// Seconds that a session outlives its connection, of those that its client asks for: no more than the broker and
    /// the client's admission allow (v5 3.2.2.3.2).
    pub(super) fn expiry_agreed(&self, asked: u32, admitted: u32) -> u32 {
        let maximum = u32::try_from(self.limits.session_expiry_seconds_max).unwrap_or(NEVER);
        asked.min(maximum).min(admitted)
    }

    /// Ends the connection that a client identifier has, and its session where it does not go on. Gives the
    /// session that does (v5 [MQTT-3.1.4-3], [MQTT-3.1.2-4], [MQTT-3.1.2-5]).
    fn take_over(&mut self, client_id: &str, clean_start: bool) -> Option<u32> {
        let session = self.sessions.find(client_id)?;
        if let Some(old) = self
            .sessions
            .get(session)
            .map(|session| session.connection)
            .filter(|slot| *slot != NONE)
        {
            self.counters.takeovers += 1;
            self.end_connection(
                old,
                Fault::new(ReasonCode::SESSION_TAKEN_OVER, "session taken over"),
            );
        }
        let session = self.sessions.find(client_id)?;
        if clean_start {
            self.end_session(session, ReasonCode::SESSION_TAKEN_OVER, "clean start");
            return None;
        }
        Some(session)
    }

    fn attach(
        &mut self,
        slot: u32,
        session: u32,
        connect: &Connect<'_>,
        (admission, expiry): (Admission, u32),
    ) {
        let now = self.clock.now();
        // It has no connection yet: what it lost while it was away goes without a word.
        self.regrant_session(session, admission.grants);
        let receive_maximum = u64::from(connect.properties.receive_maximum);
        let will = connect
            .will
            .as_ref()
            .map(|will| Box::new(stored_will(will)));
        self.clear_will(session);
        self.journal_forgets(session, expiry);
        self.memory
            .charge(will.as_ref().map_or(0, |will| will.charged()));
        if let Some(session) = self.sessions.get_mut(session) {
            session.connection = slot;
            session.version = connect.version;
            session.expiry = expiry;
            session.window =
                u32::try_from(receive_maximum.min(self.limits.in_flight_max)).unwrap_or(u32::MAX);
            session.will = will;
            session.principal = admission.principal;
        }
        self.attach_connection(slot, session, connect, now);
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.expiry_seconds_max = admission.expiry_seconds_max;
        }
    }

    /// A session that was kept from now on ends with its connection, and a broker that dies takes that along. Until
    /// then the store has what the session is owed.
    fn journal_forgets(&mut self, session: u32, expiry: u32) {
        let kept = self
            .sessions
            .get(session)
            .filter(|target| target.persistent() && expiry == 0);
        if let Some(target) = kept {
            self.journal.record(&Operation::SessionOpened {
                session: target.number,
                client_id: &target.client_id,
                expiry,
                owner: &target.owner,
                principal: &target.principal,
            });
        }
    }

    fn attach_connection(&mut self, slot: u32, session: u32, connect: &Connect<'_>, now: u64) {
        let keep_alive = self.keep_alive_seconds(connect.keep_alive);
        let aliases = connect.properties.topic_alias_maximum;
        let aliases =
            aliases.min(u16::try_from(self.limits.topic_alias_maximum_out).unwrap_or(u16::MAX));
        self.release_pre_auth(slot);
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.phase = Phase::Live;
        connection.session = session;
        connection.keep_alive = u64::from(keep_alive) * 1500;
        connection.heard_at = now;
        connection.authentication_method = connect.properties.authentication_method.map(Into::into);
        connection.aliases_out = crate::connection::alias::OutboundAliases::new(aliases);
        self.watch_keep_alive(slot);
    }

    /// The keep alive that holds: the client's, unless it is none or longer than what we allow.
    fn keep_alive_seconds(&self, asked: u16) -> u16 {
        let maximum = u16::try_from(self.limits.keep_alive_seconds_max).unwrap_or(u16::MAX);
        if maximum < u16::MAX && (asked == 0 || asked > maximum) {
            maximum
        } else {
            asked
        }
    }

    fn write_connack(
        &mut self,
        slot: u32,
        connect: &Connect<'_>,
        answer: (bool, Option<&str>, u32),
        promise: u64,
    ) {
        let bytes = self.connack(connect, answer);
        self.reply_after(slot, &bytes, promise, false);
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.greeted = connection.held.is_empty();
        }
    }

    /// The CONNACK that accepts.
    fn connack(
        &self,
        connect: &Connect<'_>,
        (session_present, assigned, session_expiry): (bool, Option<&str>, u32),
    ) -> Vec<u8> {
        let limits = &self.limits;
        let keep_alive = self.keep_alive_seconds(connect.keep_alive);
        let off = |available: u64| (available == 0).then_some(false);
        let connack = Connack {
            session_present,
            reason: ReasonCode::SUCCESS,
            session_expiry: (session_expiry != connect.session_expiry()).then_some(session_expiry),
            receive_maximum: u16::try_from(limits.receive_maximum)
                .ok()
                .filter(|maximum| *maximum < u16::MAX),
            maximum_qos: QoS::from_bits(u8::try_from(limits.qos_max).unwrap_or(2))
                .filter(|qos| *qos != QoS::ExactlyOnce),
            retain_available: off(limits.retain_available),
            maximum_packet_size: u32::try_from(limits.packet_bytes_max).ok(),
            assigned_client_id: assigned,
            topic_alias_maximum: u16::try_from(limits.topic_alias_maximum)
                .ok()
                .filter(|maximum| *maximum > 0),
            wildcard_subscription_available: off(limits.wildcard_available),
            subscription_identifier_available: off(limits.subscription_identifiers_available),
            shared_subscription_available: off(limits.shared_available),
            server_keep_alive: (keep_alive != connect.keep_alive).then_some(keep_alive),
            authentication_method: connect.properties.authentication_method,
            ..Connack::default()
        };
        let mut bytes = Vec::with_capacity(64);
        let maximum = connect.properties.maximum_packet_size;
        connack.write(
            connect.version,
            maximum.map_or(usize::MAX, |size| size as usize),
            &mut bytes,
        );
        bytes
    }

    /// Whether a client takes a packet as large as the CONNACK that it would get (v5 [MQTT-3.1.2-24]).
    fn takes_connack(&self, connect: &Connect<'_>, expiry: u32) -> bool {
        let Some(maximum) = connect.properties.maximum_packet_size else {
            return true;
        };
        let assigned = connect.client_id.is_empty().then_some(ASSIGNED_EXAMPLE);
        self.connack(connect, (false, assigned, expiry)).len() <= maximum as usize
    }

    /// Answers a CONNECT with a refusal and ends the connection. What the client sends after is ignored.
    pub(crate) fn refuse_connect(&mut self, slot: u32, fault: Fault) {
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        let (version, maximum, words) = (
            connection.version,
            connection.packet_bytes_max,
            connection.problem_information,
        );
        let told = (words && version == Version::V5 && fault.reason != ReasonCode::NOT_AUTHORIZED)
            .then_some(fault.detail);
        let mut bytes = Vec::with_capacity(64);
        Connack {
            reason_string: told,
            ..Connack::refused(fault.reason)
        }
        .write(version, maximum, &mut bytes);
        if !bytes.is_empty() && bytes.len() <= maximum {
            self.reply(slot, &bytes);
        }
        self.counters.connects_refused += 1;
        self.tell_connection(EventKind::Refused, slot, fault);
        self.begin_ending(slot, fault.reason);
    }

    /// Ends a connection that has said nothing an answer could be given to.
    pub(crate) fn abandon(&mut self, slot: u32, fault: Fault) {
        self.counters.connects_refused += 1;
        self.tell_connection(EventKind::Refused, slot, fault);
        self.begin_ending(slot, fault.reason);
    }
}

fn stored_will(will: &packet::Will<'_>) -> Will {
    let mut forwarded = Vec::with_capacity(will.properties.forwarded_len());
    will.properties.write_forwarded(&mut forwarded);
    Will {
        topic: will.topic.into(),
        forwarded: forwarded.into(),
        payload: will.payload.into(),
        qos: will.qos,
        retain: will.retain,
        delay: will.delay,
        message_expiry: will.properties.message_expiry,
    }
}
