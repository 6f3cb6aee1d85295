//! What a match costs, and what a subscription weighs:
//! `cargo run --release -p heliograph-topic --example match_cost`.
//!
//! The filters are `devices/{n}/cmd`, one subscriber each. Names that hit are drawn from a thousand of them (warm) and
//! from all (cold). A cold walk waits for memory twice: for a bucket and for a node; what one such wait is on this
//! machine stands beside it. A time includes parsing the name. Bytes are counted at the allocator's door: what was
//! asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use topic::{SubscriptionTrie, TopicFilter, TopicName};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator with a count of the bytes that are handed out.
struct Counting;

// SAFETY: every call is passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

const MATCHES: usize = 500_000;
const ROUNDS: usize = 5;
const WARM: u32 = 1_000;
const SEED: [u64; 4] = [1, 2, 3, 4];

fn main() {
    println!("  filters  warm ns  cold ns  miss ns  +wild ns  insert ns  one wait ns");
    for filters in [1_000, 100_000, 1_000_000] {
        measure_time(filters);
    }
    println!("\nbytes each  own count  100,000 subscriptions with");
    measure_bytes("devices/{n}/cmd", |number, text| {
        write!(text, "devices/{number}/cmd")
    });
    measure_bytes("{n}/+/set/#", |number, text| {
        write!(text, "{number}/+/set/#")
    });
    measure_bytes("devices/{uuid}/cmd", |number, text| {
        write!(text, "devices/0b7f3a52-77aa-4c1e-9d1c-0000{number:08x}/cmd")
    });
    measure_bytes("alarms/# (one filter)", |_, text| {
        text.write_str("alarms/#")
    });
}

fn measure_time(filters: u32) {
    let start = Instant::now();
    let mut trie = trie_of(filters, |number, text| write!(text, "devices/{number}/cmd"));
    let insert = start.elapsed().as_nanos() as f64 / f64::from(filters);
    let warm = nanos_per_match(&trie, &Names::random(WARM, filters / WARM, "cmd"), 1);
    let cold = nanos_per_match(&trie, &Names::random(filters, 1, "cmd"), 1);
    let miss = nanos_per_match(&trie, &Names::random(filters, 1, "state"), 0);
    for raw in ["devices/+/cmd", "devices/#"] {
        trie.insert(TopicFilter::parse(raw).expect("a good filter"), 0, 0);
    }
    let wild = nanos_per_match(&trie, &Names::random(filters, 1, "cmd"), 3);
    let wait = nanos_per_wait(trie.memory_bytes());
    println!(
        "{filters:>9} {warm:>8.1} {cold:>8.1} {miss:>8.1} {wild:>9.1} {insert:>10.0} {wait:>12.1}"
    );
}

fn measure_bytes(shape: &str, filter: impl Fn(u32, &mut String) -> std::fmt::Result) {
    const SUBSCRIPTIONS: u32 = 100_000;
    let before = ALLOCATED.load(Ordering::Relaxed);
    let trie = trie_of(SUBSCRIPTIONS, filter);
    let each = |bytes: usize| bytes as f64 / f64::from(SUBSCRIPTIONS);
    let allocated = each(ALLOCATED.load(Ordering::Relaxed) - before);
    println!(
        "{allocated:>10.1} {:>10.1}  {shape}",
        each(trie.memory_bytes())
    );
}

fn trie_of(
    subscriptions: u32,
    filter: impl Fn(u32, &mut String) -> std::fmt::Result,
) -> SubscriptionTrie<u64> {
    let mut trie = SubscriptionTrie::new(SEED);
    let mut text = String::new();
    for number in 0..subscriptions {
        text.clear();
        filter(number, &mut text).expect("a string takes everything");
        trie.insert(TopicFilter::parse(&text).expect("a good filter"), number, 0);
    }
    trie
}

/// Many names, one behind the other, so that reading them costs nothing that counts.
struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    /// Of `choices` filters, which lie `stride` apart.
    fn random(choices: u32, stride: u32, last_level: &str) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        let mut random = Random(0);
        for _ in 0..MATCHES {
            let number = random.below(u64::from(choices)) * u64::from(stride);
            write!(text, "devices/{number}/{last_level}").expect("a string takes everything");
            ends.push(text.len());
        }
        Self { text, ends }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.text[start..end])
    }
}

/// The median of a few rounds; checks that each name found what it should.
fn nanos_per_match(trie: &SubscriptionTrie<u64>, names: &Names, expected: usize) -> f64 {
    median(|| {
        let mut found = 0;
        let start = Instant::now();
        for name in names.iter() {
            let name = TopicName::parse(black_box(name)).expect("a good name");
            trie.for_each_match(name, |subscribers| found += subscribers.len());
        }
        let nanos = start.elapsed().as_nanos();
        assert_eq!(found, expected * MATCHES);
        nanos as f64 / MATCHES as f64
    })
}

/// A walk through that much memory, in which each step tells where the next one goes.
fn nanos_per_wait(bytes: usize) -> f64 {
    const LINE_WORDS: usize = 8;
    let lines = bytes / (LINE_WORDS * size_of::<usize>());
    let mut order: Vec<usize> = (0..lines).collect();
    let mut random = Random(0);
    for last in (1..lines).rev() {
        order.swap(last, random.below(last as u64) as usize);
    }
    let mut memory = vec![0; lines * LINE_WORDS];
    for (at, line) in order.iter().enumerate() {
        memory[line * LINE_WORDS] = order[(at + 1) % lines] * LINE_WORDS;
    }
    median(|| {
        let start = Instant::now();
        let mut at = 0;
        for _ in 0..MATCHES {
            at = memory[at];
        }
        black_box(at);
        start.elapsed().as_nanos() as f64 / MATCHES as f64
    })
}

fn median(round: impl FnMut() -> f64) -> f64 {
    let mut rounds: Vec<f64> = std::iter::repeat_with(round).take(ROUNDS).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// Knuth's linear congruential generator: the same names in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
