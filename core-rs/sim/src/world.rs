//! A world: the engine, its clients, links and store, and virtual time.

use std::collections::{BTreeMap, BTreeSet};

use engine::{ConnectionId, Drop, Engine, Output};

use crate::access::Deciding;
use crate::agenda::{Agenda, Happening};
use crate::client::{Client, Scene};
use crate::link::{Link, Pace};
use crate::message::MessageId;
use crate::oracle::{Oracle, SessionKey};
use crate::profile::Profile;
use crate::random::Random;
use crate::report::Report;
use crate::sabotage::{Sabotage, Saboteur};
use crate::store::Store;

/// A decision that the engine waits for.
#[derive(Clone, Copy, Debug)]
pub struct Parked {
    /// Whose.
    pub connection: ConnectionId,
    /// Whether it is a re-authentication.
    pub again: bool,
}

/// Everything that there is.
pub struct World {
    pub(crate) seed: u64,
    /// Virtual milliseconds.
    pub(crate) now: u64,
    pub(crate) random: Random,
    pub(crate) profile: Profile,
    pub(crate) engine: Engine,
    pub(crate) agenda: Agenda,
    pub(crate) links: BTreeMap<ConnectionId, Link>,
    /// The connection that is being opened, whose name is told with the first loan.
    pub(crate) opening: Option<Link>,
    pub(crate) clients: Vec<Client>,
    pub(crate) oracle: Oracle,
    pub(crate) store: Store,
    pub(crate) saboteur: Saboteur,
    pub(crate) outputs: Vec<Output>,
    /// The connection of each address; every connection has its own.
    pub(crate) addresses: BTreeMap<String, ConnectionId>,
    pub(crate) parked: BTreeMap<u32, Parked>,
    /// The last decision that was given.
    pub(crate) last_decided: u32,
    /// Messages that the host has published, by the number of the request.
    pub(crate) requests: BTreeMap<u32, MessageId>,
    pub(crate) last_request: u32,
    /// Connections that are released: their names are stale.
    pub(crate) stale: Vec<ConnectionId>,
    /// Whether the engine has said that work is left.
    pub(crate) more: bool,
    pub(crate) turn_planned: bool,
    /// Whether the present input is what a turn does anyway.
    pub(crate) in_turn: bool,
    /// Writes and batches that the engine has begun.
    pub(crate) begun: u64,
    /// The next deadline that the engine has asked for.
    pub(crate) wake: Option<u64>,
    /// Whether acknowledgements of a client are planned.
    pub(crate) acknowledging: Vec<bool>,
    pub(crate) calm: bool,
    /// Whether the broker is being stopped, which ends all connections in one input.
    pub(crate) shutting_down: bool,
    /// Messages that engines before the present one have dropped, by session and in all.
    pub(crate) dropped: BTreeMap<SessionKey, Vec<(Drop, u32)>>,
    pub(crate) dropped_in_all: u64,
    /// The CONNECT that is being accepted.
    pub(crate) deciding: Option<Deciding>,
    /// Whether rights have changed since the engine last had no work left.
    pub(crate) rights_changed: bool,
    /// Whether sessions that the store has kept are given rights again.
    pub(crate) taking_up: bool,
    /// Sessions that have to lose their connection for it, with its number; and how many UNSUBSCRIBEs there were then.
    pub(crate) losing: Vec<(SessionKey, u32)>,
    pub(crate) losing_unsubscribes: u64,
    /// Sessions that may lose their connection for it.
    pub(crate) lost: BTreeSet<SessionKey>,
    /// Turns after which the broker dies.
    pub(crate) turns_left: Option<u32>,
    /// Whether the store has refused to work.
    pub(crate) degraded: bool,
    /// Whether everything that happens is written to stderr.
    pub(crate) traced: bool,
}

/// Milliseconds from the beginning of Unix time to that of a world.
pub const WALL_OFFSET: i64 = 1_700_000_000_000;

/// An engine that nobody has told anything.
pub fn new_engine(profile: &Profile, random: &mut Random) -> Engine {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&random.next().to_le_bytes());
    Engine::new(profile.limits.clone(), key, "sim")
}

