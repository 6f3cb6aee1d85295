//! All connections of a run, and the event loop's turn over them.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use mio::{Events, Poll, Token};

use super::checker::{Checker, Expectation};
use super::plan::Plan;
use super::publisher::Publisher;
use super::sessions::Sessions;
use super::subscriber::Subscriber;
use super::tally::Tally;
use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::carrier::inbox::Scratch;
use crate::carrier::link::Link;
use crate::mqtt::Version;
use crate::mqtt::property::{split_block, write_user_properties};
use crate::mqtt::publish::{Shape, Template};
use crate::payload::blank;

const EVENTS: usize = 1024;

/// Publishers and subscribers, connected.
///
/// Token n is publisher n; the subscribers come after the publishers.
pub struct World {
    poll: Poll,
    events: Events,
    scratch: Scratch,
    publishers: Vec<Publisher>,
    subscribers: Vec<Subscriber>,
    publishers_of: Vec<Vec<usize>>,
    subscribers_of: Vec<Vec<usize>>,
    awake: Awake,
    expectation: Rc<Expectation>,
}

/// Publishers to look at in this turn, each once.
struct Awake {
    queue: Vec<usize>,
    queued: Vec<bool>,
}

impl Awake {
    fn all(publishers: usize) -> Self {
        Self {
            queue: (0..publishers).collect(),
            queued: vec![true; publishers],
        }
    }

    #[inline]
    fn add(&mut self, publisher: usize) {
        if !std::mem::replace(&mut self.queued[publisher], true) {
            self.queue.push(publisher);
        }
    }

    fn next(&mut self) -> Option<usize> {
        let publisher = self.queue.pop()?;
        self.queued[publisher] = false;
        Some(publisher)
    }
}

impl World {
    /// Connects everybody, and subscribes.
    ///
    /// # Errors
    ///
    /// If the broker refuses a connection or a subscription.
    pub fn open(plan: &Plan, target: &Target, sessions: &Sessions) -> io::Result<Self> {
        let mut world = Self::of_publishers(plan, target)?;
        for index in 0..plan.subscribers {
            let mut client = sessions.open(target, index)?;
            client.subscribe(&[plan.filter(index)], plan.qos)?;
            world.add_subscriber(client, plan, target, false)?;
        }
        Ok(world)
    }

