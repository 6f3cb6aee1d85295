//! The end of a world: it calms down, everybody gets what is due, and nothing is left behind.

use std::collections::BTreeMap;

use engine::Drop;
use packet::ReasonCode;
use packet::client::{Connect, ServerPacket, Subscribe, decode_server};
use packet::{PacketId, QoS, Split, Subscription, SubscriptionOptions, Version, split};

use crate::agenda::Happening;
use crate::client::Phase;
use crate::link::Pace;
use crate::message::{MessageId, named_by};
use crate::oracle::SessionKey;
use crate::world::World;

/// Virtual milliseconds within which a calm world must come to rest.
const REST_WITHIN: u64 = 120_000;
/// Happenings after which a calm world is taken to be busy for ever.
const BUSY_MAX: u64 = 60_000;

impl World {
    /// Lets the world come to rest and checks what must be true then.
    pub(crate) fn finish(&mut self) {
        self.calm_down();
        if self.oracle.violation.is_none() && !self.profile.noise {
            self.check_missing();
            self.check_principals();
        }
        if self.oracle.violation.is_none() {
            self.take_down();
        }
        if self.oracle.violation.is_none() && !self.profile.noise {
            self.audit();
        }
        self.check_left_over();
    }

    fn calm_down(&mut self) {
        self.calm = true;
        if self.profile.restricted {
            self.permit_all(true);
        }
        for link in self.links.values_mut() {
            link.pace = Pace::CALM;
        }
        self.agenda.cancel_acts();
        for index in 0..self.clients.len() {
            let terms = &self.clients[index].terms;
            if terms.anonymous || terms.mute {
                self.hang_up(index);
            }
            self.agenda.plan(self.now, Happening::Act(index));
        }
        let (end, mut happenings) = (self.now + REST_WITHIN, 0);
        let mut waits = "it is always busy".to_owned();
        while self.oracle.violation.is_none() {
            if !self.more && !self.agenda.busy() {
                waits = self.who_waits();
                if waits.is_empty() {
                    return;
                }
            }
            happenings += 1;
            if self.now > end || happenings > BUSY_MAX || !self.step() {
                let gauges = self.engine.gauges();
                return self.oracle.violate(format!(
                    "the world does not come to rest: {waits}; {gauges:?}"
                ));
            }
        }
    }

    /// Who waits for something, or has a session and is not there; empty if nobody.
    fn who_waits(&self) -> String {
        for (index, client) in self.clients.iter().enumerate() {
            if client.terms.noisy {
                continue;
            }
            let unknown = !matches!(client.phase, Phase::Away | Phase::Live);
            if unknown || client.phase == Phase::Live && !client.at_rest() {
                return format!("client {index} waits: {}", client.waits_for());
            }
            let session = self
                .oracle
                .current
                .get(&client.name)
                .map(|key| &self.oracle.sessions[*key]);
            let limits = &self.profile.limits;
            let room = limits.connections_max as usize > self.clients.len()
                && self.engine.gauges().memory_used_bytes < limits.memory_soft_bytes;
            if session.is_some_and(|session| {
                room && !session.noisy && (!session.attached || client.phase != Phase::Live)
            }) {
                return format!("client {index} does not come back: {}", client.waits_for());
            }
            let view = self.engine.session(&client.name);
            if let Some(view) = view.filter(|view| {
                view.connected() && view.queued + view.in_flight > 0 && !client.terms.noisy
            }) {
                return format!(
                    "session {index} has {} queued and {} in flight; {}",
                    view.queued,
                    view.in_flight,
                    client.waits_for()
                );
            }
        }
        String::new()
    }

    /// What a session should have got and has not must have been counted as dropped.
    fn check_missing(&mut self) {
        let alive: Vec<usize> = self
            .oracle
            .current
            .values()
            .copied()
            .filter(|key| self.oracle.sessions[*key].attached && !self.oracle.sessions[*key].noisy)
            .collect();
        for key in alive {
            self.check_missing_of(key);
        }
        self.check_missing_shared();
    }

    fn check_missing_of(&mut self, key: SessionKey) {
        let missing = self.oracle.missing(key);
        let name = self.oracle.sessions[key].client_id.clone();
        let immortal = [
            Drop::QueueFull,
            Drop::TooLarge,
            Drop::NotAllowed,
            Drop::Lost,
        ];
        let dropped = self.dropped_of(key, &immortal);
        let expired = self.dropped_of(key, &[Drop::Expired]);
        let lives = |id: &&MessageId| self.oracle.messages[**id].expiry.is_none();
        let living = missing.iter().filter(lives).count();
        let first = missing
            .first()
            .map(|id| format!("{:?}", self.oracle.messages[*id]));
        self.oracle
            .coverage
            .add("missing and counted", missing.len() as u64);
        self.oracle.require(missing.len() <= dropped + expired && living <= dropped, || {
            format!("session {name} has not got {missing:?}, and only {dropped} dropped and {expired} expired are counted: {first:?}")
        });
    }

    fn check_missing_shared(&mut self) {
        let missing = self.oracle.missing_shared();
        let dropped = self.dropped_in_all + self.dropped_so_far();
        self.oracle.require(missing.len() as u64 <= dropped, || {
            format!(
                "share groups have not got {missing:?}, and only {dropped} messages were dropped"
            )
        });
    }

