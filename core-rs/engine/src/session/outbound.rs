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
///
/// Identifiers are given in turn, so the newest flights have as a rule one after the other: a run, in which the
/// identifier tells the place. Flights from before the run are found by hash.
#[derive(Debug, Default)]
pub struct Outbound {
    flights: VecDeque<Flight>,
    /// The number of the flight at the front.
    first: u32,
    /// The number of the run's first flight, which may be gone already.
    run_first: u32,
    /// Its identifier.
    run_id: u16,
    /// The flights that are out and older than the run.
    places: HashTable<Place>,
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
        let out = self.len();
        if out >= usize::from(maximum) {
            return None;
        }
        for _ in 0..out + 1 {
            self.last_id = if self.last_id >= maximum {
                1
            } else {
                self.last_id + 1
            };
            let id = PacketId::new(self.last_id)?;
            if self.index_of(id).is_none() {
                return Some(id);
            }
        }
        None
    }

    /// The number of the flight that is sent next.
    fn next(&self) -> u32 {
        let length = u32::try_from(self.flights.len()).unwrap_or(u32::MAX);
        self.first.wrapping_add(length)
    }

    /// The number that a flight of the run with this identifier has or had; none if there was none.
    #[inline]
    fn number_in_run(&self, id: PacketId) -> Option<u32> {
        let offset = u32::from(id.get()).wrapping_sub(self.run_id.into());
        (offset < self.next().wrapping_sub(self.run_first))
            .then(|| self.run_first.wrapping_add(offset))
    }

    /// Where in the order a flight is that is out.
    #[inline]
    fn index_of(&self, id: PacketId) -> Option<usize> {
        let number = match self.number_in_run(id) {
            Some(number) => number,
            None if self.places.is_empty() => return None,
            None => self.places.find(hash(id), |place| place.id == id)?.number,
        };
        let index = number.wrapping_sub(self.first) as usize;
        let flight = self.flights.get(index)?;
        (flight.stage != Stage::Done).then_some(index)
    }

    /// Adds a flight that is sent now.
    pub fn push(&mut self, flight: Flight) {
        let number = self.next();
        let offset = number.wrapping_sub(self.run_first);
        if u32::from(flight.id.get()) != offset.wrapping_add(self.run_id.into()) {
            self.end_run();
            self.run_id = flight.id.get();
        }
        self.in_window += u32::from(flight.counted);
        self.unsent += usize::from(!flight.sent);
        self.flights.push_back(flight);
    }

    /// Begins another run with the next flight.
    fn end_run(&mut self) {
        let from = self.run_first.wrapping_sub(self.first) as usize;
        // Members that are gone make the number wrap.
        let from = if from > self.flights.len() { 0 } else { from };
        self.run_first = self.next();
        for (index, flight) in self.flights.iter().enumerate().skip(from) {
            if flight.stage == Stage::Done {
                continue;
            }
            let number = self
                .first
                .wrapping_add(u32::try_from(index).unwrap_or(u32::MAX));
            let place = Place {
                id: flight.id,
                number,
            };
            self.places
                .insert_unique(hash(flight.id), place, |place| hash(place.id));
        }
    }

    /// The flight with this identifier.
    #[inline]
    pub fn find(&mut self, id: PacketId) -> Option<&mut Flight> {
        let index = self.index_of(id)?;
        self.flights.get_mut(index)
    }

    /// Ends the exchange of this identifier, which is free again. Gives back the flight.
    #[inline(always)]
    pub fn complete(&mut self, id: PacketId) -> Option<Flight> {
        let index = self.index_of(id)?;
        if !self.places.is_empty()
            && let Ok(entry) = self.places.find_entry(hash(id), |place| place.id == id)
        {
            entry.remove();
        }
        let ended = if index == 0 {
            self.first = self.first.wrapping_add(1);
            self.flights.pop_front()?
        } else {
            let flight = self.flights.get_mut(index)?;
            let ended = flight.clone();
            flight.stage = Stage::Done;
            flight.counted = false;
            flight.sent = true;
            self.done += 1;
            ended
        };
        self.unsent -= usize::from(!ended.sent);
        self.in_window -= u32::from(ended.counted);
        if self.done > 0 {
            self.tidy();
        }
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
        self.places.clear();
        self.run_first = self.first;
        self.end_run();
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use packet::QoS;
    use proptest::prelude::*;

    use super::*;
    use crate::connection::NONE;
    use crate::session::entry::{Identifiers, NO_BODY};

    /// What the identifiers should be, in the simplest way there is: a list of what is out.
    #[derive(Default)]
    struct Model {
        out: VecDeque<(u16, bool)>,
        last: u16,
    }

    impl Model {
        fn assign(&mut self, maximum: u16) -> Option<u16> {
            for _ in 0..maximum {
                self.last = if self.last >= maximum {
                    1
                } else {
                    self.last + 1
                };
                if self.out.iter().all(|(id, _)| *id != self.last) {
                    return Some(self.last);
                }
            }
            None
        }
    }

    fn flight(id: PacketId) -> Flight {
        let terms = Terms {
            qos: QoS::AtLeastOnce,
            retain: false,
            identifiers: Identifiers::None,
        };
        Flight {
            id,
            stage: Stage::Puback,
            body: NO_BODY,
            terms,
            group: NONE,
            group_number: 0,
            entry: 0,
            sent: true,
            counted: true,
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Send,
        Complete(usize),
        CompleteNewest,
        CompleteUnknown(u16),
        Detach,
        Resend,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Send),
            3 => any::<usize>().prop_map(Step::Complete),
            3 => Just(Step::CompleteNewest),
            1 => (1..9_u16).prop_map(Step::CompleteUnknown),
            1 => Just(Step::Detach),
            2 => Just(Step::Resend),
        ];
        proptest::collection::vec(step, 1..300)
    }

    proptest! {
        #[test]
        fn identifiers_and_order_are_those_of_the_model(maximum in 1..8_u16, steps in steps()) {
            follow(maximum, steps)?;
        }
    }

    #[test]
    fn what_is_done_behind_a_message_that_nobody_acknowledges_is_dropped() {
        let laps = |count: usize| {
            [Step::Send, Step::CompleteNewest]
                .into_iter()
                .cycle()
                .take(2 * count)
        };
        for maximum in [4, 8, 30, 100, u16::MAX] {
            let steps = [Step::Send, Step::Send, Step::Detach, Step::Resend]
                .into_iter()
                .chain(laps(20))
                .chain([Step::Send])
                .chain(laps(200));
            let outbound = follow(maximum, steps).expect("as the model");
            assert_eq!(outbound.len(), 3);
            assert!(outbound.flights.len() < 40);
        }
    }

    fn follow(
        maximum: u16,
        steps: impl IntoIterator<Item = Step>,
    ) -> Result<Outbound, TestCaseError> {
        let (mut outbound, mut model) = (Outbound::default(), Model::default());
        for step in steps {
            apply(step, maximum, &mut outbound, &mut model)?;
            compare(maximum, &mut outbound, &model)?;
        }
        Ok(outbound)
    }

    fn compare(maximum: u16, outbound: &mut Outbound, model: &Model) -> Result<(), TestCaseError> {
        let order: Vec<u16> = outbound
            .flights
            .iter()
            .filter(|flight| flight.stage != Stage::Done)
            .map(|flight| flight.id.get())
            .collect();
        prop_assert_eq!(
            &order,
            &model.out.iter().map(|(id, _)| *id).collect::<Vec<_>>()
        );
        for id in 1..=maximum.min(300) {
            let found = outbound
                .find(PacketId::new(id).expect("never 0"))
                .map(|flight| flight.id.get());
            prop_assert_eq!(found, order.contains(&id).then_some(id));
        }
        let sent = model.out.iter().filter(|(_, sent)| *sent).count();
        prop_assert_eq!(outbound.len(), model.out.len());
        prop_assert_eq!(outbound.in_window() as usize, sent);
        prop_assert_eq!(outbound.unsent(), model.out.len() - sent);
        Ok(())
    }

    fn apply(
        step: Step,
        maximum: u16,
        outbound: &mut Outbound,
        model: &mut Model,
    ) -> Result<(), TestCaseError> {
        match step {
            Step::Send => {
                let expected = (model.out.len() < usize::from(maximum))
                    .then(|| model.assign(maximum))
                    .flatten();
                if model.out.len() < usize::from(maximum) {
                    let assigned = outbound.assign(maximum);
                    prop_assert_eq!(assigned.map(PacketId::get), expected);
                    if let Some(id) = assigned {
                        outbound.push(flight(id));
                        model.out.push_back((id.get(), true));
                    }
                }
            }
            Step::Complete(which) => {
                if let Some(place) = which.checked_rem(model.out.len())
                    && let Some((id, _)) = model.out.remove(place)
                {
                    prop_assert!(
                        outbound
                            .complete(PacketId::new(id).expect("never 0"))
                            .is_some()
                    );
                }
            }
            Step::CompleteNewest => {
                if let Some((id, _)) = model.out.pop_back() {
                    let ended = outbound.complete(PacketId::new(id).expect("never 0"));
                    prop_assert_eq!(ended.map(|flight| flight.id.get()), Some(id));
                }
            }
            Step::CompleteUnknown(id) => {
                if model.out.iter().all(|(out, _)| *out != id) {
                    prop_assert!(
                        outbound
                            .complete(PacketId::new(id).expect("never 0"))
                            .is_none()
                    );
                }
            }
            Step::Detach => {
                outbound.detach();
                model.out.iter_mut().for_each(|(_, sent)| *sent = false);
            }
            Step::Resend => {
                let next = outbound.next_unsent().map(|flight| flight.id);
                let expected = model.out.iter_mut().find(|(_, sent)| !*sent);
                prop_assert_eq!(
                    next.map(PacketId::get),
                    expected.as_ref().map(|(id, _)| *id)
                );
                if let (Some(id), Some((_, sent))) = (next, expected) {
                    outbound.sent(id, true);
                    *sent = true;
                }
            }
        }
        Ok(())
    }
}
