//! Messages that wait, in order: for a window, or for a client to come back.

use std::collections::VecDeque;

use super::entry::Queued;

/// Bytes that an entry is charged besides its body.
pub const ENTRY_BYTES: usize = 48;

/// A queue of one session or share group. Its bounds are the caller's, since what happens at them is.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<Queued>,
    bytes: usize,
    /// What an unfinished sift has kept, which comes before the entries.
    sift: Option<Box<Sift>>,
}

/// How far a queue has been gone through.
#[derive(Debug)]
struct Sift {
    kept: VecDeque<Queued>,
    /// Entries at the front that are still to be looked at.
    left: usize,
}

impl Queue {
    /// Messages that wait.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() + self.sift.as_ref().map_or(0, |sift| sift.kept.len())
    }

    /// Whether none waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the bodies that wait, each counted as if it were alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that the entries are charged, bodies aside.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.len() * ENTRY_BYTES
    }

    /// Adds at the end. `length` is the body's.
    pub fn push(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        self.entries.push_back(entry);
    }

    /// Puts back at the front what was taken from there.
    pub fn push_front(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        match &mut self.sift {
            Some(sift) => sift.kept.push_front(entry),
            None => self.entries.push_front(entry),
        }
    }

    /// The next to be sent.
    #[must_use]
    pub fn front(&self) -> Option<&Queued> {
        let kept = self.sift.as_ref().and_then(|sift| sift.kept.front());
        kept.or_else(|| self.entries.front())
    }

    /// Takes the next one. `length` gives the length of a body.
    pub fn pop(&mut self, length: impl FnOnce(&Queued) -> usize) -> Option<Queued> {
        let entry = self.pop_kept().or_else(|| self.pop_entry())?;
        self.bytes -= length(&entry);
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    fn pop_kept(&mut self) -> Option<Queued> {
        self.sift.as_mut()?.kept.pop_front()
    }

    fn pop_entry(&mut self) -> Option<Queued> {
        let entry = self.entries.pop_front()?;
        if let Some(sift) = &mut self.sift {
            sift.left = sift.left.saturating_sub(1);
        }
        Some(entry)
    }

    /// All that wait, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        let kept = self.sift.iter().flat_map(|sift| sift.kept.iter());
        kept.chain(self.entries.iter())
    }

    /// Begins to go through all that wait now. What comes or goes meanwhile does not disturb it.
    pub fn begin_sift(&mut self) {
        self.end_sift();
        if !self.entries.is_empty() {
            self.sift = Some(Box::new(Sift {
                kept: VecDeque::new(),
                left: self.entries.len(),
            }));
        }
    }

    /// The next message to be kept or taken out.
    #[must_use]
    pub fn next_unsifted(&self) -> Option<&Queued> {
        let left = self.sift.as_ref()?.left;
        self.entries.front().filter(|_| left > 0)
    }

    /// Keeps or takes out the next message. Gives it back if it is taken out; `length` is that of its body.
    pub fn sift(&mut self, keeps: bool, length: usize) -> Option<Queued> {
        let entry = self.pop_entry()?;
        if let (true, Some(sift)) = (keeps, &mut self.sift) {
            sift.kept.push_back(entry);
            return None;
        }
        self.bytes -= length;
        Some(entry)
    }

    /// Ends going through it, finished or not; the order is what it was.
    pub fn end_sift(&mut self) {
        if let Some(mut sift) = self.sift.take() {
            sift.kept.append(&mut self.entries);
            self.entries = sift.kept;
        }
    }
}

#[cfg(test)]
mod tests {
    use packet::QoS;
    use proptest::prelude::*;

    use super::*;
    use crate::session::entry::{Identifiers, Terms};

    /// A message of as many bytes as its number says.
    fn queued(number: u32) -> Queued {
        Queued {
            body: number,
            terms: Terms {
                qos: QoS::AtLeastOnce,
                retain: false,
                identifiers: Identifiers::None,
            },
            entry: 0,
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Push(u32),
        PushFront(u32),
        Pop,
        Begin,
        Keep,
        Drop,
        End,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..9_u32).prop_map(Step::Push),
            1 => (0..9_u32).prop_map(Step::PushFront),
            2 => Just(Step::Pop),
            1 => Just(Step::Begin),
            4 => Just(Step::Keep),
            3 => Just(Step::Drop),
            1 => Just(Step::End),
        ];
        proptest::collection::vec(step, 1..200)
    }

    /// What waits, and how many at which place are still to be looked at: a list that nothing is moved in.
    #[derive(Default)]
    struct Model {
        waiting: Vec<u32>,
        looked_at: usize,
        left: usize,
    }

    impl Model {
        fn pop(&mut self) -> Option<u32> {
            if self.waiting.is_empty() {
                return None;
            }
            if self.looked_at > 0 {
                self.looked_at -= 1;
            } else {
                self.left = self.left.saturating_sub(1);
            }
            Some(self.waiting.remove(0))
        }

        fn look(&mut self, keeps: bool) -> Option<u32> {
            if self.left == 0 {
                return None;
            }
            self.left -= 1;
            if keeps {
                self.looked_at += 1;
                return None;
            }
            Some(self.waiting.remove(self.looked_at))
        }
    }

    fn apply(step: Step, queue: &mut Queue, model: &mut Model) -> Result<(), TestCaseError> {
        match step {
            Step::Push(number) => {
                queue.push(queued(number), number as usize);
                model.waiting.push(number);
            }
            Step::PushFront(number) => {
                let sifting = queue.sift.is_some();
                queue.push_front(queued(number), number as usize);
                model.waiting.insert(0, number);
                model.looked_at += usize::from(sifting);
            }
            Step::Pop => {
                let popped = queue.pop(|queued| queued.body as usize);
                prop_assert_eq!(popped.map(|queued| queued.body), model.pop());
            }
            Step::Begin => {
                queue.begin_sift();
                (model.looked_at, model.left) = (0, model.waiting.len());
            }
            Step::Keep | Step::Drop => look(matches!(step, Step::Keep), queue, model)?,
            Step::End => {
                queue.end_sift();
                (model.looked_at, model.left) = (0, 0);
            }
        }
        Ok(())
    }

    fn look(keeps: bool, queue: &mut Queue, model: &mut Model) -> Result<(), TestCaseError> {
        let next = queue.next_unsifted().map(|queued| queued.body);
        let expected = (model.left > 0).then(|| model.waiting[model.looked_at]);
        prop_assert_eq!(next, expected);
        if let Some(length) = next {
            let dropped = queue.sift(keeps, length as usize);
            prop_assert_eq!(dropped.map(|queued| queued.body), model.look(keeps));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_sift_takes_out_what_it_should_and_leaves_the_order(steps in steps()) {
            let (mut queue, mut model) = (Queue::default(), Model::default());
            for step in steps {
                apply(step, &mut queue, &mut model)?;
                let waiting: Vec<u32> = queue.iter().map(|queued| queued.body).collect();
                prop_assert_eq!(&waiting, &model.waiting);
                prop_assert_eq!(queue.len(), model.waiting.len());
                prop_assert_eq!(queue.bytes(), model.waiting.iter().map(|number| *number as usize).sum::<usize>());
                prop_assert_eq!(queue.front().map(|queued| queued.body), model.waiting.first().copied());
            }
        }
    }
}