    /// Stops the broker, and ends what sessions are left.
    fn take_down(&mut self) {
        self.shutting_down = true;
        self.oracle.stop_wills();
        self.input(|engine, now| engine.shutdown(now));
        self.drain(false);
        let names: Vec<String> = self.oracle.current.keys().cloned().collect();
        for name in names {
            self.oracle.operator_ended.insert(name.clone());
            self.input(|engine, now| {
                engine.end_session_of(&name, ReasonCode::ADMINISTRATIVE_ACTION, now)
            });
        }
        self.drain(false);
        let (gauges, sessions) = (self.engine.gauges(), self.oracle.current.len());
        let empty = gauges.connections_open == 0
            && gauges.sessions == 0
            && gauges.subscriptions == 0
            && gauges.share_groups == 0;
        self.oracle.require(empty && sessions == 0, || {
            format!("something is left when everything has ended: {gauges:?}")
        });
        self.oracle
            .require(gauges.messages_stored == gauges.retained_messages, || {
                format!("bodies are left that nobody waits for: {gauges:?}")
            });
    }

    /// Goes on without clients' acts until nothing is planned.
    fn drain(&mut self, acts: bool) {
        let mut happenings = 0;
        while self.oracle.violation.is_none()
            && (self.more || self.agenda.busy())
            && happenings < BUSY_MAX
        {
            happenings += 1;
            if !acts {
                self.agenda.cancel_acts();
            }
            self.step();
        }
    }

    /// A client that subscribes to everything finds what is retained.
    fn audit(&mut self) {
        let limits = &self.profile.limits;
        let cramped =
            limits.retained_messages_max < 100 || limits.retained_message_bytes_max < 10_000;
        if limits.wildcard_available == 0 || limits.retain_available == 0 || cramped {
            return;
        }
        let Some(found) = self.ask_auditor() else {
            return;
        };
        if self.oracle.coverage.of("body lost") > 0 {
            return;
        }
        self.oracle.coverage.count("audit");
        self.oracle.check_retained(&found);
    }

    fn ask_auditor(&mut self) -> Option<BTreeMap<String, MessageId>> {
        let id = self.open(0, "auditor")?;
        let mut packets = Vec::new();
        Connect {
            version: Version::V311,
            clean_start: true,
            keep_alive: 0,
            client_id: "auditor",
            will: None,
            username: None,
            password: None,
            properties: &[],
        }
        .write(&mut packets);
        let subscriptions = [Subscription {
            filter: "#",
            options: SubscriptionOptions {
                qos: QoS::AtMostOnce,
                ..SubscriptionOptions::default()
            },
        }];
        Subscribe {
            packet_id: PacketId::MIN,
            subscriptions: &subscriptions,
            properties: &[],
        }
        .write(Version::V311, &mut packets);
        let link = self.links.get_mut(&id)?;
        link.abandoned = true;
        link.auditor = true;
        link.pace = Pace::CALM;
        link.terms.version = Version::V311;
        link.to_server.extend(packets);
        self.plan_read(id);
        self.drain(false);
        let heard = self
            .links
            .get_mut(&id)
            .map(|link| std::mem::take(&mut link.to_client))
            .unwrap_or_default();
        self.agenda.plan(self.now, Happening::Closed(id));
        self.drain(false);
        self.understand(&heard)
    }

    /// What the auditor was sent; none if it was not let in, or may not subscribe to everything.
    fn understand(&mut self, heard: &[u8]) -> Option<BTreeMap<String, MessageId>> {
        let mut found = BTreeMap::new();
        let mut subscribed = false;
        let mut rest = heard;
        while let Ok(Split::Whole { frame, total }) = split(rest) {
            match decode_server(Version::V311, frame) {
                Ok(ServerPacket::Suback(suback)) => subscribed = suback.reasons == [0],
                Ok(ServerPacket::Publish(publish)) => {
                    self.oracle.require(publish.retain, || {
                        "a retained message comes without RETAIN".to_owned()
                    });
                    let twice = named_by(publish.payload).is_some_and(|message| {
                        found.insert(publish.topic.to_owned(), message).is_some()
                    });
                    self.oracle.require(!twice, || {
                        format!("what is retained on {} comes twice", publish.topic)
                    });
                }
                Ok(_) => {}
                Err(error) => self
                    .oracle
                    .violate(format!("a malformed packet comes: {error}")),
            }
            rest = rest.split_at(total).1;
        }
        subscribed.then_some(found)
    }

    fn check_left_over(&mut self) {
        let gauges = self.engine.gauges();
        self.oracle.require(
            self.oracle.violation.is_some() || gauges.connections_open == 0,
            || format!("connections are left: {gauges:?}"),
        );
    }

    /// Adds what the engine itself counted.
    pub(crate) fn collect_counters(&mut self) {
        let counters = self.engine.counters().clone();
        for (name, count) in counters.each() {
            self.oracle.coverage.add(&format!("engine {name}"), count);
        }
        let policy = ["refuse-new", "drop-oldest", "end-session"][usize::try_from(
            self.profile.limits.queue_policy,
        )
        .unwrap_or(0)
        .min(2)];
        self.oracle.coverage.add(
            &format!("queue full: {policy}"),
            counters.dropped_queue_full,
        );
    }
}
