//! 100,000 connected clients whose rights change at once, and a steady publisher who is not to notice.
//!
//! Time is counted in turns of the host: some inputs, one flush, and every write done before the next turn. What a turn
//! may do is bounded, and a message that is published in a turn arrives in the same one.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Admission, ConnectionId, Decision, Engine, Grants, Limits, Output};
use packet::client::{Connect, Publish, ServerPacket, Subscribe, decode_server};
use packet::{PacketId, QoS, ReasonCode, Split, Subscription, SubscriptionOptions, Version, split};

const MEMBERS: usize = 100_000;
/// Sessions that the host regrants in one turn.
const REGRANTS: usize = 32;
/// Clients that a turn may say good-bye to: half of the writes that it begins.
const DISCONNECTS_MAX: usize = 32;
/// The permission set of the publisher and its subscriber.
const STEADY: u32 = 1;
/// That of the members.
const BEFORE: u32 = 2;
/// That which members are regranted.
const AFTER: u32 = 3;

const NOW: u64 = 1;

struct Crowd {
    engine: Engine,
    /// By the order in which they came; the last two are the publisher and its subscriber.
    connections: Vec<ConnectionId>,
    /// The same the other way round, by slot: here none is used twice.
    numbers: BTreeMap<u32, usize>,
    /// Members that were told why they have to go.
    disconnected: BTreeSet<usize>,
    disconnected_in_turn: usize,
    delivered: u64,
    more: bool,
}

#[test]
fn a_set_that_loses_a_template_holds_nobody_up() {
    let mut crowd = Crowd::gather();
    crowd.permit(BEFORE, &["own/${client.authenticationName}/#"]);
    let turns = crowd.calm_down();
    crowd.check_who_went();
    assert!(turns > MEMBERS / 2 / DISCONNECTS_MAX, "{turns} turns");
}

#[test]
fn sessions_that_are_regranted_one_by_one_hold_nobody_up() {
    let mut crowd = Crowd::gather();
    crowd.permit(AFTER, &["own/${client.authenticationName}/#"]);
    for first in (0..MEMBERS).step_by(REGRANTS) {
        for member in first..(first + REGRANTS).min(MEMBERS) {
            crowd
                .engine
                .regrant(&name(member), grants(AFTER, member), NOW);
        }
        crowd.steady_turn();
    }
    crowd.calm_down();
    crowd.check_who_went();
}

#[test]
fn what_is_granted_to_all_disconnects_nobody() {
    let mut crowd = Crowd::gather();
    let templates = ["own/${client.authenticationName}/#", "all/#", "more/#"];
    crowd.permit(BEFORE, &templates);
    crowd.calm_down();
    assert!(crowd.disconnected.is_empty());
    assert_eq!(crowd.engine.gauges().subscriptions as usize, MEMBERS + 1);
}

impl Crowd {
    /// Connects everybody. Members of even numbers subscribe to what they share, the others to what is their own.
    fn gather() -> Self {
        let limits = Limits {
            connections_max: MEMBERS as u64 + 2,
            sys_interval_seconds: 0,
            ..Limits::default()
        };
        let mut crowd = Self {
            engine: Engine::new(limits, [7; 32], "crowd"),
            connections: Vec::new(),
            numbers: BTreeMap::new(),
            disconnected: BTreeSet::new(),
            disconnected_in_turn: 0,
            delivered: 0,
            more: false,
        };
        crowd.permit(STEADY, &["steady"]);
        crowd.permit(BEFORE, &["own/${client.authenticationName}/#", "all/#"]);
        for member in 0..MEMBERS {
            let filter = match member % 2 {
                0 => "all/+".to_owned(),
                _ => format!("own/{}/+", name(member)),
            };
            crowd.join(member, BEFORE, &filter);
        }
        crowd.join(MEMBERS, STEADY, "steady");
        crowd.join(MEMBERS + 1, STEADY, "steady");
        crowd.turn();
        assert_eq!(crowd.delivered, 0);
        crowd
    }

