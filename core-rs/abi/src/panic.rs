//! What a panic said, for the host to log before it exits.

use std::sync::OnceLock;

static MESSAGE: OnceLock<String> = OnceLock::new();

/// Keeps the message of the first panic. The module is of no use after one: it aborts.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|information| {
        let _ = MESSAGE.set(information.to_string());
    }));
}

/// The message, if there was a panic.
pub(crate) fn text() -> &'static str {
    MESSAGE.get().map_or("", String::as_str)
}
