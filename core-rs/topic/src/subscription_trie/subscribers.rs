//! Who subscribes with one filter.

use super::position_index::{KeyHash, PositionIndex};

/// More subscribers than this get an index; fewer are searched through.
const SEARCHED_MAX: usize = 32;

/// The subscribers of one filter. Most filters have one, who then needs no memory of its own.
pub(super) enum Subscribers<V> {
    None,
    One((u32, V)),
    Many(Box<Crowd<V>>),
}

impl<V: Copy> Subscribers<V> {
    #[inline]
    pub(super) fn as_slice(&self) -> &[(u32, V)] {
        match self {
            Self::None => &[],
            Self::One(subscriber) => std::slice::from_ref(subscriber),
            Self::Many(crowd) => &crowd.list,
        }
    }

    pub(super) fn get(&self, key: u32) -> Option<V> {
        match self {
            Self::None => None,
            Self::One((only, value)) => (*only == key).then_some(*value),
            Self::Many(crowd) => crowd.position(key).map(|position| crowd.list[position].1),
        }
    }

    /// Returns the value that is replaced.
    pub(super) fn insert(&mut self, key: u32, value: V, hash: KeyHash) -> Option<V> {
        match self {
            Self::None => *self = Self::One((key, value)),
            Self::One((only, old)) if *only == key => return Some(std::mem::replace(old, value)),
            Self::One(first) => {
                let list = vec![*first, (key, value)];
                *self = Self::Many(Box::new(Crowd { list, index: None }));
            }
            Self::Many(crowd) => return crowd.insert(key, value, hash),
        }
        None
    }

    pub(super) fn remove(&mut self, key: u32) -> Option<V> {
        match self {
            Self::None => None,
            Self::One((only, value)) => {
                let removed = (*only == key).then_some(*value)?;
                *self = Self::None;
                Some(removed)
            }
            Self::Many(crowd) => {
                let removed = crowd.remove(key)?;
                if let [last] = crowd.list[..] {
                    *self = Self::One(last);
                }
                Some(removed)
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::None | Self::One(_) => 0,
            Self::Many(crowd) => size_of::<Crowd<V>>() + crowd.heap_bytes(),
        }
    }
}

/// Two subscribers or more, in no particular order.
pub(super) struct Crowd<V> {
    list: Vec<(u32, V)>,
    index: Option<Box<PositionIndex>>,
}

impl<V: Copy> Crowd<V> {
    fn position(&self, key: u32) -> Option<usize> {
        match &self.index {
            Some(index) => index.position(&self.list, key),
            None => self.list.iter().position(|&(other, _)| other == key),
        }
    }

    fn insert(&mut self, key: u32, value: V, hash: KeyHash) -> Option<V> {
        if let Some(position) = self.position(key) {
            return Some(std::mem::replace(&mut self.list[position].1, value));
        }
        self.list.push((key, value));
        match &mut self.index {
            Some(index) => index.appended(&self.list),
            None if self.list.len() > SEARCHED_MAX => {
                self.index = Some(Box::new(PositionIndex::new(&self.list, hash)));
            }
            None => {}
        }
        None
    }

    /// The last subscriber moves to where the removed one was.
    fn remove(&mut self, key: u32) -> Option<V> {
        let position = self.position(key)?;
        if let Some(index) = &mut self.index {
            index.will_swap_remove(&self.list, position);
        }
        let (_, value) = self.list.swap_remove(position);
        if self.list.len() <= self.list.capacity() / 4 {
            self.shrink();
        }
        Some(value)
    }

    fn shrink(&mut self) {
        self.list.shrink_to(self.list.len() * 2);
        if self.list.len() <= SEARCHED_MAX {
            self.index = None;
        }
        if let Some(index) = &mut self.index {
            index.rebuild(&self.list);
        }
    }

    fn heap_bytes(&self) -> usize {
        let index = self.index.as_ref().map_or(0, |index| index.heap_bytes());
        self.list.capacity() * size_of::<(u32, V)>() + index
    }
}
