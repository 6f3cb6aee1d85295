//! Slots with numbers that are given out again.

use std::ops::{Index, IndexMut};

use super::chunked::Chunked;

/// The number that names no slot.
pub(super) const NONE: u32 = u32::MAX;

/// What lies in an arena can, once it is freed, hold the number of the next free slot in its own place.
pub(super) trait Slot {
    fn vacant(next_vacant: u32) -> Self;
    fn next_vacant(&self) -> u32;
}

/// Items that keep their number until they are freed. Memory is kept for later items, not given back.
pub(super) struct Arena<T> {
    slots: Chunked<T>,
    first_vacant: u32,
}

impl<T: Slot> Arena<T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Chunked::new(),
            first_vacant: NONE,
        }
    }

    pub(super) fn insert(&mut self, item: T) -> u32 {
        let number = self.first_vacant;
        if number == NONE {
            self.slots.push(item);
            // Four thousand million items do not fit into the memory that can hold them.
            return (self.slots.len() - 1) as u32;
        }
        self.first_vacant = self.slots[number].next_vacant();
        self.slots[number] = item;
        number
    }

    pub(super) fn remove(&mut self, number: u32) -> T {
        let vacant = T::vacant(self.first_vacant);
        self.first_vacant = number;
        std::mem::replace(&mut self.slots[number], vacant)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.heap_bytes()
    }
}

impl<T> Index<u32> for Arena<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.slots[number]
    }
}

impl<T> IndexMut<u32> for Arena<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.slots[number]
    }
}
