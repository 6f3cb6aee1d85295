//! Very many connections with subscriptions that they may lose.

use std::io;
use std::time::Duration;

use clap::Args;
use mio::{Events, Poll, Token};

use crate::carrier::Target;
use crate::carrier::client::{Client, source};
use crate::carrier::inbox::Scratch;
use crate::carrier::link::Link;
use crate::mqtt::kind;
use crate::mqtt::packet::Session;
use crate::report::Faults;

/// First level of the topics that the members of the group `members` may subscribe to.
pub const MEMBERS_TOPICS: &str = "members";

/// First level of the topics of the first user alone.
const FEW_TOPICS: &str = "few";

/// v5 section 3.14.2.1; event-grid: specification §3.7, rights that are lost.
const NOT_AUTHORIZED: u8 = 0x87;

/// Connections that are looked at before the publisher's schedule has its turn.
const EVENTS: usize = 64;

/// How many connections, and of whom.
#[derive(Args, Clone, Copy, Debug)]
pub struct Shape {
    /// Users: `member-0`, `member-1` and so on, all with the password of the command line.
    #[arg(long, default_value_t = 150)]
    pub users: usize,
    /// Sessions of each.
    #[arg(long, default_value_t = 100)]
    pub sessions: usize,
}

impl Shape {
    /// Connections.
    pub fn members(self) -> usize {
        self.users * self.sessions
    }

    /// Those of the first user.
    pub fn few(self) -> usize {
        self.sessions
    }
}

/// The connections that are left.
pub struct Members {
    poll: Poll,
    events: Events,
    scratch: Scratch,
    links: Vec<Option<Link>>,
}

impl Members {
    /// Connects all and subscribes: each to a topic of its own under its user's, those of the first user to one more.
    ///
    /// One after the other: a password is hashed for the first session of its user only, and the sessions that came
    /// before the broker has found it right would all have it hashed.
    ///
    /// # Errors
    ///
    /// If the broker refuses a connection or a subscription.
    pub fn open(target: &Target, shape: Shape) -> io::Result<Self> {
        let poll = Poll::new()?;
        let links: io::Result<Vec<_>> = (0..shape.members())
            .map(|index| open_member(target, shape, &poll, index).map(Some))
            .collect();
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS),
            scratch: Scratch::new(),
            links: links?,
        })
    }

    /// Looks at some of those for whom something has come; how many of them were disconnected. That is a fault unless
    /// the broker said that they have lost a right.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn look(&mut self, faults: &mut Faults) -> io::Result<usize> {
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut disconnected = 0;
        for event in &self.events {
            let Some(slot) = self.links.get_mut(event.token().0) else {
                continue;
            };
            let Some(link) = slot else { continue };
            if let Some(reason) = ending(link, &mut self.scratch) {
                if reason != Ok(NOT_AUTHORIZED) {
                    faults.add(format!("a member was disconnected: {reason:?}"));
                }
                *slot = None;
                disconnected += 1;
            }
        }
        Ok(disconnected)
    }
}

/// Why a connection has ended, if it has: the reason that the broker gave, or what the socket said instead.
fn ending(link: &mut Link, scratch: &mut Scratch) -> Option<Result<u8, String>> {
    let mut ended = None;
    let outcome = link.receive(scratch, |frame, _| {
        ended.get_or_insert(match frame.first {
            // v5 section 3.14.2.1: without a reason it is 0.
            kind::DISCONNECT => Ok(frame.body.first().copied().unwrap_or(0)),
            other => Err(format!("packet {other:#04x}")),
        });
    });
    ended.or_else(|| outcome.err().map(|error| Err(error.to_string())))
}

fn open_member(target: &Target, shape: Shape, poll: &Poll, index: usize) -> io::Result<Link> {
    let user = index / shape.sessions;
    let name = format!("member-{user}");
    let client_identifier = format!("{name}-{}", index % shape.sessions);
    let own = format!("{MEMBERS_TOPICS}/{name}/{client_identifier}");
    let few = (index < shape.few()).then(|| format!("{FEW_TOPICS}/{client_identifier}"));
    let filters: Vec<String> = std::iter::once(own).chain(few).collect();
    let target = as_user(target, &name);
    let from = source(target.address, index);
    let mut client = Client::call_from(&target, from, &client_identifier, Session::Clean)?;
    client.wait_until_accepted()?;
    client.subscribe(&filters, 0)?;
    Link::take_over(client, poll.registry(), Token(index))
}

/// The same target for somebody else with the same password.
pub fn as_user(target: &Target, name: &str) -> Target {
    Target {
        username: Some(name.to_string()),
        ..target.clone()
    }
}