    /// Connects the publishers only. While nobody subscribes, they wait for acknowledgements alone.
    ///
    /// # Errors
    ///
    /// If the broker refuses a connection.
    pub fn of_publishers(plan: &Plan, target: &Target) -> io::Result<Self> {
        let poll = Poll::new()?;
        let publishers: io::Result<Vec<_>> = (0..plan.publishers)
            .map(|index| open_publisher(plan, target, &poll, index))
            .collect();
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS),
            scratch: Scratch::new(),
            publishers: publishers?,
            subscribers: Vec::new(),
            publishers_of: Vec::new(),
            subscribers_of: vec![Vec::new(); plan.publishers],
            awake: Awake::all(plan.publishers),
            expectation: Rc::new(expectation(plan, target.protocol)),
        })
    }

    /// Lets the next subscriber come back to its session, which must have everything that was sent.
    ///
    /// # Errors
    ///
    /// If the connection fails; a broker that has forgotten the session is found out by
    /// [`World::receive`].
    pub fn resume_subscriber(
        &mut self,
        plan: &Plan,
        target: &Target,
        sessions: &Sessions,
    ) -> io::Result<()> {
        let client = sessions.resume(target, self.subscribers.len())?;
        self.add_subscriber(client, plan, target, true)
    }

    fn add_subscriber(
        &mut self,
        client: Client,
        plan: &Plan,
        target: &Target,
        returns: bool,
    ) -> io::Result<()> {
        let index = self.subscribers.len();
        let token = Token(plan.publishers + index);
        let link = Link::take_over(client, self.poll.registry(), token)?;
        let heard = plan.publishers_of(index);
        let checker = Checker::new(Rc::clone(&self.expectation), &heard);
        let subscriber = Subscriber::new(link, target.protocol, checker, returns);
        self.subscribers.push(subscriber);
        for &publisher in &heard {
            self.subscribers_of[publisher].push(index);
        }
        self.publishers_of.push(heard);
        Ok(())
    }

    /// Waits for events at most `timeout` and takes what has come.
    ///
    /// # Errors
    ///
    /// If a connection was closed.
    pub fn receive(&mut self, timeout: Duration, tally: &mut Tally) -> io::Result<()> {
        self.receive_with(timeout, tally, || Ok(()))
    }

    /// Like [`World::receive`], and calls `between` after each connection that was read, so that it never waits for
    /// longer than one of them.
    ///
    /// # Errors
    ///
    /// If a connection was closed, and what `between` returns.
    pub fn receive_with(
        &mut self,
        timeout: Duration,
        tally: &mut Tally,
        mut between: impl FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            let Token(index) = event.token();
            match index.checked_sub(self.publishers.len()) {
                None => {
                    self.publishers[index].receive(&mut self.scratch, tally)?;
                    self.awake.add(index);
                }
                Some(subscriber) => {
                    self.subscribers[subscriber].receive(&mut self.scratch, tally)?;
                    self.publishers_of[subscriber]
                        .iter()
                        .for_each(|&publisher| self.awake.add(publisher));
                }
            }
            between()?;
        }
        Ok(())
    }

    /// Lets every publisher for whom something changed send what its window has room for.
    ///
    /// # Errors
    ///
    /// If a connection was closed.
    pub fn fill_windows(&mut self, now: u64) -> io::Result<()> {
        while let Some(index) = self.awake.next() {
            let delivered = self.delivered(index);
            let publisher = &mut self.publishers[index];
            for _ in 0..publisher.room(delivered) {
                publisher.put(now);
            }
            publisher.flush()?;
        }
        Ok(())
    }

    /// Puts one message of `publisher` and writes it; false if its packet identifiers are all out.
    ///
    /// # Errors
    ///
    /// If the connection was closed.
    pub fn send(&mut self, publisher: usize, due: u64) -> io::Result<bool> {
        let publisher = &mut self.publishers[publisher];
        let put = publisher.put(due);
        publisher.flush()?;
        Ok(put)
    }

    /// Sends `count` messages of `publisher` in one write, whatever its window.
    ///
    /// # Errors
    ///
    /// If the connection was closed.
    pub fn burst(&mut self, publisher: usize, count: u64) -> io::Result<()> {
        let publisher = &mut self.publishers[publisher];
        for _ in 0..count {
            publisher.put(0);
        }
        publisher.flush()
    }

    /// Size of each message of `publisher` as a packet.
    pub fn packet_bytes(&self, publisher: usize) -> usize {
        self.publishers[publisher].packet_bytes()
    }

    /// Writes what waits, without new messages.
    ///
    /// # Errors
    ///
    /// If a connection was closed.
    pub fn flush(&mut self) -> io::Result<()> {
        while let Some(index) = self.awake.next() {
            self.publishers[index].flush()?;
        }
        Ok(())
    }

    /// Messages sent by all publishers.
    pub fn sent(&self) -> u64 {
        self.publishers.iter().map(Publisher::sent).sum()
    }

    /// Messages that must be received for those sent.
    pub fn expected(&self) -> u64 {
        let copies = self
            .subscribers_of
            .iter()
            .map(|subscribers| subscribers.len() as u64);
        self.publishers
            .iter()
            .zip(copies)
            .map(|(publisher, copies)| publisher.sent() * copies)
            .sum()
    }

    /// Whether every message has reached all its subscribers and every handshake is finished.
    pub fn is_drained(&self) -> bool {
        let sent_is_received = |(index, publisher): (usize, &Publisher)| {
            publisher.is_acknowledged() && self.delivered(index) == publisher.sent()
        };
        self.publishers.iter().enumerate().all(sent_is_received)
            && self.subscribers.iter().all(Subscriber::is_released)
    }

    /// How many messages of a publisher have reached every one of its subscribers: all, if it has none.
    fn delivered(&self, publisher: usize) -> u64 {
        let received = |&subscriber: &usize| self.subscribers[subscriber].received(publisher);
        self.subscribers_of[publisher]
            .iter()
            .map(received)
            .min()
            .unwrap_or(self.publishers[publisher].sent())
    }
}

fn expectation(plan: &Plan, version: Version) -> Expectation {
    let topics = (0..plan.publishers)
        .map(|index| plan.topic(index))
        .collect();
    let mut block = Vec::new();
    if version == Version::V5 {
        write_user_properties(&mut block, &plan.user_properties);
    }
    let user_properties =
        split_block(&block).map_or(Vec::new(), |(properties, _)| properties.to_vec());
    Expectation::new(topics, plan.qos, user_properties, plan.payload_bytes)
}

fn open_publisher(
    plan: &Plan,
    target: &Target,
    poll: &Poll,
    index: usize,
) -> io::Result<Publisher> {
    let (client, accepted) = Client::open(target, &format!("bench-publisher-{index}"))?;
    let window = if plan.qos == 0 {
        plan.window
    } else {
        plan.window.min(accepted.receive_maximum)
    };
    let shape = Shape {
        version: target.protocol,
        qos: plan.qos,
        retain: false,
        topic: &plan.topic(index),
        user_properties: &plan.user_properties,
    };
    let template = Template::new(&shape, &blank(plan.payload_bytes));
    let link = Link::take_over(client, poll.registry(), Token(index))?;
    let number = u32::try_from(index).map_err(io::Error::other)?;
    Ok(Publisher::new(link, template, number, plan.qos, window))
}
