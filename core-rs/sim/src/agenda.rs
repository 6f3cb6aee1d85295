//! What happens when: the virtual time of a world.

use std::collections::BTreeMap;

use engine::ConnectionId;

/// Something that is going to happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Happening {
    /// A client does something of its own accord, or looks after its keep alive.
    Act(usize),
    /// A client sends the acknowledgements that it owes.
    Acknowledge(usize),
    /// Bytes that a client has sent reach the inbox.
    Read(ConnectionId),
    /// Bytes of a lent outbox are taken by the network.
    Write(ConnectionId),
    /// Bytes reach the client.
    Receive(ConnectionId),
    /// The host notices that a socket is gone.
    Closed(ConnectionId),
    /// The host has nothing of a connection in its hands any more.
    Released(ConnectionId),
    /// Identity answers.
    Decided(u32),
    /// A deadline that the engine asked for.
    Tick,
    /// The next turn.
    Turn,
    /// The store has made a batch durable.
    Committed(u64),
    /// The store has brought a body back.
    Loaded(u64),
    /// The host publishes, regrants or ends something.
    Host,
    /// Inputs that name what is long gone.
    Stray,
    /// The broker dies, and another one is started on what the store has.
    Crash,
    /// The store refuses to work.
    Degrade,
}

/// All that is going to happen, in order: by time, and at one time as it was planned.
#[derive(Debug, Default)]
pub struct Agenda {
    plans: BTreeMap<(u64, u64), Happening>,
    planned: u64,
}

impl Agenda {
    /// Plans `happening` for `at` milliseconds.
    pub fn plan(&mut self, at: u64, happening: Happening) {
        self.planned += 1;
        self.plans.insert((at, self.planned), happening);
    }

    /// Takes what comes first.
    pub fn next(&mut self) -> Option<(u64, Happening)> {
        self.plans
            .pop_first()
            .map(|((at, _), happening)| (at, happening))
    }

    /// Drops what clients were going to do of their own accord.
    pub fn cancel_acts(&mut self) {
        self.plans
            .retain(|_, happening| !matches!(happening, Happening::Act(_)));
    }

    /// Drops everything that belongs to a broker that has died.
    pub fn cancel_host(&mut self) {
        self.plans.retain(|_, happening| {
            matches!(
                happening,
                Happening::Act(_) | Happening::Host | Happening::Stray | Happening::Crash
            )
        });
    }

    /// Whether anything but a tick or a client's own act is planned.
    pub fn busy(&self) -> bool {
        let idle = |happening: &Happening| {
            matches!(
                happening,
                Happening::Tick
                    | Happening::Act(_)
                    | Happening::Host
                    | Happening::Stray
                    | Happening::Crash
            )
        };
        !self.plans.values().all(idle)
    }
}
