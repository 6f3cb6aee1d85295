//! The one engine of this module, and the buffers that are shared with the host.

use std::cell::RefCell;

use engine::{ConnectionId, Engine, Limits, Output};

use crate::record::WORDS;

/// The engine with what crosses the boundary.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) records: Vec<u32>,
    pub(crate) text: Vec<u8>,
    pub(crate) opened: Option<ConnectionId>,
    /// The names of the variables of the last permission set, or why there is none.
    pub(crate) named: Result<Vec<String>, String>,
    outputs: Vec<Output>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Runs `use_it` on the state; `None` before `create`.
#[inline]
pub(crate) fn with<R>(use_it: impl FnOnce(&mut State) -> R) -> Option<R> {
    STATE.with(|state| state.borrow_mut().as_mut().map(use_it))
}

/// The buffer that the host writes to. It is apart from the state, since inputs read it while they change that.
struct Scratch(std::cell::UnsafeCell<Vec<u8>>);

// SAFETY: this module runs on one thread alone: it is built without threads, and nothing else imports its memory
// to run code in it.
unsafe impl Sync for Scratch {}

static SCRATCH: Scratch = Scratch(std::cell::UnsafeCell::new(Vec::new()));

/// Bytes of scratch that are kept for the next time.
const SCRATCH_KEPT: usize = 1024 * 1024;

/// Makes room for `length` bytes and gives their address.
pub(crate) fn scratch(length: usize) -> *mut u8 {
    // SAFETY: one thread, and the slice that `scratched` gives is not used across calls of the host.
    let buffer = unsafe { &mut *SCRATCH.0.get() };
    if buffer.capacity() > SCRATCH_KEPT && length <= SCRATCH_KEPT {
        *buffer = Vec::new();
    }
    buffer.resize(length.max(buffer.len()), 0);
    buffer.as_mut_ptr()
}

/// The first `length` bytes of the scratch, or as many as there are.
pub(crate) fn scratched(length: usize) -> &'static [u8] {
    // SAFETY: one thread, and nothing changes the scratch while the engine runs.
    let buffer = unsafe { &*SCRATCH.0.get() };
    &buffer[..length.min(buffer.len())]
}

/// Starts the engine; see `create` in `lib.rs`.
pub(crate) fn create(length: usize) -> u32 {
    let Some((seed, text)) = scratched(length).split_first_chunk::<32>() else {
        return 1;
    };
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default();
    let mut limits = Limits::default();
    for (number, line) in lines.enumerate() {
        let parsed = line
            .split_once('=')
            .and_then(|(key, value)| Some((key, value.parse().ok()?)));
        if !parsed.is_some_and(|(key, value)| limits.set(key, value)) {
            return u32::try_from(number + 2).unwrap_or(u32::MAX);
        }
    }
    let engine = Engine::new(limits, *seed, version);
    let state = State {
        engine,
        records: Vec::new(),
        text: Vec::new(),
        opened: None,
        named: Ok(Vec::new()),
        outputs: Vec::new(),
    };
    STATE.with(|place| *place.borrow_mut() = Some(state));
    0
}

impl State {
    /// Turns the outputs into records and gives their number.
    pub(crate) fn write_records(&mut self) -> u32 {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.engine.take_outputs(&mut outputs);
        self.records.clear();
        self.text.clear();
        for output in outputs.drain(..) {
            self.write_record(&output);
        }
        self.outputs = outputs;
        u32::try_from(self.records.len() / WORDS).unwrap_or(0)
    }
}
