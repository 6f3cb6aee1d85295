//! QoS 1 and 2 towards the client: which identifiers are out, and how far each exchange has come.

use std::collections::VecDeque;

use hashbrown::HashTable;
use packet::PacketId;

use super::entry::Terms;
use crate::delivery::body::BodyRef;

/// What a flight waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// A QoS 1 message waits for its PUBACK.
    Puback,
    /// A QoS 2 message waits for its PUBREC.
    Pubrec,
    /// A QoS 2 message is with the client, whose PUBCOMP is awaited.
    Pubcomp,
    /// Nothing: it stays in its place until those before it are done.
    Done,
}

/// One message that is out.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its packet identifier.
    pub id: PacketId,
    /// What it waits for.
    pub stage: Stage,
    /// The message, where it may have to be sent again; the flight holds a reference. Else `NO_BODY`.
    pub body: BodyRef,
    /// How it is sent.
    pub terms: Terms,
    /// The share group that it was taken from, or `NONE`.
    pub group: u32,
    /// The number of that group, since its slot may be another's by now; 0 for none.
    pub group_number: u64,
    /// Names the entry in the journal; 0 where it is not journalled.
    pub entry: u64,
    /// Whether it was sent on the present connection.
    pub sent: bool,
    /// Whether it takes a place in the present connection's window.
    pub counted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    id: PacketId,
    /// The flight's number, counted from the first that this session ever had, wrapping.
    number: u32,
}

/// All flights of a session, in the order in which they were first sent.
#[derive(Debug)]
pub struct Outbound {
    flights: VecDeque<Flight>,
    places: HashTable<Place>,
    /// The number of the flight at the front.
    first: u32,
    last_id: u16,
    done: usize,
    /// Flights that take a place in the window.
    in_window: u32,
    /// Flights not yet sent on the present connection.
    unsent: usize,
}

fn hash(id: PacketId) -> u64 {
    u64::from(id.get()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            flights: VecDeque::new(),
            places: HashTable::new(),
            first: 0,
            last_id: 0,
            done: 0,
            in_window: 0,
            unsent: 0,
        }
    }
}

impl Outbound {
    /// Messages that are out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flights.len() - self.done
    }

    /// Whether nothing is out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Flights that take a place in the window.
    #[inline]
    #[must_use]
    pub fn in_window(&self) -> u32 {
        self.in_window
    }

    /// Flights that the present connection has yet to be sent.
    #[inline]
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.unsent
    }

    /// The next identifier that is not out, going round after `maximum`. None if all are.
    pub fn assign(&mut self, maximum: u16) -> Option<PacketId> {
        for _ in 0..=self.places.len() {
            self.last_id = if self.last_id >= maximum {
                1
            } else {
                self.last_id + 1
            };
            let id = PacketId::new(self.last_id)?;
            if self.number_of(id).is_none() {
                return (self.places.len() < usize::from(maximum)).then_some(id);
            }
        }
        None
    }

    fn number_of(&self, id: PacketId) -> Option<u32> {
        self.places
            .find(hash(id), |place| place.id == id)
            .map(|place| place.number)
    }

    /// Adds a flight that is sent now.
    pub fn push(&mut self, flight: Flight) {
        let number = self
            .first
            .wrapping_add(u32::try_from(self.flights.len()).unwrap_or(u32::MAX));
        self.places.insert_unique(
            hash(flight.id),
            Place {
                id: flight.id,
                number,
            },
            |place| hash(place.id),
        );
        self.in_window += u32::from(flight.counted);
        self.unsent += usize::from(!flight.sent);
        self.flights.push_back(flight);
    }

    /// The flight with this identifier.
    pub fn find(&mut self, id: PacketId) -> Option<&mut Flight> {
        let number = self.number_of(id)?;
        self.flights
            .get_mut(number.wrapping_sub(self.first) as usize)
    }

    /// Ends the exchange of this identifier, which is free again. Gives back the flight.
    pub fn complete(&mut self, id: PacketId) -> Option<Flight> {
        let place = self
            .places
            .find_entry(hash(id), |place| place.id == id)
            .ok()?
            .remove()
            .0;
        let index = place.number.wrapping_sub(self.first) as usize;
        let flight = self.flights.get_mut(index)?;
        let ended = flight.clone();
        flight.stage = Stage::Done;
        flight.counted = false;
        if !flight.sent {
            flight.sent = true;
            self.unsent -= 1;
        }
        self.in_window -= u32::from(ended.counted);
        self.done += 1;
        self.tidy();
        Some(ended)
    }

    /// Drops what is done from the front, and from the middle once it is most of what there is.
    fn tidy(&mut self) {
        while self
            .flights
            .front()
            .is_some_and(|flight| flight.stage == Stage::Done)
        {
            self.flights.pop_front();
            self.first = self.first.wrapping_add(1);
            self.done -= 1;
        }
        if self.done > 32 && self.done > self.flights.len() / 2 {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.flights.retain(|flight| flight.stage != Stage::Done);
        self.done = 0;
        for (index, flight) in self.flights.iter().enumerate() {
            let number = self
                .first
                .wrapping_add(u32::try_from(index).unwrap_or(u32::MAX));
            if let Some(place) = self
                .places
                .find_mut(hash(flight.id), |place| place.id == flight.id)
            {
                place.number = number;
            }
        }
    }

    /// A QoS 2 message has reached the client: it is released next, and holds its body no longer. Gives back the
    /// body's reference.
    pub fn received(&mut self, id: PacketId, no_body: BodyRef) -> Option<BodyRef> {
        let flight = self.find(id)?;
        flight.stage = Stage::Pubcomp;
        Some(std::mem::replace(&mut flight.body, no_body))
    }

    /// The connection is gone: everything is to be sent again on the next, whose window is empty.
    pub fn detach(&mut self) {
        self.in_window = 0;
        self.unsent = 0;
        for flight in &mut self.flights {
            flight.counted = false;
            flight.sent = flight.stage == Stage::Done;
            self.unsent += usize::from(!flight.sent);
        }
    }

    /// The first flight that the present connection has yet to be sent. The caller sends it, or stops.
    pub fn next_unsent(&self) -> Option<&Flight> {
        if self.unsent == 0 {
            return None;
        }
        self.flights.iter().find(|flight| !flight.sent)
    }

    /// Takes note that the flight with this identifier is sent on the present connection.
    pub fn sent(&mut self, id: PacketId, counted: bool) {
        let Some(flight) = self.find(id) else { return };
        let (first, again) = (!flight.sent, flight.counted);
        flight.sent = true;
        flight.counted = counted;
        self.unsent -= usize::from(first);
        self.in_window += u32::from(counted) - u32::from(again);
    }

    /// Ends everything. The caller settles what each flight held.
    pub fn take_all(&mut self) -> VecDeque<Flight> {
        let mut flights = std::mem::take(self).flights;
        flights.retain(|flight| flight.stage != Stage::Done);
        flights
    }
}
