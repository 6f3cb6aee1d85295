//! The engine towards JavaScript: numbers in, numbers out. The only crate with `unsafe`.
//!
//! Every input is an exported function that gives the number of output records; they lie at [`records`] until the
//! next input, six words of 32 bits each (see `record.rs`). What is not a number crosses as bytes: towards the
//! engine in [`scratch`], from it in [`text`]. `wasm/README.md` is the contract.

mod panic;
mod record;
mod state;
mod text;

use engine::{Admission, ConnectionId, Decision};
use state::{State, with};
use wasm_bindgen::prelude::wasm_bindgen;

/// Changes whenever an export, a record or a text changes; the loader refuses any other.
const ABI_VERSION: u32 = 2;

/// What the loader must know before it calls anything else.
#[wasm_bindgen]
#[must_use]
pub fn abi_version() -> u32 {
    ABI_VERSION
}

/// Makes room for `length` bytes from the host and gives their address. They are read by the next call that
/// takes a length.
#[unsafe(no_mangle)]
pub extern "C" fn scratch(length: u32) -> *mut u8 {
    state::scratch(length as usize)
}

/// Starts the engine from the scratch: 32 random bytes, then lines: the broker's version, and `key=value` for each
/// limit. Gives 0, or the number of the line that is wrong.
#[unsafe(no_mangle)]
pub extern "C" fn create(length: u32) -> u32 {
    panic::install();
    state::create(length as usize)
}

/// Where the records of the last input lie.
#[unsafe(no_mangle)]
pub extern "C" fn records() -> *const u32 {
    with(|state| state.records.as_ptr()).unwrap_or(std::ptr::null())
}

/// Where the text of the last call that gave one lies.
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    with(|state| state.text.as_ptr()).unwrap_or(std::ptr::null())
}

/// Where the message of a panic lies.
#[unsafe(no_mangle)]
pub extern "C" fn panic_text() -> *const u8 {
    panic::text().as_ptr()
}

/// How long it is; 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn panic_length() -> u32 {
    u32::try_from(panic::text().len()).unwrap_or(0)
}

fn id(slot: u32, generation: u32) -> ConnectionId {
    ConnectionId { slot, generation }
}

/// Milliseconds as JavaScript has them, whole and not negative.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, which is what is wanted"
)]
fn milliseconds(now: f64) -> u64 {
    now as u64
}

/// The same for a difference, which may be negative.
#[allow(
    clippy::cast_possible_truncation,
    reason = "saturates, which is what is wanted"
)]
fn signed(difference: f64) -> i64 {
    difference as i64
}

fn input(apply: impl FnOnce(&mut State)) -> u32 {
    with(|state| {
        apply(state);
        state.write_records()
    })
    .unwrap_or(0)
}

/// `Engine::open`; the address is in the scratch. [`opened_slot`] and [`opened_generation`] name the connection.
#[unsafe(no_mangle)]
pub extern "C" fn open(length: u32, now: f64) -> u32 {
    input(|state| {
        let address = String::from_utf8_lossy(state::scratched(length as usize)).into_owned();
        state.opened = state.engine.open(&address, milliseconds(now));
    })
}

/// The slot that the last `open` gave, or `u32::MAX`.
#[unsafe(no_mangle)]
pub extern "C" fn opened_slot() -> u32 {
    with(|state| state.opened.map_or(u32::MAX, |id| id.slot)).unwrap_or(u32::MAX)
}

/// The generation that the last `open` gave.
#[unsafe(no_mangle)]
pub extern "C" fn opened_generation() -> u32 {
    with(|state| state.opened.map_or(0, |id| id.generation)).unwrap_or(0)
}

/// `Engine::filled`.
#[unsafe(no_mangle)]
pub extern "C" fn filled(slot: u32, generation: u32, count: u32, now: f64) -> u32 {
    input(|state| {
        state
            .engine
            .filled(id(slot, generation), count as usize, milliseconds(now))
    })
}

/// `Engine::written`.
#[unsafe(no_mangle)]
pub extern "C" fn written(slot: u32, generation: u32, count: u32, now: f64) -> u32 {
    input(|state| {
        state
            .engine
            .written(id(slot, generation), count as usize, milliseconds(now))
    })
}

/// `Engine::closed`.
#[unsafe(no_mangle)]
pub extern "C" fn closed(slot: u32, generation: u32, now: f64) -> u32 {
    input(|state| state.engine.closed(id(slot, generation), milliseconds(now)))
}

