//! A fan-out that is more than one input may do: the rest goes on in the next turns.

use packet::ReasonCode;

use super::body::BodyRef;
use super::message::{Carried, Message};
use super::route::{GROUP, Origin, Routed, Target};
use crate::Engine;
use crate::connection::Unread;
use crate::counters::Drop;
use crate::task::Task;

/// An unfinished fan-out.
#[derive(Debug)]
pub struct Job {
    /// Who is told when it is done, and is not read before.
    pub origin: Origin,
    /// The message; the job holds a reference.
    pub body: BodyRef,
    /// Everybody who gets it.
    pub targets: Vec<Target>,
    /// The first of them who has not got it yet.
    pub next: usize,
    /// When rights were given last before it began.
    pub rights: u64,
    /// What to tell.
    pub routed: Routed,
}

impl Engine {
    /// Puts a fan-out off. Its publisher is not read until it is done, so that its order holds.
    pub(crate) fn begin_job(&mut self, job: Job) {
        if let Origin::Client { connection, .. } = job.origin
            && let Some(slot) = self.connections.find(connection)
            && let Some(connection) = self.connections.get_mut(slot)
        {
            connection.jobs += 1;
            connection.unread = Unread::Busy;
        }
        self.bodies.pin(job.body);
        self.unfinished += 1;
        self.add_task(Task::Fanout(Box::new(job)));
    }

    /// Does as much of a fan-out as the work of this input allows.
    pub(crate) fn continue_job(&mut self, mut job: Box<Job>) {
        let contents = self.bodies.get(job.body).contents();
        let message = Message::of(&self.bodies, job.body, &contents, self.clock.now());
        let shapes = self.shapes.take();
        let mut carried = Carried::stored(message, job.body, &mut self.bodies, shapes);
        self.journal.begin_promise();
        let end = job.targets.len().min(job.next + self.work as usize);
        let changed = job.rights != self.permissions.epoch();
        for target in &job.targets[job.next..end] {
            if changed && self.lost_the_right(target, carried.message.topic) {
                continue;
            }
            self.deliver_to(target, &mut carried);
        }
        self.spend(end - job.next);
        job.next = end;
        job.routed.promise = job.routed.promise.max(self.journal.promise());
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
        if job.next < job.targets.len() {
            self.add_task(Task::Fanout(job));
        } else {
            self.end_job(*job);
        }
    }

    /// Whether a target is a session that was found before its rights changed and may not have the message now, which
    /// is then dropped for it.
    fn lost_the_right(&mut self, target: &Target, topic: &str) -> bool {
        let session = target.key;
        let lost = session & GROUP == 0 && !self.may_receive(session, topic);
        if lost {
            self.drop_message(session, Drop::NotAllowed);
        }
        lost
    }

    fn end_job(&mut self, job: Job) {
        let qos = self.bodies.get(job.body).qos();
        self.bodies.unpin(job.body);
        self.release_body(job.body);
        self.unfinished -= 1;
        if self.unfinished == 0 {
            self.empty_limbo();
        }
        self.release_batch();
        self.settle(job.origin, qos, job.routed);
        let Origin::Client { connection, .. } = job.origin else {
            return;
        };
        let Some(slot) = self.connections.find(connection) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.jobs -= 1;
        if connection.jobs == 0 && connection.unread == Unread::Busy {
            self.add_task(Task::Parse(slot));
        }
    }

    /// Holds the result of a host's publish until its promise is committed.
    pub(crate) fn hold_result(&mut self, request: u32, reason: ReasonCode, promise: u64) {
        if promise > self.journal.committed() {
            self.held_results.push_back((promise, request, reason));
        } else {
            self.outputs.push(crate::Output::Result { request, reason });
        }
    }
}
