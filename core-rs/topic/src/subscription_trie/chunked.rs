//! A list that grows in chunks: it never moves what it holds, and never needs twice its size to grow.
//!
//! A `Vec` of a million nodes would copy them all in the middle of one SUBSCRIBE, and in WebAssembly, whose memory
//! never shrinks, leave the old copies behind as holes.

use std::ops::{Index, IndexMut};

const CHUNK_BITS: u32 = 12;
const CHUNK_LEN: usize = 1 << CHUNK_BITS;

/// Items numbered from 0.
pub(super) struct Chunked<T> {
    /// All but the last are full. The first grows like any `Vec`, so that a small list stays small.
    chunks: Vec<Vec<T>>,
}

impl<T> Chunked<T> {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        match self.chunks.split_last() {
            Some((last, full)) => full.len() * CHUNK_LEN + last.len(),
            None => 0,
        }
    }

    pub(super) fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK_LEN => chunk.push(item),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK_LEN);
                chunk.push(item);
                self.chunks.push(chunk);
            }
            None => self.chunks.push(vec![item]),
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let chunk = self.chunks.last_mut()?;
        let item = chunk.pop();
        if chunk.is_empty() {
            self.chunks.pop();
        }
        item
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let items: usize = self.chunks.iter().map(Vec::capacity).sum();
        items * size_of::<T>() + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

impl<T> Index<u32> for Chunked<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.chunks[(number >> CHUNK_BITS) as usize][number as usize % CHUNK_LEN]
    }
}

impl<T> IndexMut<u32> for Chunked<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.chunks[(number >> CHUNK_BITS) as usize][number as usize % CHUNK_LEN]
    }
}
