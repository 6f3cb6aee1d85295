//! What a match costs, and what a subscription weighs: `cargo run --release --example match_cost -p heliograph-topic`.
//!
//! The filters are `devices/{n}/cmd`, one subscriber each; the names to match are drawn at random, so with a million
//! of them nearly every step of a walk waits for memory. Bytes are counted at the allocator's door: what was asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use topic::{SubscriptionTrie, TopicFilter, TopicName};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
static ALLOCATED_MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator with a count of the bytes that are handed out.
struct Counting;

// SAFETY: every call is passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        ALLOCATED_MOST.fetch_max(now, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

const MATCHES: usize = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    println!(
        "{:>13} {:>9} {:>9} {:>9} {:>9} {:>12} {:>12} {:>9}",
        "subscriptions",
        "hit ns",
        "miss ns",
        "wild ns",
        "insert ns",
        "bytes each",
        "peak each",
        "own count"
    );
    for subscriptions in [1_000, 100_000, 1_000_000] {
        measure(subscriptions);
    }
}

fn measure(subscriptions: u32) {
    let before = ALLOCATED.load(Ordering::Relaxed);
    ALLOCATED_MOST.store(before, Ordering::Relaxed);
    let mut trie = SubscriptionTrie::new([0x9e37_79b9, 0x7f4a_7c15, 0xf39c_c060, 0x5ced_c834]);
    let start = Instant::now();
    let mut text = String::new();
    for number in 0..subscriptions {
        use std::fmt::Write;
        text.clear();
        write!(text, "devices/{number}/cmd").expect("a string takes everything");
        let filter = TopicFilter::parse(&text).expect("a good filter");
        trie.insert(filter, number, 0_u64);
    }
    let insert_nanos = start.elapsed().as_nanos() as f64 / f64::from(subscriptions);
    let bytes = |counter: &AtomicUsize| {
        (counter.load(Ordering::Relaxed) - before - text.capacity()) as f64
            / f64::from(subscriptions)
    };
    let (bytes_each, peak_each) = (bytes(&ALLOCATED), bytes(&ALLOCATED_MOST));
    let own_count = trie.memory_bytes() as f64 / f64::from(subscriptions);

    let hit = nanos_per_match(&trie, &names(subscriptions, "cmd"), 1);
    let miss = nanos_per_match(&trie, &names(subscriptions, "state"), 0);
    for (key, filter) in ["devices/+/cmd", "devices/#"].into_iter().enumerate() {
        trie.insert(
            TopicFilter::parse(filter).expect("a good filter"),
            key as u32,
            0,
        );
    }
    let wild = nanos_per_match(&trie, &names(subscriptions, "cmd"), 3);
    println!(
        "{subscriptions:>13} {hit:>9.1} {miss:>9.1} {wild:>9.1} {insert_nanos:>9.0} {bytes_each:>12.1} {peak_each:>12.1} {own_count:>9.1}"
    );
}

/// Names in a random order that is the same in each run.
fn names(subscriptions: u32, last_level: &str) -> Vec<String> {
    let mut state = 0x1234_5678_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let number = (state >> 33) % u64::from(subscriptions);
        format!("devices/{number}/{last_level}")
    };
    std::iter::repeat_with(next).take(MATCHES).collect()
}

/// The median of a few rounds; checks that each name found what it should.
fn nanos_per_match(trie: &SubscriptionTrie<u64>, names: &[String], expected: usize) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let mut found = 0;
            for name in names {
                let name = TopicName::parse(black_box(name)).expect("a good name");
                trie.for_each_match(name, |subscribers| found += subscribers.len());
            }
            assert_eq!(found, expected * names.len());
            start.elapsed().as_nanos() as f64 / names.len() as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