impl World {
    /// The world of a seed, in which nothing has happened.
    pub fn new(seed: u64, bug: Sabotage) -> Self {
        let mut random = Random::new(seed);
        let profile = Profile::draw(&mut random);
        let mut world = Self {
            seed,
            now: 0,
            engine: new_engine(&profile, &mut random),
            agenda: Agenda::default(),
            links: BTreeMap::new(),
            opening: None,
            clients: (0..profile.clients).map(Client::new).collect(),
            oracle: Oracle::new(&profile),
            store: Store::default(),
            saboteur: Saboteur::new(bug),
            outputs: Vec::new(),
            addresses: BTreeMap::new(),
            parked: BTreeMap::new(),
            last_decided: u32::MAX,
            requests: BTreeMap::new(),
            last_request: 0,
            stale: Vec::new(),
            more: false,
            turn_planned: false,
            in_turn: false,
            begun: 0,
            wake: None,
            acknowledging: vec![false; profile.clients],
            calm: false,
            shutting_down: false,
            dropped: BTreeMap::new(),
            dropped_in_all: 0,
            turns_left: None,
            deciding: None,
            rights_changed: false,
            taking_up: false,
            losing: Vec::new(),
            losing_unsubscribes: 0,
            lost: BTreeSet::new(),
            degraded: false,
            traced: false,
            random,
            profile,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        self.start_engine();
        for index in 0..self.clients.len() {
            let at = self.random.below(500);
            self.agenda.plan(at, Happening::Act(index));
        }
        self.agenda.plan(1000, Happening::Host);
        self.agenda.plan(700, Happening::Stray);
        if self.profile.crashes {
            self.plan_crash();
        }
        self.carry_out();
        self.plan_turn();
    }

    /// What a host tells an engine that is new.
    pub(crate) fn start_engine(&mut self) {
        self.engine.listen(u8::MAX);
        self.engine.wall(WALL_OFFSET);
        if self.profile.restricted {
            self.permit_all(false);
        }
    }

    /// Lets `steps` things happen, then lets the world calm down and checks what must be true at the end.
    pub fn run(mut self, steps: u64, traced: bool) -> Report {
        self.traced = traced;
        self.trace(|| format!("{:#?}", self.profile));
        for _ in 0..steps {
            if self.oracle.violation.is_some() || !self.step() {
                break;
            }
        }
        if self.oracle.violation.is_none() {
            self.finish();
        }
        self.collect_counters();
        Report {
            seed: self.seed,
            steps: self.oracle.step,
            violation: self.oracle.violation,
            coverage: self.oracle.coverage,
        }
    }

    /// Lets the next thing happen; false if nothing is planned.
    pub(crate) fn step(&mut self) -> bool {
        let Some((at, happening)) = self.agenda.next() else {
            return false;
        };
        self.now = self.now.max(at);
        self.oracle.now = self.now;
        self.trace(|| format!("{happening:?}"));
        match happening {
            Happening::Act(index) => self.act(index),
            Happening::Acknowledge(index) => self.acknowledge(index),
            Happening::Read(id) => self.read(id),
            Happening::Write(id) => self.write(id),
            Happening::Receive(id) => self.receive(id),
            Happening::Closed(id) => self.close(id),
            Happening::Released(id) => self.release(id),
            Happening::Decided(request) => self.decide(request),
            Happening::Tick => self.tick(),
            Happening::Turn => {
                self.turn();
                self.count_turn();
            }
            Happening::Committed(sequence) => self.commit(sequence),
            Happening::Loaded(body) => self.load(body),
            Happening::Host => self.host(),
            Happening::Stray => self.stray(),
            Happening::Crash => self.crash(),
            Happening::Degrade => self.degrade(),
        }
        true
    }

    /// Gives the engine an input, checks what must always hold, and carries out what it says.
    pub(crate) fn input<R>(&mut self, act: impl FnOnce(&mut Engine, u64) -> R) -> R {
        self.oracle.step += 1;
        let before = self.engine.counters().messages_sent;
        let result = act(&mut self.engine, self.now);
        self.check_invariants(before);
        self.carry_out();
        let fired = self.engine.counters().wills_fired;
        let quiet = !self.more && self.wake.is_none_or(|at| at > self.now);
        self.oracle.check_wills(fired, quiet);
        if quiet {
            self.check_rights();
        }
        if self.more || !self.in_turn {
            self.plan_turn();
        }
        result
    }

    pub(crate) fn plan_turn(&mut self) {
        if !std::mem::replace(&mut self.turn_planned, true) {
            let delay = if self.calm {
                0
            } else {
                self.random.pick(&[0, 0, 1])
            };
            self.agenda.plan(self.now + delay, Happening::Turn);
        }
    }

    /// Ends a turn: goes on with what was left, and begins the writes. Sometimes what was left waits for the next turn.
    fn turn(&mut self) {
        self.turn_planned = false;
        self.in_turn = true;
        if self.more && !self.calm && self.random.percent(30) {
            self.input(|engine, now| engine.flush(now));
            self.in_turn = false;
            return;
        }
        if std::mem::take(&mut self.more) {
            self.input(|engine, now| engine.resume(now));
        }
        self.input(|engine, now| engine.flush(now));
        if !self.more {
            let begun = self.begun;
            self.input(|engine, now| engine.flush(now));
            self.oracle.require(self.begun == begun, || {
                "a turn ends and leaves something to begin, without asking for another".to_owned()
            });
        }
        self.in_turn = false;
    }

    fn tick(&mut self) {
        if self.wake.is_some_and(|at| at <= self.now) {
            self.wake = None;
            self.input(|engine, now| engine.tick(now));
        }
    }

    /// Writes what happens to stderr, if somebody wants to read it.
    pub(crate) fn trace(&self, what: impl FnOnce() -> String) {
        if self.traced {
            eprintln!("{:>7} {:>8} {}", self.oracle.step, self.now, what());
        }
    }

    /// A client, and what surrounds it.
    pub(crate) fn scene(&mut self, index: usize) -> (&mut Client, Scene<'_>) {
        let scene = Scene {
            random: &mut self.random,
            oracle: &mut self.oracle,
            profile: &self.profile,
            calm: self.calm,
        };
        (&mut self.clients[index], scene)
    }

    /// How fast a new connection is.
    pub(crate) fn draw_pace(&mut self) -> Pace {
        if self.profile.rough && !self.calm {
            Pace::draw(&mut self.random)
        } else {
            Pace::CALM
        }
    }
}