    fn join(&mut self, number: usize, set: u32, filter: &str) {
        let id = self.engine.open("127.0.0.1", NOW).expect("there is room");
        self.connections.push(id);
        self.numbers.insert(id.slot, number);
        let mut connect = Vec::new();
        Connect {
            version: Version::V5,
            clean_start: true,
            keep_alive: 0,
            client_id: &name(number),
            will: None,
            username: None,
            password: None,
            properties: &[],
        }
        .write(&mut connect);
        self.say(number, &connect);
        self.admit(Admission {
            grants: grants(set, number),
            owner: name(number).into(),
            ..Admission::default()
        });
        if number == MEMBERS {
            return self.turn();
        }
        let mut subscribe = Vec::new();
        Subscribe {
            packet_id: PacketId::new(1).expect("not 0"),
            subscriptions: &[Subscription {
                filter,
                options: SubscriptionOptions::default(),
            }],
            properties: &[],
        }
        .write(Version::V5, &mut subscribe);
        self.turn();
        self.say(number, &subscribe);
        self.turn();
    }

    fn admit(&mut self, admission: Admission) {
        let mut outputs = Vec::new();
        self.engine.take_outputs(&mut outputs);
        for output in outputs {
            if let Output::Decide { request, .. } = output {
                let decision = Decision::Accepted(admission.clone());
                self.engine.decided(request, decision, NOW);
            }
        }
    }

    fn permit(&mut self, set: u32, templates: &[&str]) {
        self.engine
            .set_permissions(set, templates, templates, NOW)
            .expect("they are templates");
    }

    fn say(&mut self, number: usize, bytes: &[u8]) {
        let id = self.connections[number];
        self.engine.inbox(id)[..bytes.len()].copy_from_slice(bytes);
        self.engine.filled(id, bytes.len(), NOW);
    }

    /// The publisher says something, the engine goes on with what it has put off, and the subscriber has it.
    fn steady_turn(&mut self) {
        let mut publish = Vec::new();
        Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            packet_id: None,
            topic: "steady",
            properties: &[],
            payload: b"tick",
        }
        .write(Version::V5, &mut publish);
        let before = self.delivered;
        if std::mem::take(&mut self.more) {
            self.engine.resume(NOW);
        }
        self.say(MEMBERS, &publish);
        self.turn();
        assert_eq!(self.delivered, before + 1, "the message of this turn");
        let disconnected = std::mem::take(&mut self.disconnected_in_turn);
        assert!(
            disconnected <= DISCONNECTS_MAX,
            "{disconnected} in one turn"
        );
    }

    /// Turns until the engine has nothing left to do; how many.
    fn calm_down(&mut self) -> usize {
        for turns in 1.. {
            self.steady_turn();
            if !self.more {
                return turns;
            }
        }
        unreachable!("it ends")
    }

    /// Flushes, and carries out what comes of it.
    fn turn(&mut self) {
        self.engine.flush(NOW);
        let mut outputs = Vec::new();
        self.engine.take_outputs(&mut outputs);
        while !outputs.is_empty() {
            for output in std::mem::take(&mut outputs) {
                match output {
                    Output::Send { connection } => self.write(connection),
                    Output::Close { connection, .. } => {
                        self.engine.closed(connection, NOW);
                        self.engine.released(connection, NOW);
                    }
                    Output::More => self.more = true,
                    _ => {}
                }
            }
            self.engine.take_outputs(&mut outputs);
        }
    }

    fn write(&mut self, id: ConnectionId) {
        let bytes = self.engine.outbox(id).to_vec();
        let mut rest = &bytes[..];
        while let Ok(Split::Whole { frame, total }) = split(rest) {
            match decode_server(Version::V5, frame) {
                Ok(ServerPacket::Publish(_)) => self.delivered += 1,
                Ok(ServerPacket::Disconnect(disconnect)) => {
                    assert_eq!(disconnect.reason, ReasonCode::NOT_AUTHORIZED);
                    self.disconnected_in_turn += 1;
                    self.disconnected.insert(self.numbers[&id.slot]);
                }
                _ => {}
            }
            rest = &rest[total..];
        }
        self.engine.written(id, bytes.len(), NOW);
    }

    /// Exactly those are gone who had subscribed to what nobody may have any more.
    fn check_who_went(&self) {
        let evens: BTreeSet<usize> = (0..MEMBERS).step_by(2).collect();
        assert!(
            self.disconnected == evens,
            "{} went",
            self.disconnected.len()
        );
        assert_eq!(self.engine.gauges().subscriptions as usize, MEMBERS / 2 + 1);
    }
}

fn name(number: usize) -> String {
    format!("client-{number}")
}

fn grants(set: u32, number: usize) -> Grants {
    let values: Vec<Box<str>> = match set {
        STEADY => Vec::new(),
        _ => vec![name(number).into()],
    };
    Grants {
        set,
        values: values.into(),
    }
}
