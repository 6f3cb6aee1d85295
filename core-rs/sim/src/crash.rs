//! A broker that dies at any moment, and the next one that starts on what the store has.

use std::collections::BTreeMap;

use engine::{ConnectionId, Drop};

use crate::agenda::Happening;
use crate::world::{WALL_OFFSET, World, new_engine};

/// Milliseconds between two marks by which a store tells until when a broker lived.
const MARKS: u64 = 10_000;

impl World {
    /// Plans the next death.
    pub(crate) fn plan_crash(&mut self) {
        let delay = self.random.pick(&[300, 1500, 4000, 15_000]);
        self.agenda.plan(self.now + delay, Happening::Crash);
    }

    /// Kills the broker when its time has come, and plans the death of the next one.
    pub(crate) fn crash(&mut self) {
        if !self.calm {
            self.plan_crash();
            self.die();
        }
    }

    /// Sometimes lets the broker die just when a connection has ended, with whatever that has begun half done.
    pub(crate) fn tempt_fate(&mut self) {
        let often = if self.profile.grim { 40 } else { 8 };
        if self.profile.crashes && !self.calm && self.random.percent(often) {
            self.turns_left = Some(self.random.pick(&[1, 1, 2, 3]));
        }
    }

    /// A turn has ended, which may have been the broker's last one.
    pub(crate) fn count_turn(&mut self) {
        self.turns_left = match self.turns_left {
            Some(1) => {
                self.die();
                None
            }
            left => left.map(|left| left - 1),
        };
    }

    /// Kills the broker, and starts another one.
    fn die(&mut self) {
        if self.calm {
            return;
        }
        self.oracle.coverage.count("crash");
        self.oracle.step += 1;
        self.cut_everything();
        self.remember_drops();
        self.collect_counters();
        let commits = self.random.percent(if self.profile.grim { 80 } else { 50 });
        if let Err(fault) = self.store.lose_or_commit(commits) {
            return self.oracle.violate(fault);
        }
        let alive_at = self.now - self.random.below(MARKS.min(self.now + 1));
        self.engine = new_engine(&self.profile, &mut self.random);
        let durable: BTreeMap<(String, u64), String> = self.store.sessions().collect();
        let store = &self.store;
        let cleared = |will| store.has_cleared_will(will);
        self.oracle.crashed(&durable, cleared, alive_at);
        self.start_engine();
        self.recover(alive_at);
        self.take_up_sessions();
        self.carry_out();
        self.plan_turn();
    }

    /// Every connection is gone; what was written last arrives or does not.
    fn cut_everything(&mut self) {
        let ids: Vec<ConnectionId> = self.links.keys().copied().collect();
        for id in ids {
            if self.random.percent(50) {
                self.receive(id);
            }
            self.oracle.connection_over(id);
        }
        for index in 0..self.clients.len() {
            let (client, mut scene) = self.scene(index);
            client.lost(&mut scene);
        }
        self.links.clear();
        self.stale.clear();
        self.addresses.retain(|address, _| !address.is_empty());
        self.parked.clear();
        self.requests.clear();
        self.agenda.cancel_host();
        self.acknowledging
            .iter_mut()
            .for_each(|planned| *planned = false);
        (self.more, self.turn_planned, self.wake, self.degraded) = (false, false, None, false);
        self.outputs.clear();
        self.last_decided = u32::MAX;
        (self.deciding, self.rights_changed) = (None, false);
        self.losing.clear();
        self.lost.clear();
    }

    /// What the engine has counted of its sessions dies with it.
    fn remember_drops(&mut self) {
        for (name, key) in &self.oracle.current {
            let Some(view) = self.engine.session(name) else {
                continue;
            };
            self.dropped.entry(*key).or_default().extend(view.dropped);
        }
        self.dropped_in_all += self.dropped_so_far();
    }

    /// Messages that the present engine has dropped, of share groups among others.
    pub(crate) fn dropped_so_far(&self) -> u64 {
        let counters = self.engine.counters();
        counters.dropped_queue_full
            + counters.dropped_too_large
            + counters.dropped_expired
            + counters.dropped_session_ended
            + counters.dropped_lost
            + counters.dropped_not_allowed
            + counters.dropped_offline
            + counters.dropped_outbox_full
    }

    /// How many messages a session has not got for one of these reasons, in its whole life.
    pub(crate) fn dropped_of(&self, key: usize, reasons: &[Drop]) -> usize {
        let now = self.engine.session(&self.oracle.sessions[key].client_id);
        let now = now.map(|view| view.dropped).unwrap_or_default();
        let before = self.dropped.get(&key).into_iter().flatten();
        let counted = before
            .chain(&now)
            .filter(|(reason, _)| reasons.contains(reason));
        counted.map(|(_, count)| *count as usize).sum()
    }

    /// Tells the new engine what the store has, a few frames at a time.
    fn recover(&mut self, alive_at: u64) {
        let frames = self.store.ledger.frames();
        self.trace(|| {
            format!(
                "      {:?}",
                frames
                    .iter()
                    .map(|frame| (
                        frame[8],
                        crate::journal::read_operation(frame[8], &frame[9..])
                    ))
                    .collect::<Vec<_>>()
            )
        });
        let mut rest = &frames[..];
        while !rest.is_empty() {
            let (now, after) = rest.split_at(1 + self.random.index(rest.len()));
            if let Err(fault) = self.engine.recover(&now.concat()) {
                return self
                    .oracle
                    .violate(format!("the journal cannot be recovered: {fault}"));
            }
            rest = after;
        }
        let (sequence, last) = (self.store.committed, self.store.ledger.last_number);
        let wall = alive_at.saturating_add_signed(WALL_OFFSET);
        let now = self.now;
        let result = self.input(|engine, _| engine.recovered(sequence, last, wall, now));
        self.oracle.require(result.is_ok(), || {
            format!("the journal cannot be recovered: {result:?}")
        });
    }

    /// The store refuses to work until its next commit.
    pub(crate) fn degrade(&mut self) {
        self.degraded = true;
        self.oracle.coverage.count("store degraded");
        self.input(|engine, now| engine.degrade(true, now));
    }
}