/// `Engine::released`.
#[unsafe(no_mangle)]
pub extern "C" fn released(slot: u32, generation: u32, now: f64) -> u32 {
    input(|state| {
        state
            .engine
            .released(id(slot, generation), milliseconds(now))
    })
}

/// `Engine::flush`.
#[unsafe(no_mangle)]
pub extern "C" fn flush(now: f64) -> u32 {
    input(|state| state.engine.flush(milliseconds(now)))
}

/// `Engine::resume`.
#[unsafe(no_mangle)]
pub extern "C" fn resume(now: f64) -> u32 {
    input(|state| state.engine.resume(milliseconds(now)))
}

/// `Engine::tick`.
#[unsafe(no_mangle)]
pub extern "C" fn tick(now: f64) -> u32 {
    input(|state| state.engine.tick(milliseconds(now)))
}

/// `Engine::wall`: what must be added to `now` to give Unix milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn wall(offset: f64) -> u32 {
    input(|state| state.engine.wall(signed(offset)))
}

/// `Engine::shutdown`.
#[unsafe(no_mangle)]
pub extern "C" fn shutdown(now: f64) -> u32 {
    input(|state| state.engine.shutdown(milliseconds(now)))
}

/// `Engine::listen`.
#[unsafe(no_mangle)]
pub extern "C" fn listen(kinds: u32) -> u32 {
    input(|state| state.engine.listen(u8::try_from(kinds & 0xFF).unwrap_or(0)))
}

/// `Engine::committed`.
#[unsafe(no_mangle)]
pub extern "C" fn committed(sequence: f64, now: f64) -> u32 {
    input(|state| {
        state
            .engine
            .committed(milliseconds(sequence), milliseconds(now))
    })
}

/// `Engine::loaded`: the contents are in the scratch.
#[unsafe(no_mangle)]
pub extern "C" fn loaded(body: f64, length: u32, now: f64) -> u32 {
    input(|state| {
        state.engine.loaded(
            milliseconds(body),
            Some(state::scratched(length as usize)),
            milliseconds(now),
        )
    })
}

/// `Engine::loaded` for contents that are gone.
#[unsafe(no_mangle)]
pub extern "C" fn lost(body: f64, now: f64) -> u32 {
    input(|state| {
        state
            .engine
            .loaded(milliseconds(body), None, milliseconds(now))
    })
}

/// `Engine::recover`: frames of the journal are in the scratch. Gives 1 if one is not as it should be.
#[unsafe(no_mangle)]
pub extern "C" fn recover(length: u32) -> u32 {
    with(|state| {
        u32::from(
            state
                .engine
                .recover(state::scratched(length as usize))
                .is_err(),
        )
    })
    .unwrap_or(1)
}

/// `Engine::recovered`. Gives 1 if a frame named what there is not.
#[unsafe(no_mangle)]
pub extern "C" fn recovered(sequence: f64, last_number: f64, alive_at: f64, now: f64) -> u32 {
    with(|state| {
        let (sequence, last_number) = (milliseconds(sequence), milliseconds(last_number));
        u32::from(
            state
                .engine
                .recovered(
                    sequence,
                    last_number,
                    milliseconds(alive_at),
                    milliseconds(now),
                )
                .is_err(),
        )
    })
    .unwrap_or(1)
}

/// `Engine::degrade`.
#[unsafe(no_mangle)]
pub extern "C" fn degrade(degraded: u32, now: f64) -> u32 {
    input(|state| state.engine.degrade(degraded != 0, milliseconds(now)))
}

/// Lets a parked CONNECT or a re-authentication in, with permission set `set`, so many sessions of its owner and so
/// long an expiry at the most. The scratch holds texts (see `text.rs`): the owner, the principal, and the values of
/// the variables of the set.
#[unsafe(no_mangle)]
pub extern "C" fn accept(
    request: u32,
    set: u32,
    sessions_max: u32,
    expiry_seconds_max: u32,
    length: u32,
    now: f64,
) -> u32 {
    input(|state| {
        let mut texts = text::Texts(state::scratched(length as usize));
        let admission = Admission {
            owner: texts.next().unwrap_or_default(),
            principal: texts.next().unwrap_or_default(),
            grants: text::grants(set, texts),
            sessions_max,
            expiry_seconds_max,
        };
        state
            .engine
            .decided(request, Decision::Accepted(admission), milliseconds(now));
    })
}

