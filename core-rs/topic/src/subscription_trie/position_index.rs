//! Where each key stands in a long list of subscribers.

/// No position.
const VACANT: u32 = u32::MAX;

/// How keys are spread: multiply, add, keep the top bits. With secret numbers that is strongly universal
/// (Dietzfelbinger 1996).
#[derive(Clone, Copy)]
pub(super) struct KeyHash {
    factor: u64,
    summand: u64,
}

impl KeyHash {
    pub(super) const fn new(seed: [u64; 2]) -> Self {
        Self {
            factor: seed[0] | 1,
            summand: seed[1],
        }
    }
}

/// A hash table of positions with open addressing. The keys stay in the list, which each call is given.
pub(super) struct PositionIndex {
    /// Positions or `VACANT`; a power of two of them, at most half taken.
    slots: Vec<u32>,
    hash: KeyHash,
}

impl PositionIndex {
    pub(super) fn new<V>(list: &[(u32, V)], hash: KeyHash) -> Self {
        let mut index = Self {
            slots: Vec::new(),
            hash,
        };
        index.rebuild(list);
        index
    }

    pub(super) fn position<V>(&self, list: &[(u32, V)], key: u32) -> Option<usize> {
        let position = self.slots[self.slot_of(list, key)];
        (position != VACANT).then_some(position as usize)
    }

    /// Takes note of the list's last key, which is new.
    pub(super) fn appended<V>(&mut self, list: &[(u32, V)]) {
        if list.len() * 2 > self.slots.len() {
            return self.rebuild(list);
        }
        let Some(((key, _), before)) = list.split_last() else {
            return;
        };
        let slot = self.slot_of(before, *key);
        self.slots[slot] = before.len() as u32;
    }

    /// Takes note that the key at `position` goes and the last one takes its place. The list is still unchanged.
    pub(super) fn will_swap_remove<V>(&mut self, list: &[(u32, V)], position: usize) {
        let removed = self.slot_of(list, list[position].0);
        self.vacate(list, removed);
        if position + 1 < list.len() {
            let moved = self.slot_of(list, list[list.len() - 1].0);
            self.slots[moved] = position as u32;
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.slots.capacity() * size_of::<u32>()
    }

    /// Makes the table as large as `list` needs it and fills it.
    pub(super) fn rebuild<V>(&mut self, list: &[(u32, V)]) {
        self.slots = vec![VACANT; (list.len() * 2).next_power_of_two()];
        for (position, (key, _)) in list.iter().enumerate() {
            let slot = self.slot_of(&list[..position], *key);
            self.slots[slot] = position as u32;
        }
    }

    /// The slot that holds the position of `key`, or the vacant one where that belongs.
    fn slot_of<V>(&self, list: &[(u32, V)], key: u32) -> usize {
        let mut slot = self.home(key);
        loop {
            let position = self.slots[slot];
            if position == VACANT || list[position as usize].0 == key {
                return slot;
            }
            slot = self.behind(slot);
        }
    }

    /// Empties `hole` and closes the gap: whatever would no longer be found moves up.
    fn vacate<V>(&mut self, list: &[(u32, V)], mut hole: usize) {
        let mut slot = hole;
        loop {
            self.slots[hole] = VACANT;
            loop {
                slot = self.behind(slot);
                let position = self.slots[slot];
                if position == VACANT {
                    return;
                }
                let home = self.home(list[position as usize].0);
                if self.distance(home, slot) >= self.distance(hole, slot) {
                    break;
                }
            }
            self.slots[hole] = self.slots[slot];
            hole = slot;
        }
    }

    fn home(&self, key: u32) -> usize {
        let KeyHash { factor, summand } = self.hash;
        let spread = factor.wrapping_mul(u64::from(key)).wrapping_add(summand);
        (spread >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    fn behind(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}