/// `Engine::set_permissions`: the scratch holds the templates as texts, the first `publish` of them for publishing and
/// the others for subscribing. [`permission_names`] says what came of it.
#[unsafe(no_mangle)]
pub extern "C" fn set_permissions(set: u32, publish: u32, length: u32, now: f64) -> u32 {
    input(|state| {
        let texts = text::Texts(state::scratched(length as usize));
        let templates: Vec<Box<str>> = texts.collect();
        let templates: Vec<&str> = templates.iter().map(|template| &**template).collect();
        let (publish, subscribe) = templates.split_at((publish as usize).min(templates.len()));
        state.named = state
            .engine
            .set_permissions(set, publish, subscribe, milliseconds(now));
    })
}

/// Writes to the text what the last `set_permissions` has given, and gives the length. See `text.rs`.
#[unsafe(no_mangle)]
pub extern "C" fn permission_names() -> u32 {
    with(text::permission_names).unwrap_or(0)
}

/// `Engine::regrant`: the scratch holds the client identifier and the values of the variables of permission set
/// `set`, as texts.
#[unsafe(no_mangle)]
pub extern "C" fn regrant(set: u32, length: u32, now: f64) -> u32 {
    input(|state| {
        let mut texts = text::Texts(state::scratched(length as usize));
        let client_id = texts.next().unwrap_or_default();
        let grants = text::grants(set, texts);
        state.engine.regrant(&client_id, grants, milliseconds(now));
    })
}

/// Refuses it with an MQTT 5 reason code.
#[unsafe(no_mangle)]
pub extern "C" fn refuse(request: u32, reason: u32, now: f64) -> u32 {
    input(|state| {
        state.engine.decided(
            request,
            Decision::Refused(text::reason(reason)),
            milliseconds(now),
        )
    })
}

/// `Engine::publish`: the scratch holds a PUBLISH of MQTT 5 in its first `packet` bytes, then the values of the
/// variables of permission set `set`.
#[unsafe(no_mangle)]
pub extern "C" fn publish(request: u32, set: u32, packet: u32, length: u32, now: f64) -> u32 {
    input(|state| {
        let (packet, values) =
            state::scratched(length as usize).split_at((packet as usize).min(length as usize));
        let grants = text::grants(set, text::Texts(values));
        state
            .engine
            .publish(request, packet, &grants, milliseconds(now));
    })
}

/// `Engine::disconnect`: the client identifier is in the scratch.
#[unsafe(no_mangle)]
pub extern "C" fn disconnect(length: u32, reason: u32, now: f64) -> u32 {
    input(|state| {
        let client_id = String::from_utf8_lossy(state::scratched(length as usize));
        state
            .engine
            .disconnect(&client_id, text::reason(reason), milliseconds(now));
    })
}

/// `Engine::end_session_of`: the client identifier is in the scratch.
#[unsafe(no_mangle)]
pub extern "C" fn end_session(length: u32, reason: u32, now: f64) -> u32 {
    input(|state| {
        let client_id = String::from_utf8_lossy(state::scratched(length as usize));
        state
            .engine
            .end_session_of(&client_id, text::reason(reason), milliseconds(now));
    })
}

/// `Engine::clear_queue_of`: the client identifier is in the scratch. Gives the records; whether there was such a
/// session is told by `session`.
#[unsafe(no_mangle)]
pub extern "C" fn clear_queue(length: u32, now: f64) -> u32 {
    input(|state| {
        let client_id = String::from_utf8_lossy(state::scratched(length as usize));
        state.engine.clear_queue_of(&client_id, milliseconds(now));
    })
}

/// Writes at most `limit` sessions from slot `from` on to the text, and gives its length. See `text.rs`.
#[unsafe(no_mangle)]
pub extern "C" fn sessions(from: u32, limit: u32) -> u32 {
    with(|state| text::sessions(state, from, limit)).unwrap_or(0)
}

/// Writes the session of the client identifier in the scratch to the text, and gives its length; 0 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn session(length: u32) -> u32 {
    with(|state| {
        text::session(
            state,
            &String::from_utf8_lossy(state::scratched(length as usize)),
        )
    })
    .unwrap_or(0)
}

/// Writes the fields of the CONNECT that a connection is parked with to the text, and gives their length; 0 if
/// there is none.
#[unsafe(no_mangle)]
pub extern "C" fn connect_fields(slot: u32, generation: u32) -> u32 {
    with(|state| text::connect(state, id(slot, generation))).unwrap_or(0)
}

/// Writes every counter and gauge to the text, a line `name value` each, and gives its length.
#[unsafe(no_mangle)]
pub extern "C" fn metrics() -> u32 {
    with(text::metrics).unwrap_or(0)
}
